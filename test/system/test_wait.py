# SPDX-License-Identifier: Apache-2.0
"""WFI as a VM's policy, seen by QEMU's plugin: native, EL2 never hears of it; trapped, each is an exit."""
import sys

import pytest

import programs
from sessions import ROOT

sys.path.insert(0, str(ROOT / "host"))
import plugin  # noqa: E402  (a module of host/)

NAPS = 40


@pytest.fixture(scope="module", autouse=True)
def built_plugin(built):
    plugin.prepare()


def visits(start, *words):
    """How often a guest that sleeps NAPS times was in EL2, by cause.

    By the deterministic clock: a WFI whose interrupt is pending already neither waits nor traps.
    """
    place = start.place()
    run = start.done("run", "--icount", "--timeout", "120", *plugin.arguments(place / "rows"), *words)
    assert run.status == 0 and "has slept" in run.text(), run.text() + run.complaint()
    rows = plugin.read(place / "rows")
    assert plugin.violations(rows) == []
    return {row["name"].split()[0]: row["visits"] for row in plugin.causes(rows)}


def vm(tiny, *words):
    return ["--vm", "one", "--kernel", tiny(programs.naps(NAPS, programs.WFI), b"has slept\r\n", "off"), "--memory", "64M", *words]


def test_wfi_is_native_unless_a_vm_says_otherwise(start, tiny):
    assert "WFI" not in visits(start, *vm(tiny))
    assert "WFI" not in visits(start, *vm(tiny, "--wfi", "native", "--wfe", "trap"))


def test_each_trapped_wfi_is_an_exit(start, tiny):
    assert visits(start, *vm(tiny, "--wfi", "trap"))["WFI"] == NAPS


def test_two_vms_have_policies_of_their_own(start, tiny, describe):
    image = tiny(programs.naps(NAPS, programs.WFI), b"has slept\r\n", "off")
    body = 'memory = "64M"; kernel = /incbin/("%s");' % image
    system = describe(f'one {{ {body} wfi = "trap"; }}; two {{ {body} }};')
    assert visits(start, system)["WFI"] == NAPS


def test_a_policy_that_is_none_is_told(start, tiny):
    run = start.done("run", *vm(tiny, "--wfi", "traps"))
    assert run.status == 2 and '/one: wfi "traps"; nearest: "trap"; accepted: native, trap' in run.complaint()
