# SPDX-License-Identifier: Apache-2.0
"""Linux suspends itself to RAM (PSCI's SYSTEM_SUSPEND, with its second CPU unplugged) and is woken by its clock or a key."""
import re

import pytest

from sessions import GUEST, Shell

SLEEP = "cd /sys/class/rtc/rtc0 && echo 0 >wakealarm && echo +{} >wakealarm && cd / && echo {} >/sys/power/state; echo woken $?"
UART = "/sys/class/tty/ttyAMA0/device/power/wakeup"


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


def seconds(shell):
    """Since its boot, sleep included; and what it did not sleep."""
    return shell.number("cut -d' ' -f1 /proc/uptime"), shell.number("dmesg | tail -1 >/dev/null; cut -d' ' -f1 /proc/uptime")


def slept(shell, state, length=2):
    """Suspends until the clock's alarm; how many seconds passed."""
    before, _ = seconds(shell)
    lines = shell.do(SLEEP.format(length, state))
    assert lines[-1] == "woken 0", lines
    return seconds(shell)[0] - before


def test_it_offers_suspend_to_ram(world):
    assert "mem" in world.shell.do("cat /sys/power/state")[-1].split()
    assert re.search(r"\bdeep\b", world.shell.do("cat /sys/power/mem_sleep")[-1])


def test_the_clock_wakes_it_from_ram(world):
    world.shell.do("echo deep >/sys/power/mem_sleep")
    for _ in range(3):
        assert slept(world.shell, "mem") >= 1
    assert world.shell.number("dmesg | grep -c 'suspend entry (deep)'") == 3
    assert world.shell.number("dmesg | grep -c 'suspend exit'") == 3
    assert world.shell.number("cat /sys/power/suspend_stats/fail") == 0
    assert world.shell.do("cat /sys/devices/system/cpu/online")[-1] == "0-1"


def test_the_clock_wakes_it_from_idle(world):
    assert slept(world.shell, "freeze") >= 1
    assert world.shell.number("dmesg | grep -c 'suspend entry (s2idle)'") == 1


def test_a_key_wakes_it(world):
    world.shell.do(f"echo enabled >{UART}; echo 0 >/sys/class/rtc/rtc0/wakealarm; echo deep >/sys/power/mem_sleep")
    world.shell.start("echo mem >/sys/power/state; echo 'woken' $?")
    world.shell.heard.expect(rb"suspend entry")
    for _ in range(100):
        world.type(b"\r")
        if re.search(rb"woken 0", world.shell.heard.all()[world.shell.heard.at:]):
            break
        world.run.process.poll()
        __import__("time").sleep(1)
    world.shell.heard.expect(rb"^woken 0\r*$")
