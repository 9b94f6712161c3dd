# SPDX-License-Identifier: Apache-2.0
"""No storm of other VMs moves a dedicated vCPU, and each would be seen to, if the hypervisor did what it must not do: a copy of it that sends the
victim's CPU an interrupt at each stop of any guest."""
import shutil
import subprocess
import sys

import pytest

from sessions import ROOT

sys.path.insert(0, str(ROOT / "host"))
import interference  # noqa: E402

PERIODS = 100
SOUND = "static inline void account(struct vcpu *v, u64 begin, enum trace_kind kind, u32 cause)\n{\n"
PLANTED = "\tirq_kick_cpu(0);\n"


@pytest.fixture(scope="module")
def prepared(built):
    interference.prepare()


@pytest.fixture(scope="module")
def planted(prepared, tmp_path_factory):
    """The image of a copy with the fault."""
    copy = tmp_path_factory.mktemp("planted")
    for name in ("src", "include", "host"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("Makefile", "VERSION"):
        shutil.copy(ROOT / name, copy)
    for folder in ("test/guest", "test/bench", "test/linux"):
        shutil.copytree(ROOT / folder, copy / folder)
    shutil.copytree(ROOT / "build/libfdt", copy / "build/libfdt")
    dispatch = copy / "src/monitor/dispatch.c"
    text = dispatch.read_text()
    assert text.count(SOUND) == 1
    dispatch.write_text(text.replace(SOUND, SOUND + PLANTED))
    subprocess.run(["make", "-s", "-C", copy, "-j2", "all"], check=True, timeout=380, stdout=subprocess.DEVNULL)
    return copy / "build/corbel.img"


@pytest.fixture(scope="module")
def quiet(prepared):
    return interference.run("dedicated", interference.QUIET, PERIODS)


def test_each_period_has_two_visits(quiet):
    """The timer's interrupt, and the call that ends the period."""
    assert len(quiet.periods) == 1 and sum(quiet.periods.values()) == PERIODS
    (count, visits), = quiet.periods
    assert count == 2 and sorted(visit[0] for visit in visits) == ["irq", "sync"]


@pytest.mark.parametrize("storm", interference.STORMS)
def test_a_planted_interrupt_is_seen(storm, planted, quiet):
    assert interference.differing(quiet, interference.run("dedicated", storm, PERIODS, planted)) > 0
