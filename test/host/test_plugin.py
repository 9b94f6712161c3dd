# SPDX-License-Identifier: Apache-2.0
"""QEMU's plugin: each program of test/plugin runs bare at EL2 and breaks the rule that its second line names.

A program whose second line names none is in order. What the plugin counts is held against the program's own length.
"""
import os
import pathlib
import subprocess

import pytest

import plugin
from trouble import Trouble

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = sorted((ROOT / "test/plugin").glob("*.S"))
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
# Of rules that can be broken in several ways, what the sentence must say.
WHY = {
    "no_maintenance": "no DSB after the store", "no_tlbi": "no TLBI", "no_dsb_before": "no TLBI",
    "no_dsb_after": "no DSB after the TLBI", "weak_dsb_after": "no DSB after the TLBI", "local_tlbi": "no TLBI",
    "stage1_tlbi": "no TLBI", "other_vmid": "no TLBI", "wait": "WFI, while", "table_reused": "in a table below it",
    "made_early": "no DSB after the TLBI",
}
SLEEPS = ("wait",)  # never powers off


def rule(path):
    """fp, stage2-left, ...: the first word of the second line, if it has a colon; None for a program in order."""
    word = path.read_text().splitlines()[1].removeprefix("/* ").split()[0]
    return word[:-1] if word.endswith(":") else None


@pytest.fixture(scope="session")
def built_plugin():
    subprocess.run(["make", "-s", "-C", ROOT, "plugin"], check=True)


@pytest.fixture
def start(built_plugin, tmp_path):
    """start(path, *options): the rows of the report, and the program's ELF."""
    def run(path, *options):
        elf, out = tmp_path / f"{path.stem}.elf", tmp_path / "with, a comma"
        subprocess.run([CROSS + "gcc", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0x40080000,--build-id=none,-N",
                        "-Wl,--no-warn-rwx-segments", "-o", elf, path], check=True)
        line = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu", "max", "-m", "512M",
                "-display", "none", "-nodefaults", "-kernel", elf, *plugin.option([plugin.SO, f"out={out}", *options])]
        with subprocess.Popen(line, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(5 if path.stem in SLEEPS else 60)
            except subprocess.TimeoutExpired:
                process.terminate()  # it still writes its report
        return plugin.read(out), elf
    return run


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_breaks_its_rule_and_no_other(start, path):
    rows, elf = start(path)
    broken = plugin.violations(rows)
    assert [row["rule"] for row in broken] == ([rule(path)] if rule(path) else [])
    if path.stem in WHY:
        assert WHY[path.stem] in broken[0]["sentence"]
    if broken:
        known = plugin.symbols(elf)
        assert known["first_return"] <= broken[0]["pc"] < known["last"]  # in what differs between the programs


def test_there_is_a_program_for_each_rule():
    sources = "".join(path.read_text() for path in (ROOT / "host/plugin").glob("*.c"))
    assert {rule(path) for path in PROGRAMS} == {None, "fp", "stage2-left", "stage2-replaced", "stage2-made-early",
                                                "stage2-reused", "stage2-written"}
    assert all(f'"{rule(path)}"' in sources for path in PROGRAMS if rule(path))


def test_every_instruction_counts(start):
    """There is no branch in the program but its calls: what executes is what lies between its labels."""
    rows, elf = start(ROOT / "test/plugin/good.S")
    known = plugin.symbols(elf)
    between = lambda first, end: (known[end] - known[first]) // 4
    enter, leave = between("visit", "back"), 3  # to ERET; the vector, and two instructions of `back`
    whole = plugin.totals(rows)
    assert whole[0]["el2"] == between("_start", "first_return") + enter
    assert whole[1]["el2"] == leave + between("first_return", "last") + enter + leave
    assert (whole[1]["el1"], whole[1]["exits"], whole[None]["el1"], whole[None]["el0"]) == (4, 2, 4, 0)
    assert (whole[0]["switches"], whole[1]["switches"]) == (0, 1)  # from nobody
    calls = plugin.causes(rows)
    assert {row["name"]: row["visits"] for row in calls} == {"boot": 1, "HVC 0x3c5": 2}
    assert sum(row["instructions"] for row in calls) == whole[None]["el2"]


def test_fp_is_allowed_where_the_option_says(start):
    path = ROOT / "test/plugin/fp.S"
    assert plugin.violations(start(path, "fp=0x40080000-0x40090000")[0]) == []
    assert len(plugin.violations(start(path, "fp=0x40090000-0x400a0000")[0])) == 1


def test_tables_that_cannot_be_read_are_not_passed_over(start):
    broken = plugin.violations(start(ROOT / "test/plugin/good.S", "linear=0x7f0000000000")[0])
    assert [row["rule"] for row in broken] == ["stage2-unreadable"]


def test_a_profile_names_functions(start, tmp_path):
    profile = tmp_path / "profile"
    rows, elf = start(ROOT / "test/plugin/good.S", f"profile={profile}", "image=0x40080000-0x40090000")
    table = plugin.profile(profile, elf)
    assert table["HVC 0x3c5"]["visit"] == plugin.symbols(elf)["back"] // 4 - plugin.symbols(elf)["visit"] // 4
    assert sum(table["HVC 0x3c5"].values()) == plugin.totals(rows)[1]["el2"]
    assert any(line.endswith("  visit") for line in plugin.profile_lines(rows, profile, elf))


@pytest.mark.parametrize("words, complaint", [((), "no out=FILE"), (("out=/dev/null", "colour=red"), "accepted: out="),
                                              (("out=/dev/null", "image=1"), "accepted: FIRST-END")])
def test_what_is_wrong_with_its_options(built_plugin, words, complaint):
    run = subprocess.run(["qemu-system-aarch64", "-M", "virt", "-display", "none", *plugin.option([plugin.SO, *words])],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and complaint in run.stderr


def test_a_report_that_is_not_whole(tmp_path):
    (tmp_path / "cut").write_text('{"row": "vm", "cpu": 0}\n')
    for name in ("cut", "none"):
        with pytest.raises(Trouble, match="not whole"):
            plugin.read(tmp_path / name)
