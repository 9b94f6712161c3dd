# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: a limit of time for each, runs that are ended with their test, descriptions.

A test ends only processes that it started, and its files are in pytest's folders. Folders have spaces in their names.
"""
import itertools
import shutil
import signal
import subprocess

import pytest

import programs
import sessions
from sessions import FRONT, GUEST, ROOT

LIMIT = 400  # seconds that a test may take with the fixtures that it is the first to use


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    def late(*_):
        raise TimeoutError(f"{item.name} took more than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def built():
    """The hypervisor, corbel-check and the demo's guests, of the present source."""
    subprocess.run([FRONT, "build"], check=True, timeout=LIMIT, stdout=subprocess.DEVNULL)
    subprocess.run([FRONT, "check", ROOT / "vms/demo.dts"], check=True, timeout=LIMIT, stdout=subprocess.DEVNULL)
    assert (GUEST / "Image").exists() and (GUEST / "initramfs.cpio.gz").exists()


class Starter:
    """Starts runs, each in a folder of its own, and ends them."""

    def __init__(self, folder):
        self.folder, self.numbers, self.runs = folder, itertools.count(1), []

    def place(self):
        place = self.folder / f"run {next(self.numbers)}"
        place.mkdir(parents=True)
        return place

    def keep(self, run):
        self.runs.append(run)
        return run

    def corbel(self, *words, front=FRONT, **options):
        """./corbel without a terminal."""
        return self.keep(sessions.Run(self.place(), [front, *words], **options))

    def logged(self, *words, **options):
        """./corbel run --log: each VM's output is in a file."""
        place = self.place()
        return self.keep(sessions.Run(place, [FRONT, "run", "--log", place / "logs", *words], logs=place / "logs", **options))

    def done(self, *words, **options):
        """./corbel, ended: .status, .text(), .complaint()."""
        run = self.corbel(*words, **options)
        run.status = run.wait()
        return run

    def terminal(self, *words, **environment):
        return self.keep(sessions.Terminal(self.place(), *words, **environment))

    def qemu(self, *words, el2="on", cpu="max,pauth-impdef=on", smp=2, ram="512M"):
        """QEMU itself, without ./corbel: its serial line is the output."""
        line = ["qemu-system-aarch64", "-M", f"virt,gic-version=3,virtualization={el2}", "-cpu", cpu, "-smp", smp, "-m", ram,
                "-display", "none", "-monitor", "none", "-nodefaults", "-chardev", "stdio,id=con,signal=off",
                "-serial", "chardev:con", *words]
        return self.keep(sessions.Run(self.place(), line))

    def end(self):
        for run in self.runs:
            run.close()


@pytest.fixture
def start(tmp_path):
    starter = Starter(tmp_path / "with spaces")
    yield starter
    starter.end()


@pytest.fixture(scope="module")
def start_once(tmp_path_factory):
    """For a run that the tests of a module share."""
    starter = Starter(tmp_path_factory.mktemp("shared"))
    yield starter
    starter.end()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """tiny(*acts, kind=...): the path of a tiny guest; the same acts give the same file."""
    folder, made = tmp_path_factory.mktemp("tiny guests"), {}

    def build(*acts, kind="image"):
        key = (acts, kind)
        if key not in made:
            made[key] = programs.build(folder, f"guest{len(made)}", *acts, kind=kind)
        return made[key]
    return build


@pytest.fixture
def describe(tmp_path):
    """describe(body): the path of a description whose root has `body`."""
    numbers = itertools.count(1)

    def write(body):
        path = tmp_path / f"system {next(numbers)}.dts"
        path.write_text('/dts-v1/;\n/ {\n\tcompatible = "corbel,system";\n' + body + "\n};\n")
        return path
    return write


@pytest.fixture
def qemu_seen(tmp_path):
    """(environment, path): under it, ./corbel finds a QEMU that makes the file when it starts a machine."""
    folder, seen = tmp_path / "watched qemu", tmp_path / "a machine was started"
    folder.mkdir()
    real = shutil.which("qemu-system-aarch64")
    (folder / "qemu-system-aarch64").write_text(
        f'#!/bin/sh\nfor word; do [ "$word" = -kernel ] && : >\'{seen}\'; done\nexec {real} "$@"\n')
    (folder / "qemu-system-aarch64").chmod(0o755)
    return folder, seen
