# SPDX-License-Identifier: Apache-2.0
"""What the yardstick guest says, and the machines that run it."""
import re
import sys

import pytest

from conftest import ROOT
import boot
import emulator
import rows
import tracecost
import whole
import xen
import yardstick
from rows import Row
from trouble import Trouble
from yardstick import Figure

ROWS = [Row("hvc_version", "HVC", 190, 130, "figure", "guest"), Row("irq_end", "end", 0, 0, "difference", "guest"),
        Row("lpi", "LPI", None, 500, "figure", "guest"), Row("boot", "start", None, None, "figure", "host")]
LINES = ["begin", "frequency 1000000000", "hvc_version 164 170 2000", "irq_end 2 2 5", "lpi - - 0", "boot - - 0", "end"]
FIGURES = {"hvc_version": Figure(164, 170, 2000), "irq_end": Figure(2, 2, 5), "lpi": None, "boot": None}


def said(lines, before="", end="\n"):
    return "".join(f"{before}bench: {line}{end}" for line in lines)


@pytest.mark.parametrize("before", ["", "(XEN) ", "(XEN) DOM1: ", "\x1b[36mbench\x1b[0m | ", "bench | "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_table_is_read_whoever_carries_the_console(before, end):
    text = f"Xen 4.20{end}......{end}" + said(LINES, before, end) + f"{before}bye{end}"
    assert yardstick.parse(text, ROWS, "x") == FIGURES


def without(word):
    return [line for line in LINES if not line.startswith(word)]


@pytest.mark.parametrize("lines, sentence", [
    ([], "did not begin"), (without("begin"), "did not begin"), (without("end"), "did not end"),
    (without("irq_end"), "printed no row 'irq_end'"),
    ([*LINES[:3], "hvc_version 1 1 1", *LINES[3:]], "'hvc_version' was printed twice"),
    (["begin", "irq_ende 2 2 5", "end"], "'irq_ende' that test/bench/rows.json lacks; the nearest is 'irq_end'"),
    (["begin", "irq_end 2 5", "end"], "'bench: irq_end 2 5' is no figure"),
    (["begin", "irq_end 5 2 1", "end"], "is no figure"), (["begin", "irq_end 2 2 0", "end"], "is no figure"),
    (["begin", "frequency 62500000", "end"], "the counter's frequency 62500000 Hz; accepted: 1000000000"),
])
def test_a_table_that_is_not_whole_is_told(lines, sentence):
    with pytest.raises(Trouble, match=re.escape(sentence)) as caught:
        yardstick.parse(said(lines), ROWS, "max, Corbel")
    assert str(caught.value).startswith("max, Corbel: ") and caught.value.status == 1


def test_a_row_that_the_host_measures_may_be_missing():
    assert "boot" not in yardstick.parse(said(without("boot")), ROWS, "x")


def test_a_line_counts_once_it_is_whole():
    assert yardstick.words("bench: reset 12\nbench: reset 34") == ["reset 12"]


# --- rows.json ---

def test_the_rows_are_those_of_the_guest():
    known = rows.read()
    keys = [row.key for row in known]
    assert len(set(keys)) == len(keys) and {row.judge for row in known} == {"figure", "difference"}
    guest = re.findall(r'^\t\{"(\w+)", \w+\},$', (ROOT / "test/bench/bench.c").read_text(), re.M)
    assert guest and [key for key in keys if key in guest] == guest
    assert {row.key for row in known if row.source == "guest"} <= set(guest)


def test_rows_are_selected_in_the_tables_order():
    assert [row.key for row in rows.select(ROWS, "lpi,hvc_version")] == ["hvc_version", "lpi"]
    assert rows.select(ROWS, None) == ROWS
    with pytest.raises(Trouble, match="unknown row 'hvc_versoin'; the nearest is 'hvc_version'"):
        rows.select(ROWS, "lpi,hvc_versoin")


# --- the emulator ---

def test_models():
    assert emulator.model("max") == "max" and emulator.model("cortex-a72,cntfrq=1000000000") == "cortex-a72"
    with pytest.raises(Trouble, match="unknown model 'cortex-72'; the nearest is 'cortex-a72'"):
        emulator.model("cortex-72")


def test_a_missing_image_is_named(tmp_path):
    with pytest.raises(Trouble, match="there is no .*absent.img"):
        emulator.Emulator("max").native(tmp_path / "absent.img")
    with pytest.raises(Trouble, match="there is no .*absent.img"):
        emulator.Emulator("max").corbel([emulator.vm("one", tmp_path / "absent.img")])


def script(text):
    return [sys.executable, "-c", text]


def test_a_run_ends_by_itself_or_when_enough_was_printed():
    assert emulator.capture(script("print('all')"), "x") == b"all\n"
    forever = script("import time; print('enough', flush=True); time.sleep(60)")
    assert emulator.capture(forever, "x", 30, lambda data: b"enough" in data).strip() == b"enough"


def test_a_run_that_does_not_end_is_ended():
    with pytest.raises(Trouble, match="(?s)who: no end within 1 s; the last that was printed:.*half") as caught:
        emulator.capture(script("import time; print('half', flush=True); time.sleep(60)"), "who", 1)
    assert caught.value.status == 1


def test_a_qemu_that_fails_is_told():
    with pytest.raises(Trouble, match="who: QEMU ended with status 3: no such thing"):
        emulator.capture(script("import sys; print('no such thing', file=sys.stderr); sys.exit(3)"), "who")


def test_the_framed_console_is_taken_apart():
    data = b"Corbel\r\n\x10nAone\n\x10oAbench: begin\n\x10o@more\n\x10oBother\n\x10eAo."
    printed = emulator.unframed(data, ["one", "two"], "x")
    assert printed.hypervisor == "Corbel\r\nmore\n" and printed.vms == {"one": "bench: begin\n", "two": "other\n"}
    for bad in (b"\x10eAc.", b"\x10p"):
        with pytest.raises(Trouble, match="it crashed"):
            emulator.unframed(data + bad, ["one", "two"], "x")


# --- start and reset, from outside ---

class Machine:
    """A hypervisor whose start costs 1,000, a reset 300, and a report 90; a MiB to scrub 50, at a reset 20, to copy 7."""
    model = "max"

    def corbel(self, vms, ram=None, until=None, counts=None, profile=None):
        if len(vms) == 2:
            assert ram == 2 << 30 and not until(emulator.Printed("", {}, []))
            return emulator.Printed("Corbel takes 3 KiB of memory, its ledger 9 KiB\n", {}, [])
        memory = vms[0].memory >> 20
        with open(vms[0].kernel, "rb") as file:
            copy = 7 * len(file.read()) // boot.MIB
        report = {"bench=reset": 0, "bench=fault": 90}[vms[0].append]
        first, again = 1000 + 50 * memory + copy, 300 + report + 20 * memory + copy
        second = first - 10 + 600 + again - 10
        printed = emulator.Printed("".join(f"bench starts, 0.{at:09} s after power-on\n" for at in (first - 10, second)),
                                   {"bench": "bench: alive 10\nbench: reset 600\nbench: alive 10\n"}, [])
        assert until(printed) and vms[0].restart == "on-crash"
        return printed


def test_start_and_reset_without_scrubbing_and_copying(tmp_path, monkeypatch):
    image = tmp_path / "bench.img"
    image.write_bytes(bytes(2 * boot.MIB))
    monkeypatch.setattr(emulator, "Emulator", lambda model, cpus: Machine())
    monkeypatch.setattr(boot.build, "BUILD", tmp_path)
    (tmp_path / "corbel.img").write_bytes(bytes(100))
    functions = {"fdt_next_tag": 100, "memchr": 30, "main_primary": 500, "board_fdt_read": 5}
    monkeypatch.setattr(boot.plugin, "prepare", lambda: None)
    monkeypatch.setattr(boot.plugin, "profile", lambda path: {"boot": functions, "irq": {"fdt_next_tag": 9}})
    found = {key: figure.mode for key, figure in boot.measure("max", image).items()}
    assert found == {"boot": 1000, "boot_outside": 870, "reset": 300, "recover": 300 + 90 + 20 * 64 + 7 * 2,
                     "boot_scrub": 50, "boot_copy": 7, "memory": 3072, "image": 100}


# --- Xen ---

def test_xens_tree_is_the_boards_with_the_guest_in_it(tmp_path):
    image = tmp_path / "bench.img"
    image.write_bytes(bytes(5000))
    tree = xen.tree(emulator.Emulator("cortex-a72"), image, tmp_path)
    text = xen.run("dtc", "-q", "-I", "dtb", "-O", "dts", str(tree))
    assert "pl011@9000000" in text and 'compatible = "xen,domain"' in text
    assert "reg = <0x00 0x60000000 0x00 0x1388>" in text and text.count("device_type = \"cpu\"") == 2


# --- whole work ---

def test_whole_work_is_from_the_entry_or_from_init():
    text = "ticks: init 100\r\nticks: done 150\r\n"
    assert whole.elapsed(text, "linux", "x") == 100 and whole.elapsed(text, "switch", "x") == 50


@pytest.mark.parametrize("text", ["", "ticks: init 1\n", "ticks: init 1\nFAILED unit 3\nticks: done 2\n"])
def test_work_that_was_not_done_is_told(text):
    with pytest.raises(Trouble, match="the work was not done"):
        whole.elapsed(text, "compile", "x")


def counted(el2, guest, exits):
    """The plugin's rows, with a power-off that is not counted."""
    vms = [{"row": "vm", "cpu": 0, "vmid": vmid, "el2": el2 + 900, "el1": guest - 10, "el0": 10, "exits": exits + 1, "switches": 0} for vmid in (0, 1)]
    return vms + [{"row": "cause", "kind": "sync", "class": 0x16, "detail": 0x84000008, "visits": 1, "instructions": 900}]


def test_work_costs_what_the_start_did_not():
    start, all_of_it = (1000, 1100, counted(50, 1000, 5)), (300, 310, counted(80, 1300, 9))
    assert whole.cost(start) == whole.Cost(1000, 1100, 1000, 50, 5)
    assert whole.cost(all_of_it, start) == whole.Cost(300, 310, 300, 30, 4)


@pytest.mark.parametrize("el2, words, beyond", [(30, "≤ 0.03 % ≤ 0.5 %", False), (31, "≤ 0.03 % MISSED ≤ 0.5 %", False),
                                                (501, "≤ 0.03 % MISSED ≤ 0.5 % EXCEEDED", True)])
def test_a_share_has_a_goal_and_a_bound(el2, words, beyond):
    cells, is_beyond = whole.row_cells(whole.Bound("linux", "t", 0.041, 0.03, 0.5), whole.Cost(1, 2, 100000, el2, 3))
    assert " ".join(cells).endswith(f"0.041 % {words}") and is_beyond == beyond


def test_rounds_are_neither_the_start_nor_the_output():
    def cause(kind, number, detail, instructions):
        return {"row": "cause", "kind": kind, "class": number, "detail": detail, "visits": 1, "instructions": instructions}
    seen = [{"row": "vm", "cpu": 0, "vmid": 1, "el2": 99999, "el1": 1000, "el0": 200, "exits": 4, "switches": 0}, cause("boot", 0, 0, 7000),
            cause("wait", 0, 0, 6000), cause("sync", 0x24, 1 << 63 | 0x9000000, 5000), cause("sync", 0x24, 0x9000000, 30),
            cause("irq", 0, 0, 4)]
    assert whole.rounds(seen) == 1234


# --- the trace's cost ---

def test_what_the_trace_costs_is_what_is_saved_without_it():
    assert tracecost.cost(Figure(123, 125, 2000), Figure(111, 112, 2000)) == Figure(12, 13, 2000)


def test_the_row_without_the_trace_is_awaited_till_its_line_is_whole():
    assert tracecost.figure("bench: begin\nbench: frequency 1\nbench: hvc_version 1 1 20") is None
    assert tracecost.figure("bench: begin\nbench: frequency 1\nbench: hvc_version 1 1 20\n") == Figure(1, 1, 20)


def test_the_bounds_are_of_the_work():
    assert {bound.key for bound in whole.bounds()} == {*whole.WORK, "neighbour"}
