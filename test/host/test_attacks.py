# SPDX-License-Identifier: Apache-2.0
"""The checklist of attacks is read strictly, and what its runner compares tells each disturbance."""
import sys

import pytest

from conftest import ROOT

sys.path[:0] = [str(ROOT / "test/attack"), str(ROOT / "test/guest"), str(ROOT / "host")]
import attack  # noqa: E402  (modules of other folders)
import checklist  # noqa: E402


def listed(tmp_path, *lines):
    path = tmp_path / "list"
    path.write_text("\n".join(("# a remark", "", *lines)) + "\n")
    return checklist.read(path)


def test_a_line_has_a_name_an_attack_tests_and_what_it_waits_for(tmp_path):
    one, two = listed(tmp_path, "SR-01 | does this | fp_state rounds=500 ci=of:61 full=of:1 loud, unit:vid_test | sharing", "SR-02 | that | | x")
    kernel, unit = one.proofs
    assert (kernel.kind, kernel.name, kernel.rounds, kernel.ci, kernel.full) == ("kernel", "fp_state", 500, ("of=61",), ("of=1",))
    assert kernel.words == ("loud",) and (unit.kind, unit.name) == ("unit", "vid_test")
    assert two.proofs == [] and two.waits == "x"
    assert list(attack.waiting([one, two])) == ["SR-01 in part waits for sharing: does this", "SR-02 waits for x: that"]


@pytest.mark.parametrize("line, why", [
    ("SR-01 | does this | no_such_kernel |", "no_such_kernel: there is no such test"),
    ("SR-01 | does this | unit:no_such |", "unit:no_such: there is no such test"),
    ("SR-01 | does this | unit:vid_test loud |", "only a kernel has options"),
    ("SR-01 | does this | |", "has a test, or waits"),
    ("SR-02 | does this | fp_state |", "SR-02 is not the next of its group"),
    ("XX-01 | does this | fp_state |", "not NAME"),
    ("SR-01 | does this | fp_state", "not NAME"),
])
def test_a_line_that_is_wrong_is_told(tmp_path, line, why):
    with pytest.raises(checklist.Broken, match=why):
        listed(tmp_path, line)


def test_every_group_is_on_the_list_and_on_the_page():
    lines = checklist.read()
    text = "\n".join(checklist.page(lines))
    assert {line.name[:2] for line in lines} == set(checklist.GROUPS)
    assert all(f"| {line.name} |" in text for line in lines)


@pytest.mark.parametrize("what, value", [("memory", "1" * 16), ("instructions", {"el1": 8, "el0": 2}), ("console", "bye")])
def test_each_difference_of_the_bystander_is_told_by_its_name(what, value):
    quiet = attack.Trace("0" * 16, {"el1": 7, "el0": 2}, "hello")
    assert attack.differences(quiet, quiet) == []
    found = attack.differences(quiet, quiet._replace(**{what: value}))
    assert len(found) == 1 and f"its {what} differ" in found[0]


def test_a_full_run_repeats_a_hundred_times_as_often():
    proof = checklist.read_proof("tlbi_storm rounds=700 ci=a:1 full=b:2")
    few, many = (attack.described(proof, full)[0][0].append.split() for full in (False, True))
    assert "rounds=7" in few and "a=1" in few and "b=2" not in few
    assert "rounds=700" in many and "b=2" in many and "a=1" not in many
