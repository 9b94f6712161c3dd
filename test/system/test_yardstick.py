# SPDX-License-Identifier: Apache-2.0
"""The yardstick guest: its table on the bare board is known, the same in every run, and what never traps never does."""
import re
import subprocess

import pytest

from sessions import PATIENCE, ROOT

IMAGE = ROOT / "build/bench/bench.img"
ICOUNT = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
NATIVE = {
    "hvc_version": 1, "hvc_smccc": 1, "hvc_refused": 1, "id_register": 1, "sysreg_write": 1,
    "gicd_typer_read": 1, "gicd_isenabler_read": 1, "gicd_isenabler_write": 1, "gicr_typer_read": 1,
    "pl011_fr_read": 1, "pl011_dr_write": 1,
    "sgi_self": 1, "sgi_spin": 2, "sgi_wfi": 3, "timer_late": 0, "timer_stolen": 8, "irq_end": 2, "wfi_wake": 0,
    "memory_first": 1, "memory_again": 1, "fp_first": 1, "fp_again": 1, "cpu_on": 1,
    "pending_1": 6, "pending_4": 33, "pending_16": 141, "pending_64": 573,
    "busy_lost": 0, "tlb_va": 1, "cache_va": 2, "timer_program": 3,
    "vcpu_switch": None, "sgi_same_cpu": None, "doorbell": None, "lpi": None, "destroy": None, "reset": None}
FEWER = {"busy_lost": 5}
OF_TWO = ("sgi_spin", "sgi_wfi", "cpu_on")
# No trap, under Corbel as on the bare board.
FREE = ("irq_end", "memory_again", "fp_again", "pending_1", "pending_4", "busy_lost", "tlb_va", "cache_va", "timer_program")


@pytest.fixture(scope="module", autouse=True)
def image():
    subprocess.run(["make", "-C", ROOT, "bench-guest"], check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)


def table(text):
    """{key: (mode, worst, samples)} of a whole table; a row that is not measured: None."""
    lines = re.findall(r"^(?:bench \| )?bench: (.*?)\r?$", text, re.M)
    assert lines[:2] == ["begin", "frequency 1000000000"] and lines[-1] == "end"
    rows = [line.split() for line in lines[2:-1]]
    assert [row[0] for row in rows] == list(NATIVE)
    return {key: None if mode == "-" else (int(mode), int(worst), int(samples)) for key, mode, worst, samples in rows}


def native(start, *words, **options):
    run = start.qemu(*ICOUNT, "-kernel", IMAGE, *words, el2="off", **options)
    assert run.wait() == 0
    return run.output.all().decode()


@pytest.mark.parametrize("cpu", ["max", "cortex-a72,cntfrq=1000000000"])
def test_the_bare_board(start, cpu):
    text = native(start, cpu=cpu)
    assert table(text) == {key: None if value is None else (value, value, FEWER.get(key, 2000))
                           for key, value in NATIVE.items()}
    assert native(start, cpu=cpu) == text


def test_one_cpu(start):
    rows = table(native(start, smp=1))
    assert all(rows[key] is None for key in OF_TWO)
    assert rows["fp_first"] == (1, 1, 1) and rows["sgi_self"] == (1, 1, 2000)


def test_under_corbel(start):
    line = ["run", "--icount", "--smp", 2, "--timeout", PATIENCE, "--vm", "bench", "--kernel", IMAGE, "--cpus", 2]
    runs = [start.done(*line) for _ in range(2)]
    assert [run.status for run in runs] == [0, 0]
    rows = table(runs[0].text())
    assert table(runs[1].text()) == rows
    for key, native_cost in NATIVE.items():
        if native_cost is None:
            assert rows[key] is None
        elif key in FREE:
            assert rows[key][:2] == (native_cost, native_cost), key
        else:
            assert rows[key][0] >= native_cost, key


def test_lives(start):
    """Each announces the tick of its reset; on the bare board the next begins 7 instructions later."""
    run = start.qemu(*ICOUNT, "-kernel", IMAGE, "-append", "bench=reset", el2="off")
    ends = []
    for _ in range(3):
        alive = int(run.output.expect(rb"^bench: alive (\d+)\r?\n").group(1))
        ends.append((alive, int(run.output.expect(rb"^bench: reset (\d+)\r?\n").group(1))))
    for (_, reset), (alive, _) in zip(ends, ends[1:]):
        assert alive - reset == 7
