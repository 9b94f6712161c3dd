# SPDX-License-Identifier: Apache-2.0
"""Two Linux VMs share a CPU: what each kernel shows as stolen is what Corbel counted, and goes by their weights."""
import sys
import time
from types import SimpleNamespace

import pytest

from sessions import GUEST, ROOT, Shell

sys.path.insert(0, str(ROOT / "host"))
import counters  # noqa: E402

LIGHT, HEAVY = 100, 300
VMS = "".join(f"""
	{name} {{
		memory = "192M"; kernel = <&image>; initrd = <&initrd>; class = "fair"; weight = <{weight}>;
		bootargs = "console=ttyAMA0 hostname={name}";
	}};""" for name, weight in (("light", LIGHT), ("heavy", HEAVY)))
JIFFY = 0.01  # USER_HZ
ENOUGH = 2    # seconds stolen from one of them
SPIN = "(while :; do :; done) & spin=$!"


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = tmp_path_factory.mktemp("stolen") / "shared.dts"
    source.write_text(f'''/dts-v1/;
/ {{
	compatible = "corbel,system";
	images {{
		image: image {{ data = /incbin/("{GUEST}/Image"); }};
		initrd: initrd {{ data = /incbin/("{GUEST}/initramfs.cpio.gz"); }};
	}};{VMS}
}};
''')
    run = start_once.logged("--timeout", "380", "--smp", "1", source)
    shells = {}
    for number, name in enumerate(("light", "heavy"), 1):
        shell = shells[name] = Shell(Keys(run, number), run.log(name), name)
        shell.prompt()
    return SimpleNamespace(run=run, **shells)


class Keys:
    """Types to one VM, whichever was typed to before."""

    def __init__(self, run, number):
        self.run, self.number = run, number

    def type(self, data):
        self.run.type(b"\x1d%d" % self.number + data)


def counted(world):
    """Seconds that each was robbed of, by Corbel."""
    report = counters.parse(world.run.ask(ask="counters")["lines"])
    return {vm.name: vm.vcpus[0].stolen / report.frequency for vm in report.vms.values()}


def shown(shell):
    """As `top` reads it: the eighth number of a CPU's line."""
    line = shell.do("grep '^cpu0 ' /proc/stat")[-1]
    return int(line.split()[8]) * JIFFY


def test_each_kernel_knows_of_it(world):
    for shell in (world.light, world.heavy):
        assert shell.number("dmesg | grep -c 'using stolen time PV'") == 1


def test_what_is_shown_is_what_was_counted(world):
    for shell in (world.light, world.heavy):
        shell.do(SPIN)
    names = ("light", "heavy")
    begin = {name: (counted(world)[name], shown(getattr(world, name)), counted(world)[name]) for name in names}
    while counted(world)["light"] - begin["light"][2] < ENOUGH:
        time.sleep(0.2)
    for name in names:
        before, linux, after = counted(world)[name], shown(getattr(world, name)), counted(world)[name]
        told = linux - begin[name][1]
        # Each figure of Linux lies between two of Corbel's, and is told in whole ticks, at a tick.
        assert before - begin[name][2] - 5 * JIFFY <= told <= after - begin[name][0] + 5 * JIFFY
        assert told > ENOUGH / 4


def test_it_goes_by_their_weights(world):
    begin = counted(world)
    while counted(world)["light"] - begin["light"] < ENOUGH:
        time.sleep(0.2)
    end = counted(world)
    light, heavy = (end[name] - begin[name] for name in ("light", "heavy"))
    assert light / heavy == pytest.approx(HEAVY / LIGHT, rel=0.1)
