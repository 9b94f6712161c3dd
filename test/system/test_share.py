# SPDX-License-Identifier: Apache-2.0
"""Eight VMs with sixteen vCPUs on two CPUs: who gets how much, by the deterministic clock.

Seven are fair, and spin through the same stretch of time; the eighth is fair, too, or is a real-time one with a loop to keep. On this
clock, which both CPUs share, a CPU's time passes while the other one executes, so that shares are told in two ways: what executed, by
QEMU's plugin, where all of them spin; and what each vCPU was told that it lacked, which is Corbel's own account.
"""
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sessions import ROOT

sys.path.insert(0, str(ROOT / "host"))
import emulator  # noqa: E402
import plugin  # noqa: E402

IMAGES = ROOT / "build/guest-tests"
EPOCH = 1767225600  # the deterministic clock begins in 2026
SECOND, MS, PERIOD_MS = EPOCH + 2, 10000, 10
FAIR = {"a": (100, 2), "b": (100, 2), "c": (200, 2), "d": (150, 2), "e": (400, 2), "f": (100, 2), "g": (300, 3)}  # weight, CPUs
EIGHTH = {"h": (250, 1)}
SHIFT = 4  # an instruction takes 16 ns
# The clock counts what the other CPU executes, too, in turns that QEMU chooses: these take 0.7 of its 2 ms on average.
WORK = 20000
CLOSE = 0.01


def load(name, weight, cpus):
    return emulator.vm(name, IMAGES / "share_load.img", cpus=cpus, memory=4 << 20, weight=weight, append=f"second={SECOND} ms={MS}",
                       **{"class": "fair"})


def loop(periods, **terms):
    return emulator.vm("rt", IMAGES / "share_deadline.img", memory=4 << 20, append=f"second={SECOND} periods={periods} work={WORK}", **terms)


def run(vms, folder):
    subprocess.run(["make", "-s", "-C", ROOT, "plugin", "guest-tests"], check=True, timeout=600, stdout=subprocess.DEVNULL)
    printed = emulator.Emulator("max", cpus=2, timeout=380, shift=SHIFT).corbel(vms, counts=folder / "counts")
    rows = plugin.read(folder / "counts")
    sums = plugin.totals(rows)
    executed = {vm.name: sums[number]["el1"] + sums[number]["el0"] for number, vm in enumerate(vms, 1)}
    lacked = {(name, int(cpu)): (int(busy), int(lack)) for name, text in printed.vms.items()
              for cpu, busy, lack in re.findall(r"cpu (\d+) was busy for (\d+) us, of which it lacked (\d+)", text)}
    return SimpleNamespace(text=printed.vms, executed=executed, lacked=lacked, rows=rows)


def lateness(text):
    return [int(number) for number in re.search(r"late (\d+) times of (\d+), at most (\d+) us", text).groups()]


def whole(vms):
    return sum(weight * cpus for weight, cpus in vms.values())


@pytest.fixture(scope="module")
def fair(built, tmp_path_factory):
    return run([load(name, *what) for name, what in (FAIR | EIGHTH).items()], tmp_path_factory.mktemp("fair"))


@pytest.fixture(scope="module")
def mixed(built, tmp_path_factory):
    terms = {"class": "real-time", "priority": 1, "budget_us": 2000, "period_us": 10000}
    return run([loop(MS // PERIOD_MS, **terms), *(load(name, *what) for name, what in FAIR.items())], tmp_path_factory.mktemp("mixed"))


@pytest.mark.parametrize("which", ("fair", "mixed"))
def test_all_of_them_ran_to_their_end(which, request):
    seen = request.getfixturevalue(which)
    for name, text in seen.text.items():
        assert "PASS share_" in text and "FAIL" not in text, name
    assert len(seen.text) == 8 and len(seen.lacked) + (which == "mixed") == 16
    assert not plugin.violations(seen.rows)


def test_each_vm_executes_as_much_as_its_weights_say(fair):
    vms = FAIR | EIGHTH
    for name, (weight, cpus) in vms.items():
        share = fair.executed[name] / sum(fair.executed.values())
        assert abs(share / (weight * cpus / whole(vms)) - 1) < CLOSE, (name, share)


def test_each_vcpu_is_told_what_it_lacked(mixed):
    had = {who: busy - lack for who, (busy, lack) in mixed.lacked.items()}
    for (name, cpu), time in had.items():
        assert abs(time / sum(had.values()) / (FAIR[name][0] / whole(FAIR)) - 1) < CLOSE, (name, cpu, time)


def test_the_real_time_one_is_never_late(mixed):
    late, periods, longest = lateness(mixed.text["rt"])
    assert (late, periods) == (0, MS // PERIOD_MS) and longest < 1000 * PERIOD_MS


def test_the_same_loop_is_late_without_a_promise(built, tmp_path):
    """So that the test above could fail."""
    vms = [loop(50, weight=10, **{"class": "fair"}), load("a", 400, 3), load("b", 400, 3)]
    for vm in vms[1:]:
        vm.append = vm.append.replace(f"ms={MS}", "ms=1500")
    assert lateness(run(vms, tmp_path).text["rt"])[0] > 10
