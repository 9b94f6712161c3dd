# SPDX-License-Identifier: Apache-2.0
"""The monitor's console (Ctrl-] m): a VM of Debian's Linux is paused, reset, stopped and started; a second one does not notice."""
import re
import time

import pytest

from counter import Neighbours, counted, kernel_lines, news, two
from sessions import ESCAPE


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = two(tmp_path_factory.mktemp("monitor") / "two.dts", "asked")
    return Neighbours(start_once.logged("--timeout", "380", "--smp", "4", source), "asked")


@pytest.fixture(scope="module")
def monitor(world):
    return world.run.log("corbel")


def ask(world, monitor, command, answer):
    """Types a command to the monitor, as somebody who is there already or comes for it; what it says."""
    world.type(ESCAPE + b"m" + command.encode() + b"\r")
    return monitor.expect(rb"^(?:> )?" + command.encode() + rb"\r*\n(" + answer.encode() + rb")")[1].decode()


def uptime(shell):
    return shell.number("cut -d' ' -f1 /proc/uptime")


def test_it_lists_the_vms(world, monitor):
    listed = ask(world, monitor, "list", r".*?counter [^\n]*\n")
    assert re.search(r"1 asked +running +2 +256 +1\s", listed) and re.search(r"2 counter +running +2 +256 +1\s", listed)
    assert "asked.1  dedicated, on CPU 1" in ask(world, monitor, "info asked", r".*?asked.1 [^\n]*\n")
    assert "PL011" in ask(world, monitor, "map asked", r".*? RAM\r*\n")


def test_one_that_is_paused_does_nothing_and_its_time_stands_still(world, monitor):
    world.attach(1)
    before, said = uptime(world.shell), kernel_lines(world.shell)
    from_count = counted(world.counter)[-1][1]
    with world.meanwhile():
        ask(world, monitor, "pause asked", "asked: it stands still")
        stood = len(counted(world.counter))
        typed = len(world.shell.heard.all())
        world.attach(1)
        world.type(b"echo it goes on\r")
        while len(counted(world.counter)) < stood + 12:
            time.sleep(0.1)
        assert len(world.shell.heard.all()) == typed
        assert "paused" in ask(world, monitor, "info asked", r"[^\n]*\n")
        ask(world, monitor, "resume asked", "asked: it goes on")
    world.shell.heard.expect(rb"^it goes on\r*\n")
    world.shell.prompt()
    world.attach(1)
    after = uptime(world.shell)
    beside = counted(world.counter)[-1][1] - from_count
    assert after - before < beside - 2.5, "its time went on"
    assert world.shell.number("sleep 1; echo 7") == 7
    assert news(said, kernel_lines(world.shell)) == []


def test_it_is_reset_whatever_it_does(world, monitor):
    with world.meanwhile():
        ask(world, monitor, "pause asked", "asked: it stands still")
        ask(world, monitor, "reset asked", "asked: it ends, and starts again")
        monitor.expect(rb"asked was reset and starts again")
        world.shell.heard.expect(rb"Welcome to asked")
        world.shell.prompt()
    world.attach(1)
    assert world.shell.do("echo again")[-1] == "again"


def test_it_is_stopped_and_started(world, monitor):
    with world.meanwhile():
        ask(world, monitor, "stop asked", "asked: it ends")
        monitor.expect(rb"asked is off\r*\n")  # it gives its memory back from now on
        while "is ending" in (answer := ask(world, monitor, "resume asked", r"[^\n]*\n")):
            pass
        assert "it takes: start" in answer
        ask(world, monitor, "start asked", "asked: it is being loaded")
        world.shell.heard.expect(rb"Welcome to asked")
        world.shell.prompt()
    assert re.search(r"asked +running +2 +256 +3\s", ask(world, monitor, "list", r".*?counter [^\n]*\n"))


def test_it_is_destroyed_and_made_again(world, monitor):
    """What is free is the same each time: without it, and with it."""
    def census():
        return ask(world, monitor, "census", r"  free: [^\n]*\n").strip()

    def destroy(answer):
        ask(world, monitor, "destroy asked", "asked: it ends, and is no more")
        monitor.expect(answer + rb"asked is destroyed\r*\n")

    with world.meanwhile():
        destroy(rb"asked is off\r*\n.*?")
        assert "there is no VM asked" in ask(world, monitor, "start asked", r"[^\n]*\n")
        assert "asked" not in ask(world, monitor, "list", r".*?counter [^\n]*\n").partition("\n")[2]
        without = census()
        assert without.endswith("14 of 15 VMs; not dedicated: CPU 0,1")
        for _ in range(20):
            ask(world, monitor, "create asked", "asked is created")
            destroy(b"")
        assert census() == without
        ask(world, monitor, "create asked", "asked is created")
        assert "it is there" in ask(world, monitor, "create asked", r"[^\n]*\n")
        assert "it is not described" in ask(world, monitor, "create nobody", r"[^\n]*\n")
        ask(world, monitor, "start asked", "asked: it is being loaded")
        world.shell.heard.expect(rb"Welcome to asked")
        world.shell.prompt()
    world.attach(1)
    assert world.shell.do("echo once more")[-1] == "once more"


def test_the_other_counted_without_a_gap(world):
    world.stop_counting()
    world.judge()


def test_what_is_wrong_is_named(world, monitor):
    assert "no such command" in ask(world, monitor, "pauze asked", r"[^\n]*\n")
    assert "there is no VM nobody" in ask(world, monitor, "pause nobody", r"[^\n]*\n")


def test_the_last_that_is_shut_down_ends_the_run(world, monitor):
    ask(world, monitor, "shutdown asked", "asked: its power button is pressed")
    monitor.expect(rb"asked is off\r*\n")
    ask(world, monitor, "stop counter", "counter: it ends")
    assert world.run.wait() == 0
