# SPDX-License-Identifier: Apache-2.0
"""A cpio archive in the "newc" format, as Linux unpacks it (Documentation/driver-api/early-userspace/buffer-format.rst).

The same entries give the same bytes: times are 0, owners root, inodes count up.
"""
import stat

MAGIC = b"070701"
TRAILER = "TRAILER!!!"


def pad(data):
    return data + bytes(-len(data) % 4)


class Cpio:
    def __init__(self):
        self.inode = 0
        self.parts = []

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (self.inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name.encode()) + 1, 0)
        header = MAGIC + b"".join(b"%08x" % field for field in fields)
        self.parts.append(pad(header + name.encode() + b"\0") + pad(data))

    def folder(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, executable=False):
        self.add(name, stat.S_IFREG | (0o755 if executable else 0o644), data)

    def link(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def character(self, name, major, minor):
        self.add(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def bytes(self):
        """The whole archive; the object is not used afterwards."""
        self.inode = -1
        self.add(TRAILER, 0)
        return b"".join(self.parts)
