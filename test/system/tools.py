# SPDX-License-Identifier: Apache-2.0
"""Tools of Debian's that busybox has not, for a guest: kexec and rtcwake, with the libraries that they need."""
import os
import re
import subprocess
import sys

from sessions import ROOT

sys.path.insert(0, str(ROOT / "host"))
import pins  # noqa: E402
from debcache import DebCache  # noqa: E402

CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
TOOLS = ("kexec", "rtcwake")
# kexec can load a kernel into Xen, too, and needs Xen's libraries to start.
PACKAGES = ("kexec-tools util-linux libc6 zlib1g libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 "
            "libxengnttab1 libxentoolcore1 libxentoollog1").split()
OF_RELEASE = {"bookworm": ["libxenmisc4.17"], "trixie": ["libxenmisc4.20"]}


def needed(path):
    """The names of the libraries that a program or library names."""
    run = subprocess.run([f"{CROSS}readelf", "-d", path], capture_output=True, text=True, check=True)
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", run.stdout))


def find(folders, name):
    found = [path for folder in folders for path in sorted(folder.glob(f"**/{name}")) if path.is_file()]
    assert found, f"no package of {', '.join(folder.name for folder in folders)} holds {name}"
    return found[0]


def add(archive):
    """Puts the tools and their libraries into a cpio archive, as /sbin/NAME and /lib/NAME."""
    cache = DebCache(pins.release(), "arm64")
    folders = [cache.get(name) for name in [*PACKAGES, *OF_RELEASE[pins.release()]]]
    known, left = set(), set()
    for name in TOOLS:
        path = find(folders, f"sbin/{name}")
        archive.file(f"sbin/{name}", path.read_bytes(), executable=True)
        left |= needed(path)
    while left - known:
        name = min(left - known)
        path = find(folders, name)
        archive.file(f"lib/{name}", path.read_bytes(), executable=True)
        known.add(name)
        left |= needed(path)
