# SPDX-License-Identifier: Apache-2.0
"""The programs of test/linux in a Linux guest, while a second VM counts; and in the same kernel on the bare board.

What a CPU has for each process (counters, breakpoints, single step, vectors, keys) must be the process's own, on all
CPUs under load, and the neighbour must notice nothing. The machine has what is tested: "absent" is a failure here.
By the deterministic clock a gap in the neighbour's time would be the hypervisor's alone, so its length is judged there.
"""
import gzip
import re
import subprocess
import sys

import pytest

from counter import PAUSE, Neighbours, two
from sessions import GUEST, PATIENCE, ROOT, Shell

sys.path.insert(0, str(ROOT / "host"))
from cpio import Cpio  # noqa: E402

PROGRAMS = "breakpoint counting fp pauth step sve watchpoint".split()
GAP = 0.2  # seconds beyond its pause that the counter may take for a number, by the deterministic clock
WORDS = "console=ttyAMA0 quiet hostname=tested"


@pytest.fixture(scope="module")
def initrd(built, tmp_path_factory):
    """The demo's, with /tests: Linux unpacks archives that follow one another."""
    subprocess.run(["make", "-s", "-C", ROOT, "linux-tests"], check=True, timeout=PATIENCE)
    archive = Cpio()
    archive.folder("tests")
    for name in PROGRAMS:
        archive.file(f"tests/{name}", (ROOT / "build/linux-tests" / name).read_bytes(), executable=True)
    path = tmp_path_factory.mktemp("linux tests") / "initramfs"
    path.write_bytes((GUEST / "initramfs.cpio.gz").read_bytes() + gzip.compress(archive.bytes(), mtime=0))
    return path


class Guest:
    """A shell that runs the programs, each once; what each said and its exit status."""

    def __init__(self, shell):
        self.shell, self.found = shell, {}

    def run(self, line):
        if line not in self.found:
            *said, status = self.shell.do(f"/tests/{line}; echo $?", patience=2 * PATIENCE)
            self.found[line] = said, int(status)
        return self.found[line]

    def checks(self, line):
        """What held, without its figures."""
        said, status = self.run(line)
        assert status == 0 and said and all(sentence.startswith("ok: ") for sentence in said), "\n".join(said)
        return [re.sub(r"\d+", "N", sentence) for sentence in said]


class Board(Guest):
    def __init__(self, start, initrd, *words):
        self.machine = start.qemu(*words, "-kernel", GUEST / "Image", "-initrd", initrd, "-append", WORDS, el2="off", ram="256M")
        super().__init__(Shell(self.machine, self.machine.output, "tested"))
        self.shell.prompt()


class Pair(Guest):
    """Two VMs: one is tested, the other counts."""

    def __init__(self, start, initrd, properties, *words):
        source = two(initrd.with_name("two.dts"), "tested", "quiet", properties, initrd=initrd)
        self.both = Neighbours(start.logged("--timeout", "1200", *words, source), "tested")
        super().__init__(self.both.shell)

    def judge_counter(self):
        """The steps of its time."""
        self.both.stop_counting()
        uptimes = self.both.judge()
        return [after - before for before, after in zip(uptimes, uptimes[1:])]

    def off(self):
        assert self.both.off() == 0


# The tested one's registers are put away whenever a CPU of it idles.
@pytest.fixture(scope="module")
def pair(start_once, initrd):
    return Pair(start_once, initrd, 'wfi = "trap";')


@pytest.fixture(scope="module")
def board(start_once, initrd):
    return Board(start_once, initrd)


@pytest.mark.parametrize("program", PROGRAMS)
def test_beside_another_vm(pair, program):
    assert pair.checks(program)


def test_the_other_vm_noticed_nothing(pair):
    pair.judge_counter()
    pair.off()


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_bare_board_says_the_same(board, pair, program):
    assert board.checks(program) == pair.checks(program)


# Instructions are counted by QEMU only if its clock is the deterministic one. All interrupts, overflows too, go through
# the CPU interface in software.
@pytest.fixture(scope="module")
def exact_pair(start_once, initrd):
    return Pair(start_once, initrd, 'gic = "software";', "--icount")


@pytest.fixture(scope="module")
def exact_board(start_once, initrd):
    return Board(start_once, initrd, "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off")


def test_counts_are_exact_beside_another_vm(exact_pair):
    assert exact_pair.checks("counting exact")


def test_no_time_of_the_other_vm_is_missing(exact_pair):
    exact_pair.run("counting exact")
    steps = exact_pair.judge_counter()
    assert max(steps) <= PAUSE + GAP, max(steps)
    exact_pair.off()


def test_counts_are_exact_on_the_bare_board(exact_board, exact_pair):
    assert exact_board.checks("counting exact") == exact_pair.checks("counting exact")
