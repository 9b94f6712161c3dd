# SPDX-License-Identifier: Apache-2.0
"""The verb bench: golden figures, the table, the picture, budgets, and what makes it fail."""
import copy
import json
import re
import xml.etree.ElementTree

import pytest

from conftest import ROOT, run_corbel
import bench
import budgets
import chart
import golden
import rows
import table
from golden import Golden
from rows import Row
from trouble import Trouble
from yardstick import Figure

ROWS = [Row("hvc_version", "HVC <PSCI>", 190, 130, "figure", "guest"), Row("irq_end", "end", 0, 0, "difference", "guest"),
        Row("lpi", "LPI", None, 500, "figure", "guest"), Row("boot", "start", None, None, "figure", "host")]
KEY = "gcc 1, qemu 2, libfdt 3"


def one(value, worst=None):
    return Figure(value, value if worst is None else worst, 10)


MEASURED = {"hvc_version": {"native": one(1), "corbel": one(120, 125)}, "irq_end": {"native": one(2), "corbel": one(2)},
            "lpi": {"native": None, "corbel": None}, "boot": {"native": None, "corbel": one(1000)}}


def changed(row, side, figure):
    found = copy.deepcopy(MEASURED)
    found[row][side] = figure
    return found


@pytest.fixture
def accepted(tmp_path):
    """Golden figures as a user has them: accepted, saved and read again."""
    path = tmp_path / "golden.json"
    first = Golden(KEY, path)
    assert not first.known() and first.accept("max", MEASURED) == []
    first.save()
    return Golden(KEY, path)


# --- golden ---

def test_equal_figures_are_golden(accepted):
    assert accepted.known() and list(accepted.differences("max", MEASURED)) == []


@pytest.mark.parametrize("row, side, figure, sentence", [
    ("hvc_version", "corbel", one(121, 125), "max: hvc_version, corbel: 121 (worst 125), golden 120 (worst 125), +0.8 %"),
    ("hvc_version", "corbel", one(120, 126), "max: hvc_version, corbel: 120 (worst 126), golden 120 (worst 125)"),
    ("hvc_version", "corbel", one(119, 125), "golden 120 (worst 125), -0.8 %"),
    ("hvc_version", "native", one(2), "max: hvc_version, native: 2, golden 1, +100.0 %"),
    ("hvc_version", "corbel", None, "max: hvc_version, corbel: none, golden 120 (worst 125)"),
    ("lpi", "corbel", one(9), "max: lpi, corbel: 9, golden none"),
])
def test_a_figure_that_moved_is_told(accepted, row, side, figure, sentence):
    found = list(accepted.differences("max", changed(row, side, figure)))
    assert len(found) == 1 and sentence in found[0]


def test_another_model_has_no_golden_figures(accepted):
    assert len(list(accepted.differences("cortex-a72", MEASURED))) == 5


def test_an_unknown_key_is_not_judged(accepted):
    other = Golden("gcc 9", accepted.path)
    assert not other.known() and list(other.differences("max", changed("boot", "corbel", one(9)))) == []


def test_accepting_what_got_worse_by_more_than_2_percent_says_so(accepted):
    slower = changed("boot", "corbel", one(1021))
    assert accepted.accept("max", slower) == ["max: boot: 1,000 became 1,021, +2.1 %"]
    assert accepted.accept("max", changed("boot", "corbel", one(1022))) == []
    assert accepted.of("max", "boot") == [1022, 1022]


def test_the_file_keeps_other_keys_and_has_a_line_for_each_row(accepted):
    other = Golden("gcc 9", accepted.path)
    other.accept("max", MEASURED)
    other.save()
    assert Golden(KEY, accepted.path).known() and Golden("gcc 9", accepted.path).known()
    assert accepted.path.read_text().count('"hvc_version": {"native": [1, 1], "corbel": [120, 125]}') == 2


def test_the_golden_figures_of_the_tree_are_about_its_rows():
    everything = json.loads(golden.FILE.read_text())
    assert everything and golden.text(everything) == golden.FILE.read_text()
    for models in everything.values():
        assert {key for its in models.values() for key in its} <= {row.key for row in rows.read()}


def test_the_key_names_the_tools():
    assert re.fullmatch(r"gcc \d\S*, qemu \d\S*, libfdt \S+, linux \d\S*", golden.key())
    assert golden.version_of("no-such-program", "x") == "missing"


# --- the suite ---

def test_a_slowed_result_fails_the_suite(accepted, capsys):
    assert bench.judge_golden(accepted, {"max": MEASURED}) == (4, 0)
    assert bench.judge_golden(accepted, {"max": changed("boot", "corbel", one(1001))}) == (3, 1)
    assert "DIFFERS max: boot, corbel: 1,001, golden 1,000, +0.1 %" in capsys.readouterr().out


def test_only_ci_must_have_a_key(accepted, capsys):
    other = Golden("gcc 9", accepted.path)
    assert bench.judge_golden(other, {"max": MEASURED}, ci=False) == (0, 0)
    assert bench.judge_golden(other, {"max": MEASURED}, ci=True) == (0, 1)
    assert capsys.readouterr().out == "no golden for gcc 9\n" * 2


def test_a_budget_that_is_exceeded_is_told():
    budget = budgets.Budget("boot", "start", "figures", 1000)
    assert list(budgets.judge([budget], {"figures": {"boot": 1000}})) == [("start: 1,000, at most 1,000", True)]
    assert list(budgets.judge([budget], {"figures": {"boot": 1001}})) == [("start: 1,001, at most 1,000: OVER BUDGET", False)]


def test_a_budget_without_a_figure_is_no_pass():
    with pytest.raises(Trouble, match="the budget 'boot': figures has no such figure"):
        list(budgets.judge([budgets.Budget("boot", "start", "figures", 1)], {"figures": {}}))
    with pytest.raises(Trouble, match="'figure'; the nearest is 'figures'"):
        list(budgets.judge([budgets.Budget("boot", "start", "figure", 1)], {"figures": {}, "sizes": {}}))


def test_budgets_take_the_worst_of_all_models():
    assert budgets.figures({"max": MEASURED, "b": changed("boot", "corbel", one(7, 2000))}) == {
        "hvc_version": 125, "irq_end": 2, "boot": 2000}


def test_the_longest_visit_is_one_that_a_guest_came_back_from():
    def cause(kind, number, detail, most):
        return {"row": "cause", "kind": kind, "class": number, "detail": detail, "visits": 1, "instructions": most, "most": most}
    seen = [cause("boot", 0, 0, 9000), cause("sync", 0x16, 0x84000008, 8000), cause("irq", 0, 0, 70), cause("wait", 0, 0, 80)]
    assert budgets.longest(seen) == {"visit": 80}


def test_the_deepest_stack_of_all_cpus_counts():
    seen = [{"row": "stack", "cpu": 0, "bytes": 900, "size": 12288}, {"row": "stack", "cpu": 1, "bytes": 5000, "size": 12288}]
    assert budgets.deepest(seen) == {"stack": 5000}
    [(sentence, within)] = budgets.judge([budgets.Budget("stack", "stack", "counts", 4096)], {"counts": budgets.deepest(seen)})
    assert not within and "5,000, at most 4,096: OVER BUDGET" in sentence


def test_the_trees_sizes_are_known():
    found = budgets.sizes()
    assert all(found[budget.key] > 0 for budget in budgets.read() if budget.source == "sizes")


# --- the table and the picture ---

def lines(reference, measured, **options):
    colour = options.pop("colour", False)
    return list(table.Table(ROWS, reference, colour).lines("max", measured, **options))


def test_the_table(accepted):
    head, hvc, end, lpi, start = lines(accepted, MEASURED)
    assert head.split()[0] == "operation" and len({len(line) for line in (head, hvc, end, lpi, start)}) == 1
    assert hvc.split() == "HVC <PSCI> 1 120 (125) 119 120 190 ≤ 130".split()
    assert end.split() == "end 2 2 0 2 +0 ≤ +0".split() and start.split() == "start – 1,000 – 1,000 – –".split()
    assert lpi.split() == "LPI – – – – – ≤ 500".split()


@pytest.mark.parametrize("measured, words", [
    (changed("hvc_version", "corbel", one(131)), ["≤ 130 MISSED", "120 (125) DIFFERS"]),
    (changed("irq_end", "corbel", one(3)), ["≤ +0 MISSED", "2 (2) DIFFERS"]), (changed("lpi", "corbel", one(3)), ["none DIFFERS"]),
])
def test_what_is_missed_or_differs_has_a_word_and_is_red(accepted, measured, words):
    plain, red = "\n".join(lines(accepted, measured)), "\n".join(lines(accepted, measured, colour=True))
    assert all(word in plain for word in words) and "\x1b" not in plain
    assert all(f"{table.RED}{word}{table.PLAIN}" in red for word in words)
    assert re.sub(r"\x1b\[\d*m", "", red) == plain


def test_a_goal_that_is_met_is_not_red(accepted):
    assert table.RED not in "\n".join(lines(accepted, MEASURED, colour=True))


def test_another_hypervisor_has_a_column(accepted):
    head, hvc, *_ = lines(accepted, MEASURED, other=("Xen", {"hvc_version": one(464, 500)}))
    assert head.split()[:5] == ["operation", "native", "Corbel", "(worst)", "Xen"]
    assert hvc.split() == "HVC <PSCI> 1 120 (125) 464 (500) 119 120 190 ≤ 130".split()


def test_the_summary_counts_goals(accepted):
    assert table.Table(ROWS, accepted).summary(MEASURED) == "2 of 2 goals met, 1 not measured"


@pytest.mark.parametrize("measured", [MEASURED, changed("hvc_version", "corbel", one(131)), changed("hvc_version", "corbel", None),
                                      changed("irq_end", "corbel", one(0))])
def test_the_picture_is_well_formed(measured):
    root = xml.etree.ElementTree.fromstring(chart.svg(ROWS, measured, "max"))
    words = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    shown = measured["hvc_version"]["corbel"]
    assert ("HVC <PSCI>" in words) == bool(shown) and "end" not in words and "start" not in words
    assert "prefers-color-scheme: dark" in chart.STYLE and (not shown or {str(shown.mode), "190"} <= set(words))
    kinds = [shape.get("class") for shape in root.iter("{http://www.w3.org/2000/svg}rect")][4:]  # behind page and legend
    assert kinds == ([] if not shown else ["missed" if shown.mode > 130 else "corbel", "peer"])


def test_the_checked_in_picture_is_of_the_rows():
    xml.etree.ElementTree.parse(ROOT / "doc/pictures/bench.svg")
    text = (ROOT / "doc/pictures/bench.svg").read_text()
    assert all(row.title in text for row in rows.read() if row.key in ("hvc_version", "sgi_self"))


# --- the verb ---

@pytest.mark.parametrize("words, sentence", [
    (["--rows", "hvc_versoin"], "unknown row 'hvc_versoin'; the nearest is 'hvc_version'"),
    (["--model", "maxx"], "unknown model 'maxx'; the nearest is 'max'"), (["--against", "zen"], "unknown peer 'zen'; the nearest is 'xen'"),
    (["--against", "xen", "--accept"], "never golden"), (["--whole", "--accept"], "--whole and --accept do not go together"),
    (["--whole", "--interference"], "--whole and --interference do not go together"),
    (["--interference", "--svg", "x"], "--interference and --svg do not go together"), (["--periods", "5"], "--periods belongs to --interference"),
    (["--repeat", "0"], "--repeat 0: accepted"), (["--svg", "/no/such/folder/a.svg"], "there is no such folder"),
    (["--modle", "max"], "the nearest is '--model'"), (["max"], "'max': no such word"),
])
def test_bad_usage(words, sentence):
    run = run_corbel("bench", *words)
    assert run.returncode == 2 and sentence in run.stderr and run.stdout == ""


@pytest.fixture
def verb(accepted, monkeypatch):
    """./corbel bench with these figures; answers the exit status."""
    def start(measured, *words, again=None, key=KEY):
        results = [measured, again or measured]
        monkeypatch.setattr(rows, "read", lambda: ROWS)
        monkeypatch.setattr(bench, "prepare", lambda options: None)
        monkeypatch.setattr(bench, "measure", lambda models, the_rows: {model: results[0] if len(results) == 1 else results.pop(0)
                                                                        for model in models})
        monkeypatch.setattr(golden, "key", lambda: key)
        monkeypatch.setattr(bench.golden, "Golden", lambda its_key: Golden(its_key, accepted.path))
        return bench.main(["--model", "max", *words])
    return start


def test_bench_ends_well_with_golden_figures(verb, capsys):
    assert verb(MEASURED) == 0
    out = capsys.readouterr().out
    assert f"every figure is golden ({KEY})" in out and "max: 2 of 2 goals met, 1 not measured" in out and "\x1b" not in out


def test_bench_fails_where_a_figure_differs(verb, capsys):
    assert verb(changed("boot", "corbel", one(1001))) == 1
    assert "DIFFERS max: boot, corbel: 1,001, golden 1,000" in capsys.readouterr().out


def test_a_missed_goal_is_no_failure(verb, capsys):
    measured = changed("hvc_version", "corbel", one(500))
    assert verb(measured, "--accept") == 0 and verb(measured) == 0
    assert "MISSED" in capsys.readouterr().out


def test_bench_does_not_judge_what_it_does_not_know(verb, capsys):
    assert verb(changed("boot", "corbel", one(1001)), key="gcc 9") == 0
    assert "no golden for gcc 9" in capsys.readouterr().out


def test_bench_accepts(verb, capsys):
    slower = changed("boot", "corbel", one(1100))
    assert verb(slower, "--accept") == 0 and verb(slower) == 0 and verb(MEASURED) == 1
    assert "the commit's body explains: max: boot: 1,000 became 1,100, +10.0 %" in capsys.readouterr().out


def test_runs_that_agree_and_runs_that_do_not(verb, capsys):
    assert verb(MEASURED, "--repeat", "3") == 0 and "3 runs are bit-identical" in capsys.readouterr().out
    assert verb(MEASURED, "--repeat", "2", again=changed("boot", "corbel", one(999))) == 1
    out = capsys.readouterr().out
    assert "run 2 differs from run 1: max: boot, corbel: 1,000, then 999" in out and "the 2 runs are NOT identical" in out


def test_bench_writes_its_files(verb, tmp_path, capsys):
    assert verb(MEASURED, "--rows", "boot", "--json", str(tmp_path / "a.json"), "--svg", str(tmp_path / "a.svg")) == 0
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["key"] == KEY and list(found["models"]["max"]) == list(MEASURED)
    assert found["models"]["max"]["hvc_version"]["corbel"] == {"mode": 120, "worst": 125, "samples": 10}
    xml.etree.ElementTree.parse(tmp_path / "a.svg")
    assert "HVC" not in capsys.readouterr().out


def test_the_readme_shows_the_budgets():
    text = (ROOT / "README.md").read_text()
    assert [budget.key for budget in budgets.read() if f"{budget.limit:,}" not in text] == []
