# SPDX-License-Identifier: Apache-2.0
"""What --count counts of whole runs: exact, repeatable, each instruction charged to its VM; and no rule is broken."""
import re
import sys

import pytest

from sessions import FRONT, ROOT

sys.path.insert(0, str(ROOT / "host"))
import plugin  # noqa: E402  (a module of host/)

LOOP = 4  # instructions of a turn of `calls`
ONCE = 1 + 1 + 1 + 3  # the branch over the image's header, the first instruction of either loop, and to be off


@pytest.fixture(scope="module", autouse=True)
def built_plugin(built):
    plugin.prepare()


def calls(count):
    """Asks for PSCI's version `count` times."""
    return (f"ldr x5, ={count}", "1: ldr w0, =0x84000000", "hvc #0", "subs x5, x5, #1", "b.ne 1b")


def turns(count):
    """Two instructions a turn, none that traps."""
    return (f"ldr x5, ={count}", "1: subs x5, x5, #1", "b.ne 1b")


def vm(name, image, *more):
    return ["--vm", name, "--kernel", image, "--memory", "64M", *more]


@pytest.fixture
def counted(start):
    """counted(*words): the rows of a run's report."""
    def run(*words, status=0):
        place = start.place()
        added = plugin.arguments(place / "rows")
        assert start.done("run", "--timeout", "120", *added, *words).status == status
        return plugin.read(place / "rows")
    return run


def test_a_call_costs_the_same_each_time(counted, tiny):
    few, more, most = (counted("--icount", "--smp", "1", *vm("one", tiny(calls(n), "off"))) for n in (100, 200, 400))
    el2, el1 = ([plugin.totals(rows)[1][level] for rows in (few, more, most)] for level in ("el2", "el1"))
    row = {row["name"]: row for row in plugin.causes(most)}["HVC 0x84000000"]
    # The first ones are the worst so far, and note that.
    assert row["visits"] == 400 and 0 <= row["most"] - row["least"] <= 2
    assert (el2[1] - el2[0], el2[2] - el2[1]) == (100 * row["least"], 200 * row["least"])
    assert (el1[1] - el1[0], el1[2] - el1[1]) == (100 * LOOP, 200 * LOOP)


def test_two_runs_count_the_same(counted, tiny):
    line = ["--icount", *vm("one", tiny(calls(10), b"first\r\n", "off")), *vm("two", tiny(calls(20), "off"))]
    assert counted(*line) == counted(*line)


@pytest.mark.parametrize("clock", [["--icount"], []], ids=["in turns", "at once"])
def test_each_instruction_belongs_to_its_vm_and_cpu(counted, tiny, clock):
    """Where vCPUs share a thread QEMU's index of them is wrong: the figures must not be."""
    one, two = tiny(turns(1000), calls(30), "off"), tiny(turns(50000), calls(7), "off")
    rows = counted(*clock, *vm("one", one), *vm("two", two))
    found = plugin.totals(rows)
    assert found[1]["el1"] == 2 * 1000 + LOOP * 30 + ONCE
    assert found[2]["el1"] == 2 * 50000 + LOOP * 7 + ONCE
    assert (found[1]["exits"], found[2]["exits"]) == (30 + 1, 7 + 1)
    assert {row["cpu"] for row in plugin.of(rows, "vm") if row["vmid"] == 1 and row["el1"]} == {0}
    assert {row["cpu"] for row in plugin.of(rows, "vm") if row["vmid"] == 2 and row["el1"]} == {1}


def test_no_rule_is_broken_by_lives_of_vms(counted, tiny):
    """A VM that resets itself until its limit stops it, and one that ends: tables come and go."""
    rows = counted(*vm("resets", tiny(b"up\r\n", "reset")), *vm("prints", tiny(b"x" * 200, "off")), status=1)
    assert plugin.violations(rows) == []
    assert plugin.of(rows, "stage2")[0]["changes"] > 2 * 32  # 64 MiB in blocks of 2 MiB, of each VM


def test_run_count_prints_it(start, tiny):
    profile = start.place() / "profile"
    run = start.done("run", "--icount", "--profile", profile, *vm("one", tiny(calls(50), "off")))
    assert run.status == 0
    assert re.search(r"^one +[\d,]+ +[\d,]+ +0 +51 ", run.text(), re.M)
    assert re.search(r"^HVC 0x84000000 +50 ", run.text(), re.M)
    assert "\nrules: 0 broken; " in run.text()
    part = re.search(r"^HVC 0x84000000: 50 visits, ([\d,]+) instructions\n((?: .*\n)+)", profile.read_text(), re.M)
    listed = [int(line.split()[1].replace(",", "")) for line in part[2].splitlines()]
    assert sum(listed) == int(part[1].replace(",", "")) and "  vectors\n" in part[2]


def test_a_run_that_is_quit_still_prints_it(start, tiny):
    run = start.corbel("run", "--count", *vm("one", tiny(b"first\r\n", "wait")))
    run.output.expect(rb"one \| first")
    run.type(b"\x1dq")
    assert run.wait() == 0
    assert re.search(r"^one +[\d,]+ ", run.text(), re.M)
