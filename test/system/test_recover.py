# SPDX-License-Identifier: Apache-2.0
"""A Linux that panics, and one that hangs, comes back by itself while another counts without a gap.

A panic reaches the hypervisor as a reset (panic=1); a hang as a bite of the watchdog that Linux drives with its own
driver. Here user space hangs: the program that refreshes the watchdog is stopped.
"""
import re

import pytest

from counter import Neighbours, two

IDENTITY = "cat /proc/sys/kernel/random/boot_id"
PETS = "watchdog -T 10 -t 1 /dev/watchdog"


def ends(world, how, saying):
    """What `how` leads to, up to the next prompt: the hypervisor's and the kernel's words, and the next life's identity."""
    heard = len(world.run.text())
    with world.meanwhile():
        world.shell.start(how)
        world.run.output.expect(saying)
        world.shell.heard.expect(rb"^Welcome to restless")
        world.shell.prompt()
    world.boots += world.shell.do(IDENTITY)
    return world.run.text()[heard:]


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = two(tmp_path_factory.mktemp("recover") / "two.dts", "restless", "panic=1", 'restart = "on-crash";')
    world = Neighbours(start_once.logged("--timeout", "480", source), "restless")
    world.boots = world.shell.do(IDENTITY)
    world.driver = world.shell.do("cat /sys/class/watchdog/watchdog0/identity /sys/class/watchdog/watchdog0/state")
    world.panic = ends(world, "echo c >/proc/sysrq-trigger", rb"restless was reset and starts again")
    world.shell.do(PETS)
    world.petted = world.shell.do("sleep 13; cat /sys/class/watchdog/watchdog0/state")
    world.hang = ends(world, "kill -STOP $(pidof watchdog)", rb"restless was bitten by its watchdog and starts again")
    world.after_bite = world.shell.do("cat /sys/class/watchdog/watchdog0/state /sys/class/watchdog/watchdog0/bootstatus")
    world.stop_counting()
    return world


def test_linux_drives_the_watchdog(world):
    assert world.driver == ["SBSA Generic Watchdog", "inactive"]


def test_a_panic_is_a_reset(world):
    assert "Kernel panic - not syncing: sysrq triggered crash" in world.shell.heard.all().decode(errors="replace")
    assert "was reset and starts again" in world.panic and "the machine was stopped" not in world.panic


def test_who_pets_is_not_bitten(world):
    assert world.petted == ["active"]


def test_a_hang_is_a_bite_with_a_report(world):
    for line in ("restless: the machine was stopped: its watchdog was not refreshed in time", r"  pc ffff[0-9a-f]{12}  pstate \w+  vCPU \d of 2",
                 r"  pc  ffff[0-9a-f]{12}: stage 1 maps it, IPA 00[4-5][0-9a-f]{7}: stage 2 RAM, physical \w+",
                 r'  restart = "on-crash": it starts again, 2 of 5 times within 60 s|  restart = "on-crash": it starts again, 1 of 5'):
        assert re.search(rf"^corbel \| {line}", world.hang, re.M), line


def test_the_report_is_a_page_and_of_nobody_else(world):
    found = re.search(r"^corbel \| restless: the machine was stopped.*?(?=^corbel \| restless was bitten)", world.hang, re.M | re.S)
    lines = [line.removeprefix("corbel | ") for line in found[0].splitlines() if line.startswith("corbel | ")]
    assert 20 < len(lines) <= 50 and max(map(len, lines)) <= 100
    assert "counter" not in "".join(lines)


def test_both_came_back(world):
    assert len(set(world.boots)) == 3


def test_the_watchdog_is_off_after_a_restart(world):
    assert world.after_bite == ["inactive", "0"]


def test_the_counter_has_no_gap_and_counted_all_the_while(world):
    world.judge()
