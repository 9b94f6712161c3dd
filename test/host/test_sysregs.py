# SPDX-License-Identifier: Apache-2.0
"""The tables of system registers as host/sysregs.py reads them, and that the sweep's judge finds what is planted."""
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test/guest"))
import sweep_judge as sweep  # noqa: E402
import sysregs as tables  # noqa: E402


def key(*encoding):
    op0, op1, n, m, op2 = encoding
    return op0 << 14 | op1 << 11 | n << 7 | m << 3 | op2


SCTLR, ACTLR, TPIDR2, MIDR = key(3, 0, 1, 0, 0), key(3, 0, 1, 0, 1), key(3, 3, 13, 0, 5), key(3, 0, 0, 0, 0)
CNTFRQ, SGI1R = key(3, 3, 14, 0, 0), key(3, 0, 12, 11, 5)


def test_every_encoding_has_the_last_row_that_fits():
    rows = tables.rows()
    table = tables.every(rows)
    assert sorted(table) == list(range(tables.FIRST, tables.END))
    for at in range(tables.FIRST, tables.END, 7):
        assert table[at] is [row for row in rows if row.fits(at)][-1]


def test_rows_are_read_whole():
    table = tables.every(tables.rows())
    assert table[SGI1R] == ("TRAPPED", (3, 0, 12, 11, 5), "ICC_SGI1R_EL1", "-e--", "HCR_EL2.IMO")
    assert table[SCTLR] == ("DIRECT", (3, 0, 1, 0, 0), "SCTLR_EL1", "dd--", "")
    assert table[key(3, 0, 12, 12, 0)][2:] == ("ICC_IAR1_EL1", "d---", 'in a VM with `gic = "software"` emulated: ICH_HCR_EL2.TALL1')
    assert table[key(3, 0, 12, 9, 1)].by == 'in a VM with `gic = "software"` undefined: ICH_HCR_EL2.TALL1'
    assert table[key(3, 0, 0, 4, 3)].answers == "c---"
    assert table[key(3, 6, 1, 0, 0)].name == "registers of EL3"


def test_identity_register_is_made_of_its_fields():
    pfr0 = tables.identities()[4, 0]
    assert pfr0.name == "ID_AA64PFR0_EL1"
    assert pfr0.host(0x1101011021110022) == 0x1101000021110012
    assert pfr0.host(0x00ff0000) == 0x00ff0000
    assert tables.identities()[5, 0].host(0) == 0xf000000000
    assert tables.identities()[7, 3].host(0x1111) == 0


def bare():
    """A sweep in which all is as it should be, on both sides."""
    answers = {("el1", "r", SCTLR): "v", ("el1", "w", SCTLR): "w", ("el1", "r", ACTLR): "z", ("el1", "w", ACTLR): "i",
               ("el1", "r", MIDR): "v", ("open", "r", MIDR): "x18", ("el1", "r", key(3, 6, 1, 0, 0)): "U"}
    return answers, dict(answers)


def test_what_agrees_is_no_defect():
    assert not list(sweep.Judge().answers(*bare()))


@pytest.mark.parametrize("who, way, at, was, now, says", [
    ("el1", "r", SCTLR, "v", "U", "nothing declares it"),
    ("el1", "r", SCTLR, "v", "z", "nothing declares it"),
    ("open", "r", CNTFRQ, "v", "U", "nothing declares it"),
    ("el1", "r", CNTFRQ, "v", "x00", "nothing declares it"),
    ("el1", "r", TPIDR2, "v", "v", "the table says ----"),
    ("el1", "w", ACTLR, "k", "k", "the table says zz--"),
    ("el1", "r", key(3, 6, 1, 0, 0), "v", "v", "the table says ----"),
])
def test_what_differs_is_found(who, way, at, was, now, says):
    native, ours = bare()
    native[who, way, at], ours[who, way, at] = was, now
    found = list(sweep.Judge().answers(native, ours))
    assert found and says in found[0]


def test_declared_differences_are_none():
    native, ours = bare()
    for at, who, way, was, now in ((TPIDR2, "el1", "r", "v", "U"), (TPIDR2, "open", "w", "w", "x18"), (CNTFRQ, "el1", "w", "k", "U")):
        native[who, way, at], ours[who, way, at] = was, now
    judge = sweep.Judge()
    assert not list(judge.answers(native, ours))
    assert judge.seen == {"TPIDR2_EL0", "CNTFRQ_EL0"}


def test_encoding_that_one_side_lacks_is_found():
    native, ours = bare()
    del ours["el1", "r", SCTLR]
    assert any("on one side only" in line for line in sweep.Judge().answers(native, ours))


def test_identity_register_that_shows_too_much_is_found():
    judge = sweep.Judge()
    assert not list(judge.identities({(4, 0): 0x1110000022}, {(4, 0): 0x0110000012}))
    assert judge.seen == {"ID_AA64PFR0_EL1[7:4]", "ID_AA64PFR0_EL1[39:36]"}
    found = list(judge.identities({(4, 0): 0x1110000022}, {(4, 0): 0x1110000012}))
    assert len(found) == 1 and "a guest should see 0x0000000110000012" in found[0]


def test_field_that_differs_and_is_not_declared_is_found():
    found = list(sweep.Judge().identities({(4, 0): 0x100110000022}, {(4, 0): 0x0110000012}))
    assert found == ["ID_AA64PFR0_EL1[47:44] is 0, 1 on the bare machine, and nothing declares it"]
