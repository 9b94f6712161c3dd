# SPDX-License-Identifier: Apache-2.0
"""Two Linux at once from a description: one is rebooted again and again while the other counts."""
import re

import pytest

from counter import COUNT, counted, gaps, kernel_lines, news
from sessions import ESCAPE, GUEST, Shell

REBOOTS = 5
ADDRESS = "awk '$3 == \"_text\" { print $1 }' /proc/kallsyms"
SYSTEM = f"""
	images {{
		image: image {{ data = /incbin/("{GUEST}/Image"); }};
		initrd: initrd {{ data = /incbin/("{GUEST}/initramfs.cpio.gz"); }};
	}};
	restless {{
		cpus = <2>; memory = "256M"; kernel = <&image>; initrd = <&initrd>;
		bootargs = "console=ttyAMA0 hostname=restless";
		restart-limit = <100>;
	}};
	counter {{
		cpus = <2>; memory = "256M"; kernel = <&image>; initrd = <&initrd>;
		bootargs = "console=ttyAMA0 hostname=counter";
	}};
"""


class World:
    """What was seen: tests look at it, each at one thing."""

    def __init__(self, run):
        self.run = run
        self.restless, self.counter = (Shell(self, run.log(name), name) for name in ("restless", "counter"))
        self.addresses, self.boots, self.progress = [], [], []

    def type(self, data):
        self.run.type(data)

    def attach(self, number):
        self.run.type(ESCAPE + str(number).encode())

    def look(self):
        """Notes what is new at every start."""
        self.boots += self.restless.do("cat /proc/sys/kernel/random/boot_id")
        self.addresses += self.restless.do(ADDRESS)

    def reboot(self):
        before = len(counted(self.counter))
        self.restless.start("reboot")
        self.restless.heard.expect(rb"^Welcome to restless")
        self.restless.prompt()
        self.progress.append(len(counted(self.counter)) - before)
        self.look()


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = tmp_path_factory.mktemp("two systems") / "two.dts"
    source.write_text('/dts-v1/;\n/ {\n\tcompatible = "corbel,system";\n' + SYSTEM + "};\n")
    world = World(start_once.logged("--timeout", "360", source))
    world.counter.prompt()
    world.attach(2)
    world.before = kernel_lines(world.counter)
    world.other_address = world.counter.do(ADDRESS)[0]
    world.counter.start(COUNT)
    world.restless.prompt()
    world.attach(1)
    world.look()
    for _ in range(REBOOTS):
        world.reboot()
    world.attach(2)
    world.type(b"\x03")
    world.counter.prompt()
    world.after = kernel_lines(world.counter)
    return world


def test_every_reboot_came_back(world):
    assert len(set(world.boots)) == REBOOTS + 1
    assert world.run.text().count("corbel | restless was reset and starts again\n") == REBOOTS


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
    for number, shell in ((1, world.restless), (2, world.counter)):
        world.attach(number)
        shell.start("poweroff")
    assert world.run.wait() == 0
