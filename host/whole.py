# SPDX-License-Identifier: Apache-2.0
"""Whole work: Debian's kernel and busybox on the bare board and under Corbel, and two VMs against one.

All on the deterministic clock, so the same packages give the same figures; but a kernel's own choices move with
every instruction, so these are ratios against a bound (test/bench/whole.json), never golden.
"""
import collections
import gzip
import json
import pathlib
import re
import tempfile

import boot
import build
import emulator
import pins
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
SPANS = {"linux": ("", "init"), "compile": ("init", "compile"), "switch": ("compile", "switch")}
APPLETS = "sh seq sed sort gzip gunzip cmp rm mkfifo poweroff".split()
ROUNDS = re.compile(r"^ticks: (begin|end) ([0-9a-f]{16})$", re.M)

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


def spans(text, who):
    """{row: instructions} of what the guest printed."""
    seen = {name: int(count) for name, count in TICKS.findall(text)}
    if "FAILED" in text or any(end not in seen for _, end in SPANS.values()):
        raise broken(who, "the work was not done", text)
    return {row: seen[end] - seen.get(begin, 0) for row, (begin, end) in SPANS.items()}


def panicked(text):
    return "Kernel panic" in text


def linux(model, kernel, initrd):
    """({row: instructions} natively, the same under Corbel)."""
    machine = emulator.Emulator(model, cpus=1, timeout=900)
    bare = machine.native(kernel, f"{MEMORY}M", panicked, initrd=initrd, append=APPEND)
    vm = emulator.vm("linux", kernel, initrd=str(initrd), append=APPEND, cpus=1, memory=MEMORY << 20)
    guest = machine.corbel([vm], until=lambda now: panicked(now.vms["linux"])).vms["linux"]
    return spans(bare, f"{model}, native"), spans(guest, f"{model}, Corbel")


def seen_rounds(text):
    return {word: int(count, 16) for word, count in ROUNDS.findall(text.replace("\r", ""))}


def rounds(machine, *images):
    """One run with a VM for each image: the instructions from the first begin of rounds to the last end."""
    vms = [emulator.vm(f"vm{number}", BUILT / image, cpus=1, memory=4 << 20) for number, image in enumerate(images, 1)]
    printed = machine.corbel(vms, ram=256 << 20, until=lambda now: all("end" in seen_rounds(text) for text in now.vms.values()))
    seen = [(boot.starts(printed.hypervisor, name)[0], seen_rounds(text)) for name, text in printed.vms.items()]
    return max(start + word["end"] for start, word in seen) - min(start + word["begin"] for start, word in seen)


def neighbours(model):
    """(rounds of a VM that is alone, the same rounds beside a VM on another CPU that does as many), in instructions.

    Both CPUs share the one clock of the emulator, so what the rounds of one cost while both run cannot be read from
    its counter. But instructions are conserved: neither VM waits, so both together need what each needs, and all
    beyond that is what they cost each other.
    """
    machine = emulator.Emulator(model)
    alone, both = rounds(machine, "neighbour.img"), rounds(machine, "neighbour.img", "neighbour.img")
    return alone, both - alone


def row_cells(bound, before, after):
    """A row's texts, and whether it is beyond its bound."""
    cost = 100 * (after - before) / before
    goal = NONE if bound.goal is None else f"≤ {bound.goal:g} %" + (f" {MISSED}" if round(cost, 3) > bound.goal else "")
    beyond = cost > bound.bound
    peer = NONE if bound.peer is None else f"{bound.peer:g} %"
    return [bound.title, f"{before:,}", f"{after:,}", f"{cost:+.3f} %", peer, goal,
            f"≤ {bound.bound:g} %" + (f" {EXCEEDED}" if beyond else "")], beyond


def measure(model):
    """{row: (without, with)}"""
    kernel, busybox = package("kernel", "boot/vmlinuz-*"), package("busybox", "**/bin/busybox")
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        initrd = pathlib.Path(place) / "initramfs.cpio.gz"
        initrd.write_bytes(initramfs(busybox.read_bytes()))
        bare, guest = linux(model, kernel, initrd)
    return {**{row: (bare[row], guest[row]) for row in SPANS}, "neighbour": neighbours(model)}


def report(options):
    """Prints a table for each model; the exit status."""
    build.make("bench-whole")
    print(f"Debian's {package('kernel', 'boot/vmlinuz-*').name.replace('vmlinuz-', 'Linux ')}, {MEMORY} MiB, 1 CPU")
    exceeded, found = 0, {}
    for model in options.models:
        found[model] = measure(model)
        lines = [["whole work", "native", "Corbel", "added", "best peer", "goal", "bound"]]
        for bound in bounds():
            cells, beyond = row_cells(bound, *found[model][bound.key])
            exceeded += beyond
            lines.append(cells)
        print(f"\n{model}: instructions\n\n" + "\n".join(aligned(lines, wants_colour())), flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(found, indent=1) + "\n")
    return 1 if exceeded else 0
