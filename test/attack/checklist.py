#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the checklist of attacks (test/attack/checklist), which says of itself how its lines look; prints doc/attacks.md."""
import dataclasses
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GUESTS, UNITS, PROGRAMS = ROOT / "test/guest", ROOT / "test/unit", ("test/system", "test/guest", "test/host")
GROUPS = {"SR": "System registers", "ID": "ID registers", "HC": "Calls", "PS": "Power", "S2": "Stage 2 and memory", "VG": "Interrupts",
          "ST": "FP, SVE and other state", "DB": "Debug and PMU"}
CI_PART = 100  # a run that is not full repeats so many times less
SHIFT = 7      # an instruction takes 128 ns: what an attack waits for comes soon


@dataclasses.dataclass
class Proof:
    """A kernel of test/guest that attacks, with its boot words; or, of another kind, a test that needs no bystander."""
    kind: str  # kernel, unit, program
    name: str
    words: tuple = ()  # boot words, always
    ci: tuple = ()     # boot words of a run that is not full
    full: tuple = ()   # of one that is
    rounds: int = 0    # repetitions of a full run, the boot word rounds=, or the kernel's own number
    work: int = 0      # what the bystander does meanwhile, its boot word work=
    vms: int = 1       # how many of it share its CPUs, told apart by the boot word copy=
    share: int = 0   # how many CPUs its vCPUs share; 0: each has one, or shares it with other VMs
    shift: int = SHIFT  # how long an instruction takes, as a power of two in nanoseconds

    def repeated(self, full):
        return self.rounds if full else max(self.rounds // CI_PART, 1)


@dataclasses.dataclass
class Line:
    name: str
    attack: str
    proofs: list
    waits: str  # for what feature, all of it or the rest; "" if nothing is missing


class Broken(Exception):
    pass


def read_proof(text):
    head, *options = text.split()
    kind, colon, name = head.partition(":")
    proof = Proof(kind, name) if colon else Proof("kernel", head)
    at = {"unit": UNITS / f"{proof.name}.c", "program": ROOT / proof.name, "kernel": GUESTS / f"{proof.name}.c"}
    if proof.kind not in at or not at[proof.kind].is_file():
        raise Broken(f"{head}: there is no such test")
    for option in options:
        key, _, value = option.partition("=")
        if key in ("ci", "full") and value:
            setattr(proof, key, (*getattr(proof, key), value.replace(":", "=")))
        elif key in ("rounds", "work", "vms", "share") and value.isdigit() and int(value) or key == "shift" and value.isdigit():
            setattr(proof, key, int(value))
        else:
            proof.words += (option,)
    if proof.kind != "kernel" and options:
        raise Broken(f"{text}: only a kernel has options")
    return proof


def read_line(text):
    fields = [field.strip() for field in text.split("|")]
    if len(fields) != 4 or not re.fullmatch(r"[A-Z0-9]{2}-\d\d", fields[0]) or fields[0][:2] not in GROUPS:
        raise Broken("not NAME | ATTACK | TESTS | WAITS FOR")
    name, attack, tests, waits = fields
    proofs = [read_proof(part) for part in tests.split(",") if part.strip()]
    if not attack or not (proofs or waits):
        raise Broken("an attack has a test, or waits for a feature")
    return Line(name, attack, proofs, waits)


def read(path=HERE / "checklist"):
    """The lines, in their order; Broken says which is wrong and why."""
    lines = []
    for number, text in enumerate(path.read_text().splitlines(), 1):
        if not text or text.startswith("#"):
            continue
        try:
            line = read_line(text)
            before = [one.name for one in lines if one.name[:2] == line.name[:2]]
            if int(line.name[3:]) != len(before) + 1:
                raise Broken(f"{line.name} is not the next of its group")
        except Broken as why:
            raise Broken(f"{path.name}:{number}: {why}") from None
        lines.append(line)
    return lines


HEAD = """# Attacks

What a hostile or broken guest may try against the hypervisor and against other VMs, and what shows that it gets nowhere. Made
from `test/attack/checklist` by `test/attack/checklist.py`; do not edit.

Each kernel is a VM of its own beside a bystander (`test/guest/bystander.c`), which works on its memory, asks the hypervisor for
something now and then, and prints. Its console, a hash of its memory and the number of instructions that it executed must be
those of a run in which it is alone, exactly, on the deterministic clock; and EL2 must break no rule of the plugin's
(doc/bench.md). It outlasts every attack. That the comparison can fail is tried each time: a bit of memory, an instruction and a
letter of the console, planted one by one, are each seen as what they are. Where several VMs are named, they share the CPUs of one, each
with patterns of its own, and each takes a CPU over from another in every round.

`test/attack/attack.py` runs all of this (so does `./corbel test attack`), `attack.py SR VG-07` some, `--full` with every
repetition, where a run of each day does a hundredth. `--list` says what waits for a feature that Corbel does not have yet.
"""


def tests_of(line):
    """The tests of a line as they are called, a kernel by its name alone."""
    names = {"kernel": "{}", "unit": "unit {}", "program": "{}"}
    shown = (names[proof.kind].format(proof.name) + (f" ({proof.vms} VMs)" if proof.vms > 1 else "") for proof in line.proofs)
    return ", ".join(dict.fromkeys(shown)) or "–"


def page(lines):
    yield HEAD
    for group, title in GROUPS.items():
        yield f"## {title}\n\n| line | the guest | tests | waits for |\n|---|---|---|---|"
        for line in lines:
            if line.name.startswith(group):
                waits = ("the rest: " if line.proofs else "") + line.waits if line.waits else ""
                yield f"| {line.name} | {line.attack} | {tests_of(line)} | {waits} |"
        yield ""


if __name__ == "__main__":
    print("\n".join(page(read())).rstrip("\n"))
