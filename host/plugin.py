# SPDX-License-Identifier: Apache-2.0
"""QEMU's plugin of host/plugin: what executes at EL2, for whom, and where (doc/bench.md).

prepare() builds it; words() are what QEMU is started with (arguments(): ./corbel run); read() is the report once QEMU has ended, totals() and
causes() what it says; profile() are its rows function by function. lines() prints all of that for people.
"""
import bisect
import collections
import json
import os
import pathlib
import re
import subprocess

import build
from trouble import Trouble

SO = build.BUILD / "host/plugin/corbel.so"
ELF = build.BUILD / "corbel.elf"
LINEAR = 0x800000000000  # LAYOUT_LINEAR of src/machine/layout.h
SWITCHES_FP = ("fpu_load", "fpu_save", "fpu_load_vectors", "fpu_save_vectors", "fpu_clear_vectors", "fpu_vector_bytes",
               "fpu_read", "fpu_write")  # the last two for accesses that EL2 emulates
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
CLASSES = {0x00: "unknown", 0x01: "WFI", 0x07: "FP", 0x12: "HVC (AArch32)", 0x13: "SMC (AArch32)", 0x16: "HVC",
           0x17: "SMC", 0x18: "register", 0x20: "fetch", 0x24: "data"}
CALLS, REGISTER, ABORTS = (0x12, 0x13, 0x16, 0x17), 0x18, (0x20, 0x24)
WRITE = 1 << 63
SHOWN = 20  # causes that are printed; --profile writes all


def prepare():
    build.make("plugin")


def symbols(elf=ELF):
    """{name: address} of an ELF."""
    run = subprocess.run([CROSS + "nm", elf], capture_output=True, text=True)
    if run.returncode:
        raise Trouble(f"{elf}: {run.stderr.strip()}", 1)
    rows = (line.split() for line in run.stdout.splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3 and row[1] in "TtWw"}


def end_of(known, name):
    """Where a label's code ends: at the next label."""
    return min(at for at in known.values() if at > known[name])


def option(words):
    """A plugin and its options as one word of QEMU's."""
    return ["-plugin", ",".join(str(word).replace(",", ",,") for word in words)]


def words(out, profile=None, elf=ELF, period=None):
    """QEMU's words. `out`: where the report goes; `profile`: also where every instruction's count goes; `period`: the call that
    ends one."""
    known = symbols(elf)
    found = [SO, f"out={out}", f"linear={LINEAR:#x}", f"image={known['code_start']:#x}-{known['code_end']:#x}"]
    found += [f"fp={known[name]:#x}-{end_of(known, name):#x}" for name in SWITCHES_FP if name in known]
    found += [f"profile={profile}"] if profile else []
    return option(found + ([f"period={period:#x}"] if period else []))


def arguments(out, profile=None):
    """The same as words of ./corbel run."""
    return [f"--qemu-arg={word}" for word in words(out, profile)]


# --- the report ---

def read(out):
    """The rows of a report: a list of dictionaries. Trouble if QEMU did not end by itself."""
    path = pathlib.Path(out)
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    if not rows or rows.pop()["row"] != "end":
        raise Trouble(f"{out}: the plugin's report is not whole: QEMU was killed, or never started", 1)
    return rows


def of(rows, kind):
    return [row for row in rows if row["row"] == kind]


def totals(rows, key="vmid"):
    """{vmid or cpu: {el2, el1, el0, exits, switches}}, and under None their sum. VMID 0 is nobody's: the start of a CPU. A switch
    is a CPU that the VM took over from another, or from nobody."""
    sums = collections.defaultdict(collections.Counter)
    for row in of(rows, "vm"):
        for name in (row[key], None):
            sums[name].update({word: row[word] for word in ("el2", "el1", "el0", "exits", "switches")})
    return dict(sums)


def name_of(row):
    """A cause in words: HVC 0x84000000, data write 0x9000000, register s3_0_c0_c4_0 read, irq, wait, boot."""
    kind, number, detail = row["kind"], row["class"], row["detail"]
    if kind != "sync":
        return kind
    name = CLASSES.get(number, f"class {number:#x}")
    if number in CALLS:
        return f"{name} {detail:#x}"
    if number in ABORTS:
        return f"{name} {'write' if detail & WRITE else 'read'} {detail & ~WRITE:#x}"
    if number == REGISTER:
        fields = ((20, 3), (17, 7), (14, 7), (10, 15), (1, 15))
        op0, op2, op1, crn, crm = (detail >> shift & mask for shift, mask in fields)
        return f"{name} s{op0}_{op1}_c{crn}_c{crm}_{op2} {'read' if detail & 1 else 'write'}"
    return name


def causes(rows):
    """The rows of causes, the most instructions first, each with its name."""
    found = [dict(row, name=name_of(row)) for row in of(rows, "cause")]
    return sorted(found, key=lambda row: -row["instructions"])


def violations(rows):
    """Rules that were broken: rows with rule, pc, times, sentence. See host/plugin/break.h."""
    return of(rows, "violation")


# --- the profile ---

def labels(elf):
    """A function that answers the label at or before an address; places that only the linker script names are none."""
    named = sorted((at, name) for name, at in symbols(elf).items() if not re.search(r"_(start|end)$", name))

    def label(address):
        at = bisect.bisect_right(named, (address, "\x7f")) - 1
        return named[at][1] if at >= 0 else hex(address)
    return label


def functions(addresses, elf=ELF):
    """{address: function}: the innermost one of a C file (accessors in headers count as their caller), or a label."""
    label = labels(elf)
    asked = "\n".join(f"{address:#x}" for address in addresses)
    run = subprocess.run([CROSS + "addr2line", "-a", "-f", "-i", "-e", elf], input=asked, capture_output=True,
                         text=True)
    found = {}
    for block in re.split(r"^(?=0x)", run.stdout, flags=re.M)[1:]:
        lines = block.splitlines()
        frames = list(zip(lines[1::2], lines[2::2]))
        inner = [name for name, place in frames if re.search(r"\.c:\d", place)]
        found[int(lines[0], 16)] = inner[0] if inner else label(int(lines[0], 16))
    return found


def profile(path, elf=ELF):
    """{cause's name: Counter of instructions by function} of a profile's file."""
    rows = [line.split() for line in pathlib.Path(path).read_text().splitlines() if not line.startswith("#")]
    known = functions(sorted({int(row[3], 16) for row in rows} - {0}), elf)
    known[0] = "(outside the image: start, before the MMU is on)"
    table = collections.defaultdict(collections.Counter)
    for kind, number, detail, at, count in rows:
        cause = name_of({"kind": kind, "class": int(number), "detail": int(detail)})
        table[cause][known[int(at, 16)]] += int(count)
    return table


# --- for people ---

def describe(visit):
    """A visit to EL2: how long, where it began, why, and where its guest was."""
    if not visit["instructions"]:
        return "none"
    text = f"{visit['instructions']:,} from {visit['pc']:#x}, {name_of(visit)}"
    return text + (f", guest at {visit['guest_pc']:#x}, ESR {visit['esr']:#x}" if visit["guest_pc"] else "")


def lines(rows, names=()):
    """The report; `names`: the VMs', in the order of the description."""
    sums = totals(rows)
    whole = sums.pop(None, collections.Counter())
    yield f"{'instructions':<14}{'EL2':>15}{'EL1':>15}{'EL0':>15}{'exits':>11} {'EL2/guest':>12}"
    for key, counts in [*sorted(sums.items()), ("all", whole)]:
        name = dict(enumerate(["nobody", *names])).get(key, str(key))
        guest = counts["el1"] + counts["el0"]
        share = f"{100 * counts['el2'] / guest:,.3f} %" if guest else "-"
        yield f"{name:<14}{counts['el2']:>15,}{counts['el1']:>15,}{counts['el0']:>15,}{counts['exits']:>11,} {share:>12}"
    for row in of(rows, "cpu"):
        who = f"CPU {row['cpu']}" if row["cpu"] >= 0 else "starting"
        yield (f"{who}: {row['exits']:,} exits, {row['waits']:,} waits, start {row['boot']['instructions']:,}; "
               f"longest visit to EL2: {describe(row['longest'])}")
    for row in of(rows, "stack"):
        yield f"CPU {row['cpu']}: {row['bytes']:,} of {row['size']:,} bytes of its stack used at most"
    yield f"{'cause of a visit':<34}{'visits':>11}{'instructions':>15}{'least':>12}{'mean':>14}{'most':>12}"
    found = causes(rows)
    for row in found[:SHOWN]:
        mean = row["instructions"] / row["visits"]
        yield (f"{row['name']:<34}{row['visits']:>11,}{row['instructions']:>15,}{row['least']:>12,}{mean:>14,.1f}"
               f"{row['most']:>12,}")
    if rest := found[SHOWN:]:
        yield f"{f'{len(rest)} more':<34}{sum(r['visits'] for r in rest):>11,}{sum(r['instructions'] for r in rest):>15,}"


def rule_lines(rows, elf=ELF):
    """What is to be said of the rules: a sentence for each place that broke one, and a summary."""
    broken, tables = violations(rows), of(rows, "stage2")[0]
    names = functions({row["pc"] for row in broken}, elf) if broken else {}
    for row in broken:
        yield f"{row['rule']}: {names[row['pc']]} at {row['pc']:#x}, {row['times']} times: {row['sentence']}"
    yield (f"rules: {len(broken)} broken; {tables['changes']:,} changes of valid stage-2 entries seen, "
           f"{tables['tables']} tables at the end")


def profile_lines(rows, path, elf=ELF):
    """Per cause, where its instructions are: per visit, in all, and in which function."""
    table = profile(path, elf)
    for row in causes(rows):
        yield f"{row['name']}: {row['visits']:,} visits, {row['instructions']:,} instructions"
        for function, count in table[row["name"]].most_common():
            yield f"{count / row['visits']:>14,.2f}{count:>15,}  {function}"
        yield ""
