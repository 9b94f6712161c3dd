# SPDX-License-Identifier: Apache-2.0
"""Two Linux at once from a description: one is rebooted again and again while the other counts."""
import re

import pytest

from sessions import ESCAPE, GUEST, Shell

REBOOTS = 5
# Ctrl-C may come between two commands, where a shell without a trap would go on; and, with job control, when the last
# command has ended but is still the terminal's foreground: then nobody gets it.
COUNT = ("set +m; stop=; trap stop=1 INT; i=0; while [ -z \"$stop\" ]; do i=$((i+1)); read up rest </proc/uptime; "
         "echo count $i $up; sleep 0.3; done; trap - INT; set -m")
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

    def counted(self):
        heard = self.counter.heard.all()
        return [(int(number), float(uptime)) for number, uptime in re.findall(rb"^count (\d+) ([\d.]+)\r*\n", heard, re.M)]

    def reboot(self):
        before = len(self.counted())
        self.restless.start("reboot")
        self.restless.heard.expect(rb"^Welcome to restless")
        self.restless.prompt()
        self.progress.append(len(self.counted()) - before)
        self.look()

    def kernel_lines(self):
        return self.counter.do("dmesg -r")  # -r: told apart from what the kernel prints meanwhile


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = tmp_path_factory.mktemp("two systems") / "two.dts"
    source.write_text('/dts-v1/;\n/ {\n\tcompatible = "corbel,system";\n' + SYSTEM + "};\n")
    world = World(start_once.logged("--timeout", "360", source))
    world.counter.prompt()
    world.attach(2)
    world.before = world.kernel_lines()
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
    world.after = world.kernel_lines()
    return world


def test_every_reboot_came_back(world):
    assert len(set(world.boots)) == REBOOTS + 1
    assert world.run.text().count("corbel | restless was reset and starts again\n") == REBOOTS


def test_the_counter_has_no_gap(world):
    numbers = [number for number, _ in world.counted()]
    missing = set(range(1, len(numbers) + 1)) - set(numbers)
    around = [world.counter.heard.all().partition(b"count %d " % (number - 1))[2][:300] for number in missing]
    assert numbers == list(range(1, len(numbers) + 1)), around


def test_the_counter_counted_during_every_reboot(world):
    assert min(world.progress) > 0, world.progress


def test_its_uptime_never_goes_back(world):
    uptimes = [uptime for _, uptime in world.counted()]
    assert uptimes == sorted(uptimes)


def test_its_kernel_said_nothing_of_it(world):
    assert len(world.before) > 100 and world.after[:len(world.before)] == world.before
    assert [line for line in world.after[len(world.before):] if "hrtimer: interrupt took" not in line] == []


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
