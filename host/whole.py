# SPDX-License-Identifier: Apache-2.0
"""Whole work: Debian's kernel and busybox on the bare board and under Corbel, and two VMs against one.

All on the deterministic clock, so the same packages give the same figures; but a kernel's own choices move with
every instruction, so these are ratios against a bound (test/bench/whole.json), never golden. What the hypervisor
costs is what it executes, as the plugin counts it: the bare board is another machine for the kernel, with more devices
and more features of the CPU, so that the times of both are shown, but their ratio is not the overhead.
"""
import collections
import gzip
import json
import pathlib
import re
import tempfile

import build
import emulator
import pins
import plugin
from budgets import SYSTEM_OFF
from cpio import Cpio
from debcache import DebCache
from table import EXCEEDED, MISSED, NONE, aligned
from terminal import wants_colour
from trouble import Trouble
from yardstick import broken

SOURCES = build.ROOT / "test/bench/whole"
BUILT = build.BUILD / "bench/whole"
BOUNDS = build.ROOT / "test/bench/whole.json"
MEMORY = 256
APPEND = "console=ttyAMA0 quiet nokaslr norandmaps"
TICKS = re.compile(r"^ticks: (\w+) (\d+)\r?$", re.M)
HEAD = ["whole work", "native", "Corbel", "at EL2", "exits", "EL2's share", "best peer", "goal", "bound"]
WORK = ("linux", "compile", "switch")  # the first is no work: only the start
CAUSES = 6  # shown
APPLETS = "sh seq sed sort gzip gunzip cmp rm mkfifo poweroff".split()
STARTING = ("boot", "wait")  # kinds of causes: a CPU's start, and what it does while no vCPU runs on it
OUTPUT = "data write 0x9000000"  # to a guest's PL011

Cost = collections.namedtuple("Cost", "native corbel guest el2 exits")  # instructions, but the last
Bound = collections.namedtuple("Bound", "key title peer goal bound")


def bounds():
    return [Bound(**row) for row in json.loads(BOUNDS.read_text())]


def initramfs(busybox):
    """busybox under the names that the work uses, `ticks`, and an init that does the work."""
    archive = Cpio()
    for name in ("bin", "dev", "proc", "tmp"):
        archive.folder(name)
    archive.character("dev/console", 5, 1)
    archive.character("dev/null", 1, 3)
    archive.file("bin/busybox", busybox, executable=True)
    for name in APPLETS:
        archive.link(f"bin/{name}", "busybox")
    archive.file("bin/ticks", (BUILT / "ticks").read_bytes(), executable=True)
    archive.file("init", (SOURCES / "init").read_bytes(), executable=True)
    return gzip.compress(archive.bytes(), 9, mtime=0)


def package(name, pattern):
    pin = pins.find(name)
    folder = DebCache(pin.suite, pin.arch).get(pin.package, pin)
    found = sorted(folder.glob(pattern))
    if not found:
        raise Trouble(f"{folder} holds no {pattern}: remove it, and it is fetched again", 1)
    return found[0]


def elapsed(text, work, who):
    """From the kernel's entry to init's first line, or from there to the end of its work."""
    seen = {name: int(count) for name, count in TICKS.findall(text)}
    if "FAILED" in text or set(seen) != {"init", "done"}:
        raise broken(who, "the work was not done", text)
    return seen["init"] if work == WORK[0] else seen["done"] - seen["init"]


def panicked(text):
    return "Kernel panic" in text


def linux(model, work, kernel, initrd):
    """One piece of work on both: (time natively, time under Corbel, the plugin's rows)."""
    machine, append = emulator.Emulator(model, cpus=1, timeout=900), f"{APPEND} work={work}"
    bare = machine.native(kernel, f"{MEMORY}M", panicked, initrd=initrd, append=append)
    vm = emulator.vm("linux", kernel, initrd=str(initrd), append=append, cpus=1, memory=MEMORY << 20)
    report = initrd.with_name("counts")
    guest = machine.corbel([vm], until=lambda now: panicked(now.vms["linux"]), counts=report).vms["linux"]
    return elapsed(bare, work, f"{model}, native"), elapsed(guest, work, f"{model}, Corbel"), plugin.read(report)


def spent(report):
    """What the VM and the hypervisor executed, up to the VM's power-off: its end is no work."""
    counts = plugin.totals(report)[1]
    for row in plugin.causes(report):
        if row["name"] == SYSTEM_OFF:
            counts.subtract({"el2": row["instructions"], "exits": row["visits"]})
    return counts


def cost(run, start=None):
    """What one piece of work cost, without the start before it."""
    native, corbel, report = run
    counts = spent(report)
    if start:
        counts.subtract(spent(start[2]))
    return Cost(native, corbel, counts["el1"] + counts["el0"], counts["el2"], counts["exits"])


def rounds(rows):
    """Instructions of a report's VMs and of what EL2 did for them, but for their start and their output."""
    counts = plugin.totals(rows)[None]
    return counts["el1"] + counts["el0"] + sum(row["instructions"] for row in plugin.causes(rows)
                                               if row["kind"] not in STARTING and row["name"] != OUTPUT)


def traps(machine, *images):
    """What the rounds of VMs that run at once take, in instructions."""
    vms = [emulator.vm(f"vm{number}", BUILT / image, cpus=1, memory=4 << 20) for number, image in enumerate(images, 1)]
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        report = pathlib.Path(place) / "counts"
        machine.corbel(vms, ram=256 << 20, until=lambda now: all("done\n" in text for text in now.vms.values()), counts=report)
        return rounds(plugin.read(report))


def neighbours(model):
    """(what the rounds of a VM that is alone take, what is added by those of a second VM, on another CPU), in instructions:
    whatever either costs the other is in the difference."""
    machine = emulator.Emulator(model)
    alone, both = traps(machine, "neighbour.img"), traps(machine, "neighbour.img", "neighbour.img")
    return alone, both - alone


def row_cells(bound, its):
    """A row's texts, and whether it is beyond its bound."""
    share = 100 * its.el2 / its.guest
    goal = NONE if bound.goal is None else f"≤ {bound.goal:g} %" + (f" {MISSED}" if round(share, 3) > bound.goal else "")
    beyond = share > bound.bound
    peer = NONE if bound.peer is None else f"{bound.peer:g} %"
    return [bound.title, f"{its.native:,}", f"{its.corbel:,}", f"{its.el2:,}", f"{its.exits:,}", f"{share:.3f} %", peer, goal,
            f"≤ {bound.bound:g} %" + (f" {EXCEEDED}" if beyond else "")], beyond


def measure(model):
    """({row: Cost}, the plugin's rows of the start)"""
    kernel, busybox = package("kernel", "boot/vmlinuz-*"), package("busybox", "**/bin/busybox")
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        initrd = pathlib.Path(place) / "initramfs.cpio.gz"
        initrd.write_bytes(initramfs(busybox.read_bytes()))
        runs = {work: linux(model, work, kernel, initrd) for work in WORK}
    start = runs[WORK[0]]
    found = {work: cost(run, None if run is start else start) for work, run in runs.items()}
    alone, beside = neighbours(model)
    found["neighbour"] = Cost(alone, beside, alone, beside - alone, 0)
    return found, start[2]


def table_of(model, found):
    """(the lines of one model, how many rows are beyond their bound)"""
    judged = [row_cells(bound, found[bound.key]) for bound in bounds()]
    return [f"\n{model}: instructions\n", *aligned([HEAD, *(cells for cells, _ in judged)], wants_colour())], \
        sum(beyond for _, beyond in judged)


def report(options):
    """Prints a table for each model; the exit status."""
    build.make("bench-whole", "plugin")
    print(f"Debian's {package('kernel', 'boot/vmlinuz-*').name.replace('vmlinuz-', 'Linux ')}, {MEMORY} MiB, 1 CPU")
    exceeded, every = 0, {}
    for model in options.models:
        found, start = measure(model)
        lines, beyond = table_of(model, found)
        exceeded, every[model] = exceeded + beyond, {key: its._asdict() for key, its in found.items()}
        by_count = sorted(plugin.causes(start), key=lambda row: -row["visits"])
        causes = [f"{row['name']} {row['visits']:,}" for row in by_count[:CAUSES]]
        print("\n".join([*lines, f"\n{model}: the start's exits by cause: {', '.join(causes)}, "
                                 f"{sum(row['visits'] for row in by_count[CAUSES:]):,} others"]), flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(every, indent=1) + "\n")
    return 1 if exceeded else 0
