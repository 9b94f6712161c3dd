# SPDX-License-Identifier: Apache-2.0
"""How memory attributes combine: test/el2/attributes.c runs bare at EL2 with the hypervisor's own function linked in,
and asks the CPU. What QEMU answers otherwise is declared there, and is met: a declaration that nothing needs fails."""
import re

import pytest

import bare

FUNCTION = "src/machine/attributes.c"
SOURCES = ["test/el2/attributes.c", FUNCTION]
# Stage 1: off, and 229 kinds with 3 shareabilities. Stage 2: MemAttr that are not reserved, 3 shareabilities. CD, DC.
STAGE1, CHOICES = 1 + 229 * 3, 4
WITHOUT_FWB, WITH_FWB = STAGE1 * 13 * 3 * CHOICES, STAGE1 * 7 * 3 * CHOICES
# Memory with tags: one more kind, and DCT where there is DC.
WITH_TAGS = (STAGE1 + 3) * (13 + 7) * 3 * 6


def answer(elf, model, memory="mte=off"):
    text = bare.said(elf, model, memory)
    last = re.search(r"^(\d+) combinations, FWB (yes|no), (\d+) differ, (\d+) undeclared$", text, re.M)
    assert last, text
    declared = [int(count) for count in re.findall(r"^declared: (\d+): ", text, re.M)]
    return [int(last[n]) for n in (1, 3, 4)], declared, text


@pytest.mark.parametrize("model, memory, combinations, needless", [
    ("max", "mte=off", WITHOUT_FWB + WITH_FWB, []), ("max", "mte=on", WITH_TAGS, []), ("cortex-a57", "mte=off", WITHOUT_FWB, [1, 2])])
def test_the_function_answers_as_the_cpu(tmp_path, model, memory, combinations, needless):
    """`needless`: the declarations that need FWB, which a Cortex-A57 does not have."""
    (asked, differ, undeclared), declared, text = answer(bare.compiled(tmp_path, SOURCES), model, memory)
    assert (asked, undeclared) == (combinations, 0), text
    assert [n for n, count in enumerate(declared) if not count] == needless
    assert sum(declared) == differ


@pytest.mark.parametrize("right, wrong", [("stage2 & WRITES_BACK ?", "stage1 & WRITES_BACK ?"), ("(hcr & HCR_DC)", "(hcr & HCR_VM)"),
                                          ("return stage1 | stage2;", "return stage1;")])
def test_a_function_that_is_wrong_is_found_out(tmp_path, right, wrong):
    (_, _, undeclared), _, text = answer(bare.compiled(tmp_path, SOURCES, {FUNCTION: (right, wrong)}), "max")
    assert undeclared > 0 and "differs: stage 1" in text
