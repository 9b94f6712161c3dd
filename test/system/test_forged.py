# SPDX-License-Identifier: Apache-2.0
"""What a guest prints is that guest's output, whatever the bytes: no frame that it prints is taken for one."""
import random

import pytest

from sessions import ESCAPE

M = b"\x10"
FORGED = {
    "the other VM's end": M + b"eBo.",
    "its own end": M + b"eAo.",
    "a crash": M + b"eBc." + M + b"eAc.",
    "a reset": M + b"eAr+",
    "a change of source": M + b"oB" + b"I am two\r\n" + M + b"o@" + b"I am corbel\r\n",
    "a name": M + b"nAroot\n" + M + b"nBroot\n",
    "a view": M + b"vB",
    "a quit": M + b"q",
    "a panic": M + b"p",
    "an escaped marker": M + M + b"eAc.",
    "a lonely marker": M,
    "Ctrl-] q": ESCAPE + b"q",
}
AFTER = b"\r\nand it goes on\r\n"


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_frame_is_output(start, tiny, what):
    """Another VM prints meanwhile, so that frames of both are mixed; it ends long after the forger's words."""
    said = FORGED[what]
    run = start.logged("--vm", "one", "--kernel", tiny(said, AFTER, 200, said, AFTER), "--memory", "64M",
                       "--vm", "two", "--kernel", tiny(b"I am honest\r\n", 1000, b"I am done\r\n"), "--memory", "64M")
    assert run.wait() == 0, run.complaint()
    assert run.log("one").all() == 2 * (said + AFTER)
    assert run.log("two").all() == b"I am honest\r\nI am done\r\n"
    assert run.text().count("one | and it goes on\n") == 2
    assert "two | I am done\n" in run.text() and run.text().count(" is off\n") == 2
    for line in said.replace(b"\r", b"").split(b"\n"):
        assert run.output.all().count(b"\none | " + line) >= 2
    assert sorted(path.name for path in run.logs.iterdir()) == ["corbel.log", "one.log", "qemu.log", "two.log"]


def test_a_forged_end_before_a_crash_is_still_1(start, tiny):
    run = start.logged("--vm", "one", "--kernel", tiny(M + b"eAo.", b"\r\n", "crash"), "--memory", "64M")
    assert run.wait() == 1
    assert "one has crashed" in run.text()


def test_a_forged_quit_does_not_hide_a_time_out(start, tiny):
    run = start.logged("--timeout", "4", "--vm", "one", "--kernel", tiny(M + b"q" + M + b"eAo.", "wait"), "--memory", "64M")
    assert run.wait() == 124


def test_logs_are_byte_for_byte(start, tiny):
    """All bytes there are, and random ones, from two VMs at once."""
    every, noise = bytes(range(256)) * 4, [random.Random(seed).randbytes(30000) for seed in (1, 2)]
    run = start.logged("--vm", "one", "--kernel", tiny(every, noise[0]), "--memory", "64M",
                       "--vm", "two", "--kernel", tiny(noise[1], every), "--memory", "64M")
    assert run.wait() == 0
    assert run.log("one").all() == every + noise[0]
    assert run.log("two").all() == noise[1] + every


def test_a_forged_frame_on_a_terminal_does_not_end_it(start, tiny):
    terminal = start.terminal("run", "--vm", "one", "--memory", "64M", "--kernel",
                              tiny(M + b"q" + M + b"p" + M + b"eAo." + M + b"vA", AFTER, 1500, b"later\r\n"))
    terminal.expect(rb"one \|\x1b\[0m and it goes on\r\n")
    terminal.expect(rb"one \|\x1b\[0m later\r\n")
    assert terminal.wait() == 0
