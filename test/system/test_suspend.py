# SPDX-License-Identifier: Apache-2.0
"""Linux suspends itself to RAM (PSCI's SYSTEM_SUSPEND, with its second CPU unplugged) and is woken by its clock or a key."""
import re
import time

import pytest

from sessions import GUEST, PATIENCE, Shell

# An alarm that comes before the kernel sleeps ends the attempt, because the count has changed by then; else it would be lost.
SLEEP = ("cd /sys/class/rtc/rtc0; echo 0 >wakealarm; count=$(cat /sys/power/wakeup_count); echo +{} >wakealarm; "
         "echo $count >/sys/power/wakeup_count; echo {} >/sys/power/state; echo woken $?; cd")
UPTIME = "cut -d' ' -f1 /proc/uptime"  # sleep included
UART = "/sys/class/tty/ttyAMA0/power/wakeup"


class World:
    def __init__(self, run):
        self.run = run
        self.shell = Shell(self, run.log("sleeper"), "sleeper")

    def type(self, data):
        self.run.type(data)


@pytest.fixture(scope="module")
def world(start_once):
    world = World(start_once.logged("--smp", "2", "--vm", "sleeper", "--cpus", "2", "--memory", "256M", "--kernel", GUEST / "Image",
                                    "--initrd", GUEST / "initramfs.cpio.gz", "--append", "console=ttyAMA0 hostname=sleeper"))
    world.shell.prompt()
    return world


def slept(shell, state):
    """Suspends until the clock's alarm; how many seconds passed. A slow machine needs some before it sleeps."""
    for length in (4, 8, 16, 32):
        before = shell.number(UPTIME)
        if shell.do(SLEEP.format(length, state))[-1] == "woken 0":
            break
    return shell.number(UPTIME) - before


def test_it_offers_suspend_to_ram(world):
    assert "mem" in world.shell.do("cat /sys/power/state")[-1].split()
    assert re.search(r"\bdeep\b", world.shell.do("cat /sys/power/mem_sleep")[-1])


def test_the_clock_wakes_it_from_ram(world):
    world.shell.do("echo deep >/sys/power/mem_sleep")
    for success in (1, 2, 3):
        assert slept(world.shell, "mem") >= 3
        assert world.shell.number("cat /sys/power/suspend_stats/success") == success
    assert world.shell.number("dmesg | grep -c 'suspend entry (deep)'") >= 3
    assert world.shell.do("cat /sys/devices/system/cpu/online")[-1] == "0-1"


def test_the_clock_wakes_it_from_idle(world):
    assert slept(world.shell, "freeze") >= 3
    assert world.shell.number("dmesg | grep -c 'suspend entry (s2idle)'") >= 1


def woken_by_keys(world):
    """What the write that suspends answers, after as many keys as it needs."""
    for _ in range(PATIENCE):
        world.type(b"\r")
        time.sleep(1)
        found = re.search(rb"^suspend woken (\d+)\r*$", world.shell.heard.all()[world.shell.heard.at:], re.M)
        if found:
            world.shell.heard.expect(re.escape(found[0]))
            return int(found[1])
    raise AssertionError("no key woke it")


def test_a_key_wakes_it(world):
    world.shell.do(f"echo enabled >{UART}; echo 0 >/sys/class/rtc/rtc0/wakealarm; echo deep >/sys/power/mem_sleep")
    for seconds in (2, 8, 32):  # a key that comes before it sleeps keeps it from that: a slow machine needs some time
        world.shell.start("echo mem >/sys/power/state; echo suspend woken $?")
        world.shell.heard.expect(rb"suspend entry")
        time.sleep(seconds)
        if woken_by_keys(world) == 0:
            return
    raise AssertionError("no key woke it: each ended its way into sleep")
