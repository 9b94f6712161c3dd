# SPDX-License-Identifier: Apache-2.0
"""What VMs can do to each other's time: storms of every kind on one side, and on the other a VM that serves a timer every 100 us.

A dedicated vCPU is to notice nothing: what the plugin counts on its CPU in each period (how often EL2 was entered, why, and how
many instructions it took) is the same set of periods as beside VMs that sleep. A real-time vCPU on a CPU with others is to wait for one
stretch of EL2 and one switch at most: the longest of either are figures with a bound. Counters say nothing here, for on the
deterministic clock all CPUs share one.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import tempfile

import build
import emulator
import plugin
import qemu
from table import EXCEEDED, aligned
from terminal import wants_colour
from trouble import Trouble

IMAGES = build.BUILD / "guest-tests"
BOUNDS = build.ROOT / "test/bench/interference.json"
STORMS = ("spin", "calls", "mmio", "sgis", "timers", "tlbi", "log", "power", "reset")
QUIET = "idle"
SMCCC_VERSION = 0x80000000  # by which the victim ends a period
MEMORY = 4 << 20
PERIODS = 1000
VICTIM_CPU, VICTIM = 0, 1  # physical; its VMID
HEAD = {"dedicated": ["storm on other CPUs", "periods", "that differ", "entries to EL2 a period", "instructions there"],
        "real-time": ["storm on its CPU", "periods", "longest stretch of EL2", "longest switch to it", "bounds"]}

Seen = collections.namedtuple("Seen", "periods stretch switch")  # periods: Counter of sets of visits


def victim(kind, periods):
    terms = {"class": kind, "affinity": [VICTIM_CPU]}
    if kind == "real-time":
        terms.update(priority=1, budget_us=90, period_us=100)
    return emulator.vm("victim", IMAGES / "victim.img", memory=MEMORY, append=f"periods={periods}" + " sleeps" * (kind == "real-time"), **terms)


def attackers(storm, cpus):
    """Two VMs that share the CPUs, so that these switch."""
    return [emulator.vm(f"attack{number}", IMAGES / "attack.img", cpus=2, memory=MEMORY, append=storm, restart="always", restart_limit=1000,
                        restart_window=1, affinity=cpus, **{"class": "fair"}) for number in (1, 2)]


def key(row):
    """A period: its visits to EL2, as far as they are told."""
    return (row["count"], tuple((visit["kind"], visit["class"], visit["instructions"]) for visit in row["visits"]))


def read(rows, who):
    if "dedicated" in who and plugin.of(rows, "periods lost"):
        raise Trouble(f"{who}: more different periods than can be told apart", 1)
    periods = collections.Counter({key(row): row["times"] for row in plugin.of(rows, "period") if row["cpu"] == VICTIM_CPU})
    here = [row for row in plugin.of(rows, "vm") if row["cpu"] == VICTIM_CPU]
    return Seen(periods, max(row["longest_stay"] for row in here),
                max(row["longest_arrival"] for row in here if row["vmid"] == VICTIM))


def run(kind, storm, periods=PERIODS, image=qemu.IMAGE):
    """What the plugin saw on the victim's CPU while a storm went on."""
    cpus = [1, 2] if kind == "dedicated" else [0, 1]
    who = f"{kind} victim, storm {storm}"
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        counts = pathlib.Path(place) / "counts"
        printed = emulator.Emulator("max", cpus=cpus[-1] + 1, timeout=1200).corbel(
            [victim(kind, periods), *attackers(storm, cpus)], counts=counts, image=image, period=SMCCC_VERSION,
            until=lambda now: "PASS victim" in now.vms["victim"] or "FAIL" in "".join(now.vms.values()))
        if "FAIL" in "".join(printed.vms.values()):
            raise Trouble(f"{who}: {printed.vms}", 1)
        return read(plugin.read(counts), who)


def differing(quiet, stormy):
    """How many periods of a storm are not among those of quiet."""
    return sum((stormy.periods - quiet.periods).values())


def show_range(numbers):
    least, most = min(numbers), max(numbers)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def dedicated_cells(name, seen, quiet):
    """(a row's texts, whether something is wrong)"""
    bad = differing(quiet, seen)
    entries = [count for count, _ in seen.periods]
    instructions = [sum(visit[2] for visit in visits) for _, visits in seen.periods]
    return [name, f"{sum(seen.periods.values()):,}", f"{bad:,}" + (f" {EXCEEDED}" if bad else ""), show_range(entries),
            show_range(instructions)], bool(bad)


def real_time_cells(name, seen, bounds):
    bad = seen.stretch > bounds["stretch"] or seen.switch > bounds["switch"]
    return [name, f"{sum(seen.periods.values()):,}", f"{seen.stretch:,}", f"{seen.switch:,}",
            f"≤ {bounds['stretch']:,}, ≤ {bounds['switch']:,}" + (f" {EXCEEDED}" if bad else "")], bad


def bounds():
    return json.loads(BOUNDS.read_text())


def measure(periods=PERIODS, image=qemu.IMAGE, storms=STORMS):
    """{kind: {storm: Seen}}, the quiet run first."""
    wanted = [(kind, storm) for kind in HEAD for storm in (QUIET, *storms)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = list(pool.map(lambda what: run(*what, periods, image), wanted))
    found = {kind: {} for kind in HEAD}
    for (kind, storm), its in zip(wanted, seen):
        found[kind][storm] = its
    return found


def judge(found):
    """{kind: [(a row's texts, whether something is wrong)]}"""
    dedicated, shared, limits = found["dedicated"], found["real-time"], bounds()
    return {"dedicated": [dedicated_cells(name, seen, dedicated[QUIET]) for name, seen in dedicated.items()],
            "real-time": [real_time_cells(name, seen, limits) for name, seen in shared.items()]}


def prepare():
    build.make("all", "build/host/corbel-check", "plugin", *(f"build/guest-tests/{name}.img" for name in ("victim", "attack")))


def report(periods=PERIODS):
    """Prints both tables; the exit status."""
    prepare()
    bad = 0
    for kind, rows in judge(measure(periods)).items():
        print(f"\n{kind}: a VM that serves a timer every 100 us, beside two that storm\n")
        print("\n".join(aligned([HEAD[kind], *(cells for cells, _ in rows)], wants_colour())), flush=True)
        bad += sum(wrong for _, wrong in rows)
    print("\nnobody was moved" if not bad else f"\n{bad} storms were noticed")
    return 1 if bad else 0


def suite():
    """For ./corbel test: (passed, failed)"""
    prepare()
    rows = [row for its in judge(measure()).values() for row in its]
    for cells, wrong in rows:
        if wrong:
            print("  " + ", ".join(cells))
    return sum(not wrong for _, wrong in rows), sum(wrong for _, wrong in rows)
