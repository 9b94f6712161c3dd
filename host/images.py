# SPDX-License-Identifier: Apache-2.0
"""A VM's files as the user names them; what is gzip'd is unpacked, since the hypervisor does not."""
import pathlib
import zlib

from trouble import Trouble

GZIP = b"\x1f\x8b"


def look(option, name):
    """The file's path, or Trouble that says what is wrong with it."""
    path = pathlib.Path(name)
    try:
        with open(path, "rb") as file:
            if not file.read(1):
                raise Trouble(f"{option} {name}: the file is empty")
    except OSError as error:
        raise Trouble(f"{option} {name}: {error.strerror}") from None
    return path.resolve()


def is_packed(path):
    with open(path, "rb") as file:
        return file.read(2) == GZIP


def unpack(option, path, to):
    """Unpacks a gzip'd file; Trouble if it is truncated or damaged."""
    stream = zlib.decompressobj(wbits=31)
    with open(path, "rb") as packed, open(to, "wb") as file:
        try:
            while chunk := packed.read(1 << 20):
                file.write(stream.decompress(chunk))
        except zlib.error as error:
            raise Trouble(f"{option} {path}: the gzip'd file is damaged: {error}") from None
    if not stream.eof:
        raise Trouble(f"{option} {path}: the gzip'd file is truncated")
    return to


def kernel(option, name, folder, stem):
    """A kernel's path, unpacked into `folder` if it was gzip'd."""
    path = look(option, name)
    return unpack(option, path, folder / f"{stem}.image") if is_packed(path) else path
