# SPDX-License-Identifier: Apache-2.0
"""The cache of unpacked packages: ${XDG_CACHE_HOME:-~/.cache}/corbel/deb/SUITE/ARCH/PACKAGE_VERSION/.

A folder is complete or is not there: it is unpacked beside and renamed. A package that stands in for a
pinned one is a symbolic link under the pinned one's name. Nothing needs a lock but the apt state.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import aptstate
from trouble import Trouble, amount


def root():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "corbel"


def say(sentence):
    print(f"corbel: {sentence}", file=sys.stderr, flush=True)


class DebCache:
    def __init__(self, suite, arch, top=None, state=aptstate.AptState):
        self.top = pathlib.Path(top or root())
        self.suite, self.arch, self.state = suite, arch, state
        self.folder = self.top / "deb" / suite / arch

    def place(self, package, version):
        return self.folder / f"{package}_{version.replace(chr(58), chr(95))}"  # make dislikes a colon in a path

    def have(self, package, version=None):
        """The folder of a package (of any version: the one unpacked last), or None."""
        found = [self.place(package, version)] if version else list(self.folder.glob(f"{package}_*"))
        found = [path for path in found if path.is_dir()]
        return max(found, key=lambda path: path.stat().st_mtime).resolve() if found else None

    def get(self, package, pin=None):
        """The folder that holds the package's files; fetched if it is not there yet."""
        found = self.have(package, pin.version if pin else None)
        if found:
            return found
        size = f"about {amount(pin.size)}" if pin else "its size is in the suite's index"
        if not aptstate.is_here():
            raise Trouble(f"{package}{' ' + pin.version if pin else ''} of Debian {self.suite} ({self.arch}, {size}) is "
                          f"missing, and this system has no apt to fetch it: unpack it into "
                          f"{self.place(package, pin.version if pin else 'VERSION')}")
        try:
            with self.state(self.top / "apt" / f"{self.suite}-{self.arch}", self.suite, self.arch) as state:
                return self.have(package, pin.version if pin else None) or self.fetch(state, package, pin)
        except Trouble as trouble:
            raise Trouble(f"{package} of Debian {self.suite} ({self.arch}, {size}) is not in the cache and could not be "
                          f"fetched: {trouble}") from None

    def fetch(self, state, package, pin):
        package, version, size = choose(state, package, pin)
        target = self.place(package, version)
        if not target.is_dir():
            say(f"fetching {package} {version} ({self.arch}, {amount(size)}) of Debian {self.suite}")
            unpack(state, package, version, target)
        if pin and target != self.place(pin.package, pin.version):
            link(self.place(pin.package, pin.version), target)
        return target.resolve()


def choose(state, package, pin):
    """(package, version, size): as pinned, or what the suite has now."""
    found = state.candidates(package)
    if pin and (package, pin.version) in found:
        return package, pin.version, found[package, pin.version]
    if pin and pin.otherwise != "-":
        found = state.candidates(pin.otherwise)
    if not found:
        raise Trouble(f"the suite has no {pin.otherwise if pin and pin.otherwise != '-' else package}")
    package, version = aptstate.newest(found)
    if pin:
        say(f"the mirror no longer has {pin.package} {pin.version}; taking {package} {version}")
    return package, version, found[package, version]


def unpack(state, package, version, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(tempfile.mkdtemp(prefix=".unpack-", dir=target.parent))
    try:
        files = beside / "files"
        run = subprocess.run(["dpkg-deb", "-x", state.download(package, version, beside), files],
                             capture_output=True, text=True)
        if run.returncode:
            raise Trouble(f"dpkg-deb cannot unpack it: {run.stderr.strip()}")
        if not target.exists():
            files.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def link(name, target):
    beside = name.with_name(f".link-{os.getpid()}")
    beside.symlink_to(target.name)
    beside.replace(name)
