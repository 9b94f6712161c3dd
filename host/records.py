# SPDX-License-Identifier: Apache-2.0
"""Traces: what each CPU did last (src/monitor/trace.h), of a running system, from a saved file or a dump of memory.

A trace may span several lives of the machine: a warm reset keeps the rings, and the counter may begin anew.
"""
import mmap
import os
import pathlib
import re
import struct
from collections import namedtuple

import calls
from trouble import Trouble

MAGIC = b"crbtrace"
VERSION, RECORDS, CPU_MAX = 1, 512, 32
HEAD = struct.Struct("<8sIIQQ32x")  # struct trace, up to its records
RECORD = struct.Struct("<QQQII")    # struct trace_record
SAVED = "corbel trace 1"            # first line of a saved file: then the hypervisor's report
EXIT, INTERRUPT, SERROR, BOOT, START, STOP = range(6)
SUBJECT_BITS = 48

# life: 0 the machine's present one, -1 the one before its last reset.
Record = namedtuple("Record", "life cpu time pc vm vcpu kind subject syndrome ticks")


class Trace:
    """records: in the order of time, of all CPUs. names: of the VMs, by id, as far as they are known."""

    def __init__(self, frequency, names, rings):
        """rings: for each CPU, its records as the ring holds them, oldest first."""
        self.frequency, self.names = frequency, names
        self.records = sorted((record for cpu, ring in rings.items() for record in lives(cpu, ring)),
                              key=lambda record: (record.life, record.time))

    def name(self, vm):
        return self.names.get(vm, f"vm{vm}")

    def seconds(self, ticks):
        return ticks / self.frequency


def lives(cpu, ring):
    """Raw records (time, pc, subject, syndrome, ticks) of one CPU taken apart; a start of the machine is one, too."""
    left = sum(kind_of(raw) == BOOT for raw in ring)
    for raw in ring:
        left -= kind_of(raw) == BOOT
        time, pc, subject, syndrome, ticks = raw
        who = subject >> SUBJECT_BITS
        yield Record(-left, cpu, time, pc, who >> 10, who >> 4 & 63, who & 15, subject & (1 << SUBJECT_BITS) - 1,
                     syndrome, ticks)


def kind_of(raw):
    return raw[2] >> SUBJECT_BITS & 15


# --- where they come from ---

def from_report(lines):
    """The hypervisor's report (doc/watch.md)."""
    frequency, names, rings = 1, {}, {}
    for line in lines:
        word, *rest = line.split(" ")
        try:
            if word == "time":
                frequency = int(rest[1])
            elif word == "vm":
                names[ord(rest[0]) - 64] = rest[1]
            elif word == "trace":
                cpu, *raw = (int(number, 16) for number in rest)
                if len(raw) != 5:
                    raise ValueError
                rings.setdefault(cpu, []).append(tuple(raw))
        except (ValueError, IndexError, TypeError):
            raise Trouble(f"the trace has a line that cannot be read: {line}") from None
    return Trace(frequency, names, rings)


def ring_at(data, at):
    """(frequency, head, CPU, its records) of a ring in a dump of memory; None if none is there."""
    if at + HEAD.size + RECORDS * RECORD.size > len(data):
        return None
    _, version, cpu, frequency, head = HEAD.unpack_from(data, at)
    if version != VERSION or cpu >= CPU_MAX or not 1000 <= frequency <= 1 << 34:
        return None
    found = [RECORD.unpack_from(data, at + HEAD.size + number % RECORDS * RECORD.size)
             for number in range(max(0, head - RECORDS), head)]
    return frequency, head, cpu, found


def from_memory(data):
    """All rings in a dump of memory; of two of a CPU (one is a copy) the one that was written more. None: no ring."""
    best, at = {}, data.find(MAGIC)
    while at >= 0:
        found = ring_at(data, at)
        if found and (found[2] not in best or best[found[2]][1] < found[1]):
            best[found[2]] = found
        at = data.find(MAGIC, at + 1)
    if not best:
        return None
    return Trace(next(iter(best.values()))[0], {}, {cpu: ring for cpu, (_, _, _, ring) in best.items()})


def load(path):
    path = pathlib.Path(path)
    try:
        with open(path, "rb") as file:
            if file.read(len(SAVED)) == SAVED.encode():
                return from_report(path.read_text(errors="replace").splitlines()[1:])
            trace = None
            if os.fstat(file.fileno()).st_size:
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    trace = from_memory(data)
    except (OSError, ValueError) as error:
        raise Trouble(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if trace is None:
        raise Trouble(f"{path}: no trace in it; accepted: what --save wrote, or a dump of the machine's memory")
    return trace


def save(path, lines):
    try:
        pathlib.Path(path).write_text("\n".join([SAVED, *lines, ""]))
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror}") from None


# --- what they say ---

CAUSES = {0x00: "undefined", 0x01: "wfx", 0x07: "fp", 0x16: "hvc", 0x17: "smc", 0x18: "sysreg", 0x19: "sve",
          0x20: "fetch", 0x24: "mmio", 64: "timer", 65: "physical-timer", 66: "kick", 67: "maintenance",
          68: "deadline", 69: "device", 70: "serror", 71: "pmu"}
KINDS = {BOOT: "boot", START: "start", STOP: "stop"}
DEVICES = ((0x08000000, 0x10000, "GICD"), (0x080a0000, 0xf60000, "GICR"), (0x09000000, 0x1000, "PL011"),
           (0x09010000, 0x1000, "PL031"), (0x09030000, 0x1000, "PL061"), (0x0c000000, 0x1000, "watchdog"),
           (0x0c010000, 0x1000, "watchdog"))
CALLS = calls.names()


def cause(record):
    """Its short name, as the counters have it."""
    number = record.syndrome >> 26 if record.kind == EXIT else record.syndrome
    return KINDS.get(record.kind) or CAUSES.get(number, "other")


def register_name(iss):
    """A system register as assemblers spell one without a name."""
    return f"s{iss >> 20 & 3}_{iss >> 14 & 7}_c{iss >> 10 & 15}_c{iss >> 1 & 15}_{iss >> 17 & 7}"


def place_name(address):
    for base, size, name in DEVICES:
        if base <= address < base + size:
            return f"{name}+{address - base:#x}"
    return f"{address:#x}"


def detail(record):
    """What the exit was about."""
    iss, what = record.syndrome & 0x1ffffff, cause(record)
    if record.kind != EXIT:
        return f"at {record.pc:#x}" if record.kind == START else ""
    if what in ("hvc", "smc"):
        number = record.subject & 0xffffffff
        return CALLS.get(number & ~0x40000000, f"{number:#010x}")
    if what == "sysreg":
        return f"{'read' if iss & 1 else 'write'} {register_name(iss)}"
    if what == "mmio":
        size = f" {1 << (iss >> 22 & 3)}" if iss >> 24 & 1 else ""
        return f"{'write' if iss >> 6 & 1 else 'read'}{size} {place_name(record.subject)}"
    return f"{record.subject:#x}" if record.subject else ""


def text(trace):
    """A line per record."""
    yield f"{'seconds':>16}  CPU  {'VM.vCPU':16} {'pc':>16}  {'cause':11} {'ticks':>6}  what"
    life = None
    for record in trace.records:
        if life is not None and record.life != life:
            yield "--- the machine was reset"
        life = record.life
        who = f"{trace.name(record.vm)}.{record.vcpu}" if record.vm else "-"
        yield (f"{trace.seconds(record.time):16.9f}  {record.cpu:3}  {who:16} {record.pc:16x}  {cause(record):11} "
               f"{record.ticks:6}  {detail(record)}").rstrip()


def printable(text_line):
    """Nothing of a file reaches the terminal but text."""
    return re.sub(r"[^\x20-\x7e]", "?", text_line)
