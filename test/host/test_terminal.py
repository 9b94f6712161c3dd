# SPDX-License-Identifier: Apache-2.0
"""On a terminal: raw while it runs, keys go through, and restored on every exit."""
import os
import signal
import termios
import time

import pexpect
import pytest

from conftest import ROOT

ECHO = '''start("one")
out(b"\\x10oAready\\r\\n")
while True:
    k = key()
    if not k or k == b"!":
        break
    out(b"\\x10oA<%d>\\r\\n" % k[0])
off(b"A")
'''


def spawn(fake, image, *words, environment=()):
    shell = pexpect.spawn("/bin/sh", env={**fake.environment, "PS1": "$ ", "TERM": "xterm", **dict(environment)}, timeout=30,
                          encoding="utf-8", codec_errors="replace")
    shell.sendline("stty sane; stty -g; echo BEFORE")
    shell.expect(r"([0-9a-f:]{20,})\r\nBEFORE")
    shell.saved, shell.attributes = shell.match[1], termios.tcgetattr(shell.child_fd)
    line = " ".join(f"'{word}'" for word in (ROOT / "corbel", "run", *words, "--vm", "one", "--kernel", image))
    shell.sendline(f"{line}; echo STATUS=$?; stty -g; echo AFTER")
    return shell


def expect_restored(shell, status):
    shell.expect(r"STATUS=(\d+)\r\n")
    assert int(shell.match[1]) == status
    shell.expect(r"([0-9a-f:]{20,})\r\nAFTER")
    assert shell.match[1] == shell.saved
    shell.close()


def test_a_normal_end(fake, image):
    fake.behave(ECHO)
    shell = spawn(fake, image)
    shell.expect("ready\r\n")
    shell.send("!")
    expect_restored(shell, 0)


def test_control_c_goes_to_the_vm(fake, image):
    fake.behave(ECHO)
    shell = spawn(fake, image)
    shell.expect("ready\r\n")
    shell.send("\x03\x1a\x1c\x04")
    for code in (3, 26, 28, 4):
        shell.expect(f"<{code}>\r\n")
    shell.send("!")
    expect_restored(shell, 0)


def test_the_escape_goes_to_the_hypervisor(fake, image):
    fake.behave(ECHO)
    shell = spawn(fake, image)
    shell.expect("ready\r\n")
    shell.send("\x1d2")
    shell.expect("<29>\r\n.*<50>\r\n")
    shell.send("!")
    expect_restored(shell, 0)


def test_quit(fake, image):
    fake.behave('start("one"); out(b"\\x10oAready\\r\\n\\x10oA")\nwhile key() != b"q": pass\nout(b"\\x10q"); time.sleep(60)')
    shell = spawn(fake, image)
    shell.expect("ready\r\n")
    shell.send("\x1dq")
    expect_restored(shell, 0)


def test_time_out(fake, image):
    fake.behave(ECHO)
    expect_restored(spawn(fake, image, "--timeout", "1"), 124)


def test_a_panic(fake, image):
    fake.behave('start("one"); out(b"\\x10p\\x10o@bad\\r\\n")')
    expect_restored(spawn(fake, image), 125)


def processes(fake):
    """The Python that runs the session: the one whose child is the fake QEMU."""
    with open(f"/proc/{fake.pid()}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("number, status", [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_signals(fake, image, number, status):
    fake.behave(ECHO)
    shell = spawn(fake, image)
    shell.expect("ready\r\n")
    os.kill(processes(fake), number)
    expect_restored(shell, status)


def test_killed(fake, image):
    """Even then: the guard restores, a moment later."""
    fake.behave(ECHO)
    shell = spawn(fake, image)
    shell.expect("ready\r\n")
    os.kill(processes(fake), signal.SIGKILL)
    shell.expect("STATUS=137")
    end = time.monotonic() + 5
    while termios.tcgetattr(shell.child_fd) != shell.attributes:
        assert time.monotonic() < end, "the terminal stayed raw"
        time.sleep(0.05)
    shell.close()


def test_colours_on_a_terminal(fake, image):
    fake.behave(ECHO)
    shell = spawn(fake, image)
    shell.expect_exact("\x1b[32mone |\x1b[0m ready\r\n")
    shell.send("!")
    expect_restored(shell, 0)


def test_no_color_is_obeyed(fake, image):
    fake.behave(ECHO)
    shell = spawn(fake, image, environment={"NO_COLOR": "1"})
    shell.expect_exact("one | ready\r\n")
    shell.send("!")
    expect_restored(shell, 0)


def test_attached_is_raw(fake, image):
    fake.behave('start("one", "two"); out(b"\\x10vA\\x10oAraw\\x1b[1m\\r\\n\\x10oBhidden\\r\\n\\x10v*\\x10oBshown\\r\\n"); off(b"A"); off(b"B")')
    shell = spawn(fake, image)
    shell.expect_exact("raw\x1b[1m\r\n\x1b[35mtwo |\x1b[0m shown\r\n")
    expect_restored(shell, 0)
