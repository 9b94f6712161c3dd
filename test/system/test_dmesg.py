# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel finds nothing to complain of in a VM that it does not find on the bare board.

The same kernel, initial RAM disk, command line, CPU model, number of CPUs, memory and console. What may differ is
in dmesg_differences, each with its reason; an entry that no longer happens fails, too.
"""
import pathlib
import re

import pytest

from sessions import GUEST, Shell

LIST = pathlib.Path(__file__).with_name("dmesg_differences")
MODELS = ["max,pauth-impdef=on", "cortex-a72"]
WORDS = "console=ttyAMA0 hostname=one"
WARNING = 4


def differences():
    """(where, compiled expression) of each entry."""
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            where, expression, reason = (word.strip() for word in line.split(" | "))
            assert where in ("vm", "board", "sometimes") and reason
            yield where, re.compile(expression)


def complaints(lines):
    """What `dmesg -r` holds at level warning or above, without times and addresses, in order."""
    found, level = [], None
    for line in lines:
        match = re.match(r"<(\d+)>\[ *\d+\.\d+\] (.*)", line)
        if match:
            level = int(match[1]) & 7
        if level is not None and level <= WARNING:
            found.append(re.sub(r"\b(0x[0-9a-f]+|[0-9a-f]{16})\b", "ADDRESS", match[2] if match else line))
    return found


def listen(run, heard):
    shell = Shell(run, heard, "one")
    shell.prompt()
    lines = shell.do("dmesg -r")
    assert len(lines) > 100 and "Booting Linux on physical CPU" in lines[0]
    shell.start("poweroff")
    assert run.wait() == 0
    return complaints(lines)


@pytest.fixture(scope="module", params=MODELS, ids=["max", "cortex-a72"])
def heard(request, start_once, built):
    """{"vm": complaints, "board": complaints}; each boots by itself, so that neither slows the other down."""
    vm = start_once.logged("--cpu", request.param, "--smp", "2", "--vm", "one", "--kernel", GUEST / "Image", "--initrd",
                           GUEST / "initramfs.cpio.gz", "--cpus", "2", "--memory", "256M", "--append", WORDS)
    found = {"vm": listen(vm, vm.log("one"))}
    board = start_once.qemu("-kernel", GUEST / "Image", "-initrd", GUEST / "initramfs.cpio.gz", "-append", WORDS,
                            el2="off", cpu=request.param, ram="256M")
    found["board"] = listen(board, board.output)
    return found


def test_the_complaints_are_the_boards(heard):
    known = [expression for _, expression in differences()]
    vm, board = ([line for line in heard[place] if not any(e.fullmatch(line) for e in known)] for place in ("vm", "board"))
    assert vm == board


def test_every_known_difference_is_one(heard):
    for where, expression in differences():
        said = {place for place in heard if any(expression.fullmatch(line) for line in heard[place])}
        assert where == "sometimes" or said == {where}, (where, expression.pattern, said)


def test_a_complaint_would_be_seen():
    lines = ["<6>[    0.000000] fine", "<4>[    0.100000] odd at 0xffff800012345678", "  more of it",
             "<28>[    0.2] daemon: odd", "<30>[    0.3] fine"]
    assert complaints(lines) == ["odd at ADDRESS", "  more of it", "daemon: odd"]
