# SPDX-License-Identifier: Apache-2.0
"""Two Linux at once from a description: one is rebooted again and again while the other counts."""
import os
import re

import pytest

from counter import Neighbours, counted, gaps, news, two

REBOOTS = int(os.environ.get("REBOOTS", "10"))  # a patient one asks for 50
ADDRESS = "awk '$3 == \"_text\" { print $1 }' /proc/kallsyms"


class World(Neighbours):
    """What was seen: tests look at it, each at one thing."""

    def __init__(self, run):
        super().__init__(run, "restless")
        self.addresses, self.boots = [], []

    def look(self):
        """Notes what is new at every start."""
        self.boots += self.shell.do("cat /proc/sys/kernel/random/boot_id")
        self.addresses += self.shell.do(ADDRESS)

    def reboot(self):
        with self.meanwhile():
            self.shell.start("reboot")
            self.shell.heard.expect(rb"^Welcome to restless")
            self.shell.prompt()
        self.look()


@pytest.fixture(scope="module")
def running(start_once, built, tmp_path_factory):
    source = two(tmp_path_factory.mktemp("two systems") / "two.dts", "restless", more="restart-limit = <100>;")
    world = World(start_once.logged("--timeout", str(300 + 40 * REBOOTS), source))
    world.look()
    return world


@pytest.mark.parametrize("number", range(1, REBOOTS + 1))
def test_a_reboot_comes_back(running, number):
    running.reboot()
    assert len(set(running.boots)) == len(running.boots)
    assert running.run.text().count("corbel | restless was reset and starts again\n") == len(running.boots) - 1


@pytest.fixture(scope="module")
def world(running):
    """After all of them."""
    running.stop_counting()
    running.other_address = running.counter.do(ADDRESS)[0]
    return running


def test_the_counter_has_no_gap(world):
    assert counted(world.counter) and gaps(world.counter) == []


def test_the_counter_counted_during_every_reboot(world):
    assert min(world.progress) > 0, world.progress


def test_its_uptime_never_goes_back(world):
    uptimes = [uptime for _, uptime in counted(world.counter)]
    assert uptimes == sorted(uptimes)


def test_its_kernel_said_nothing_of_it(world):
    assert news(world.before, world.after) == []


def test_the_neighbours_reboots_are_not_on_its_console(world):
    assert b"restless" not in world.counter.heard.all()


def test_every_start_has_seeds_of_its_own(world):
    """The kernel's random base comes from kaslr-seed. Chance may give two starts the same, but not often."""
    addresses = world.addresses + [world.other_address]
    assert all(re.fullmatch("ffff[0-9a-f]{12}", address) for address in addresses)
    assert len(set(addresses)) >= len(addresses) - 1, addresses


def test_the_random_generator_is_seeded_at_once(world):
    """rng-seed, credited: the kernel does not wait for interrupts to gather entropy."""
    line = next(line for line in world.before if "random: crng init done" in line)
    assert re.match(r"<5>\[ +0\.000000\]", line)


def test_both_off_is_0(world):
    assert world.off() == 0
