# SPDX-License-Identifier: Apache-2.0
"""VMIDs that roll over all the time (boot word vmids=few), while VMs sleep, wake and run on all CPUs.

QEMU's plugin sees under which VMID each CPU runs guests, and watches the order of stage-2 maintenance.
"""
import re
import subprocess
import sys

import pytest

import programs
from sessions import GUEST, ROOT

sys.path.insert(0, str(ROOT / "host"))
import plugin  # noqa: E402  (a module of host/)

NAPS = 60
CPUS = 3


@pytest.fixture(scope="module", autouse=True)
def built_plugin(built):
    plugin.prepare()


def node(name, image):
    return f'{name} {{ memory = "8M"; kernel = /incbin/("{image}"); }};'


@pytest.fixture
def lives(start, tiny, describe):
    """lives(words): the text and the plugin's rows of two VMs that nap on CPUs 0 and 1, and a third that does not."""
    def run(words):
        steady = [part for i in range(40) for part in (b"line %d\r\n" % i, 10)]
        source = describe(node("one", tiny(programs.naps(NAPS, programs.SUSPEND), b"one has slept\r\n", "off"))
                          + node("two", tiny(programs.naps(NAPS, programs.SUSPEND), b"two has slept\r\n", "off")) + node("three", tiny(*steady, "off")))
        tree, rows = source.with_suffix(".dtb"), source.with_suffix(".rows")
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, source], check=True, timeout=60)
        machine = start.qemu("-kernel", GUEST.parent / "corbel.img", "-initrd", tree, "-append", words, *plugin.words(rows),
                             smp=CPUS)
        assert machine.wait() == 0, machine.text()
        return machine.text(), plugin.read(rows)
    return run


def used(rows, cpu):
    """The VMIDs under which guests ran on a CPU."""
    return {row["vmid"] for row in plugin.of(rows, "vm") if row["cpu"] == cpu and row["el1"]}


def said(text, name):
    """What a VM printed, without its lines' ends: where it was slow, others' lines may have come between."""
    return "".join(re.findall(name + r" \|\x1b\[0m ([^\r\n]*)", text))


def check_lives(text, rows):
    assert said(text, "one") == "one has slept" and said(text, "two") == "two has slept"
    assert re.findall(r"line (\d+)", said(text, "three")) == [str(i) for i in range(40)]
    assert plugin.violations(rows) == []


def test_generations_pass_and_nobody_notices(lives):
    text, rows = lives("vmids=few")
    check_lives(text, rows)
    assert used(rows, 0) | used(rows, 1) | used(rows, 2) == {1, 2, 3}
    assert len(used(rows, 0)) > 1 and len(used(rows, 1)) > 1  # each sleep is the end of a number
    assert len(used(rows, 2)) == 1  # it never sleeps: its number is kept over every rollover


def test_normally_a_vm_keeps_its_vmid(lives):
    text, rows = lives("vmids=all")
    check_lives(text, rows)
    assert [used(rows, cpu) for cpu in range(CPUS)] == [{1}, {2}, {3}]


def test_a_word_that_is_none_is_told(lives):
    text, rows = lives("vmids=fwe")
    check_lives(text, rows)
    assert "boot word vmids=fwe: accepted: all, few; all is used" in text
