# SPDX-License-Identifier: Apache-2.0
"""The first instruction after a reset finds what the very first one found (test/guest/first_life.c says what it looks at)."""
import re
import subprocess

import pytest

from sessions import ROOT

IMAGE = ROOT / "build/guest-tests/first_life.img"


@pytest.fixture(scope="module", params=["max,pauth-impdef=on", "cortex-a72"], ids=["max", "cortex-a72"])
def lives(request, start_once, built):
    """[{what: value}] of each life."""
    subprocess.run(["make", "-s", "-C", ROOT, IMAGE.relative_to(ROOT)], check=True, timeout=600, stdout=subprocess.DEVNULL)
    run = start_once.logged("--timeout", "300", "--cpu", request.param, "--vm", "one", "--kernel", IMAGE, "--cpus", "2", "--memory", "16M")
    assert run.wait(400) == 0, run.text()[-2000:]
    text = run.log("one").all().decode(errors="replace")
    assert "PASS first_life" in text and "FAIL" not in text
    found = [dict(re.findall(r"^seen (\S+) ([0-9a-f]+)\r*$", life, re.M)) for life in text.split("seen all 1")[:2]]
    return found


def test_both_lives_saw_much(lives):
    assert len(lives) == 2
    for life in lives:
        assert len(life) > 100 and int(life["cpu0_x_0"], 16) == 0x40000000 and int(life["cpu1_x_0"], 16) == 0x1234
        for kind in ("GICD_", "GICR1_", "PL011_", "PL061_", "watchdog_", "register_", "sctlr_el1_1", "behind_image", "tree"):
            assert any(what.startswith(kind) for what in life), kind


def test_the_second_life_sees_what_the_first_saw(lives):
    first, second = lives
    different = {what: (first.get(what), second.get(what)) for what in first.keys() | second.keys() if first.get(what) != second.get(what)}
    assert not different


def test_memory_beside_image_and_tree_is_zero(lives):
    for life in lives:
        assert life["behind_image"] == "0" and life["behind_tree"] == "0"
