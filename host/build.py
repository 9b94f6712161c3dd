# SPDX-License-Identifier: Apache-2.0
"""What is made before anything can be started: packages (host/setup), the hypervisor (make), the demo's guests."""
import contextlib
import fcntl
import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

from trouble import Trouble

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "host"
BUILD = ROOT / "build"


def setup(groups, yes):
    """Installs what the groups lack; what host/setup says is said."""
    status = subprocess.call([HERE / "setup", *(["--yes"] if yes else []), *groups])
    if status:
        sys.exit(status)


@contextlib.contextmanager
def locked():
    """One at a time in build/: two runs at once would make the same files."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(*targets):
    """Runs make; its own words go to standard error, which is not the consoles'."""
    with locked():
        line = ["make", "--no-print-directory", "-C", ROOT, f"-j{os.cpu_count() or 1}", *targets]
        if subprocess.run([*line, "-q"], capture_output=True).returncode == 0:
            return
        if subprocess.call(line, stdout=sys.stderr):
            raise Trouble("make failed (see above)", 1)


def hypervisor():
    make("all", "build/host/corbel-check")


def guests():
    """(kernel's version, busybox's version) of what is in build/guest now."""
    with locked():
        path = str(HERE / "initramfs")
        loader = importlib.machinery.SourceFileLoader("initramfs", path)
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader("initramfs", loader))
        loader.exec_module(module)
        return module.make()


def clean(cache_too, cache):
    shutil.rmtree(BUILD, ignore_errors=True)
    if cache_too:
        shutil.rmtree(cache, ignore_errors=True)
