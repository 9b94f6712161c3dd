# SPDX-License-Identifier: Apache-2.0
"""What the tests of host/ share: its modules, a fake QEMU that speaks in frames, a small kernel."""
import os
import pathlib
import struct
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host"))

FAKE = '''#!/usr/bin/env python3
import os, sys, time, signal
if "--version" in sys.argv:
    print("QEMU emulator version 10.0.2 (fake)")
    sys.exit(0)
if sys.argv[-2:] == ["-cpu", "help"]:
    print("Available CPUs:\\n  cortex-a53\\n  cortex-a72\\n  max")
    sys.exit(0)
def out(data):
    os.write(1, data)
def start(*names):
    for i, name in enumerate(names):
        letter = bytes([65 + i])
        out(b"\\x10n" + letter + name.encode() + b"\\n\\x10e" + letter + b"s+")
def off(letter, what=b"o", again=b"."):
    out(b"\\x10e" + letter + what + again)
def key():
    return os.read(0, 1)
'''


class Fake:
    """A folder with a qemu-system-aarch64 whose body is the test's, and no make; `run` starts ./corbel with it."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": str(folder / "tmp"),
                            "XDG_RUNTIME_DIR": str(folder / "runs")}
        self.environment.pop("NO_COLOR", None)
        (folder / "tmp").mkdir()
        (folder / "runs").mkdir()
        (folder / "make").write_text("#!/bin/sh\n")  # what must be there was built by `built`
        (folder / "make").chmod(0o755)

    def behave(self, body):
        path = self.folder / "qemu-system-aarch64"
        path.write_text(FAKE + f"open({str(self.folder / 'pid')!r}, 'w').write(str(os.getpid()))\n" + textwrap.dedent(body))
        path.chmod(0o755)

    def pid(self):
        return int((self.folder / "pid").read_text())

    def left_over(self):
        return os.listdir(self.folder / "tmp") + self.runs()

    def runs(self):
        """The folders of the runs, by name."""
        return sorted(path.name for path in (self.folder / "runs").glob("corbel-*/*"))

    def run(self, *words, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([ROOT / "corbel", *words], capture_output=True, text=True, env=self.environment,
                              timeout=60, **options)


@pytest.fixture(scope="session")
def built():
    subprocess.run(["make", "-s", "-C", ROOT, "build/host/corbel-check"], check=True)
    subprocess.run([ROOT / "host/initramfs"], check=True)


@pytest.fixture
def fake(tmp_path, built):
    folder = tmp_path / "fake qemu"
    folder.mkdir()
    return Fake(folder)


@pytest.fixture
def image(tmp_path):
    """A file with the head of an arm64 kernel (Documentation/arch/arm64/booting.rst §4)."""
    path = tmp_path / "an Image"
    head = struct.pack("<IIQQQQQQ4sI", 0x14000010, 0, 0, 0x10000, 0xa, 0, 0, 0, b"ARMd", 0)
    path.write_bytes(head + bytes(4096))
    return path


def run_corbel(*words, **options):
    return subprocess.run([ROOT / "corbel", *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, **options)
