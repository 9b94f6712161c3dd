# SPDX-License-Identifier: Apache-2.0
"""Virtual SErrors on an emulated CPU: test/el2/serror.c enters guests as the hypervisor does, with its own code."""
import re

import pytest

import bare

SOURCES = ["test/el2/serror.c", "test/el2/serror_guest.S", "src/machine/cpu.c", "src/machine/context.c", "src/machine/feature.c",
           "src/machine/vectors.S"]
# Each is a way for an SError, or what tells of it, to reach the wrong vCPU or to come twice.
WRONG = {
    "VSE stays in the CPU": ("src/machine/cpu.h", "HCR_TWE | HCR_VSE | HCR_API", "HCR_TWE | HCR_API"),
    "the syndrome is not switched": ("src/machine/context.def", "ROW(vsesr_el2, vsesr_el2, cpu_has_ras, 0)\n", ""),
    "DISR_EL1 is not switched": ("src/machine/context.def", "ROW(vdisr_el2, vdisr_el2, cpu_has_ras, 0)\n", ""),
    "one that was taken is taken again": ("src/machine/cpu.c", "write_sysreg(disr_el1, 0);", ""),
}


def answer(elf, model):
    text = bare.said(elf, model)
    last = re.search(r"^(\d+) checked, RAS (yes|no), (\d+) differ$", text, re.M)
    assert last and "FAIL" not in text, text
    return int(last[1]), last[2], int(last[3]), text


@pytest.mark.parametrize("model, ras", [("max", "yes"), ("neoverse-n1", "yes"), ("cortex-a57", "no")])
def test_the_cpu_delivers_it_to_the_vcpu_that_it_is_for(tmp_path, model, ras):
    checked, has, differ, text = answer(bare.compiled(tmp_path, SOURCES), model)
    assert (has, differ) == (ras, 0), text
    assert checked > 30


@pytest.mark.parametrize("what", WRONG)
def test_a_fault_of_ours_is_found_out(tmp_path, what):
    path, right, wrong = WRONG[what]
    _, _, differ, text = answer(bare.compiled(tmp_path, SOURCES, {path: (right, wrong)}), "max")
    assert differ > 0, text
