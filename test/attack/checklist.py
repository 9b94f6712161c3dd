# SPDX-License-Identifier: Apache-2.0
"""Reads the checklist of attacks (test/attack/checklist), which says of itself how its lines look."""
import dataclasses
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GUESTS, UNITS, PROGRAMS = ROOT / "test/guest", ROOT / "test/unit", ("test/system", "test/guest", "test/host")
GROUPS = {"SR": "System registers", "ID": "ID registers", "S2": "Stage 2 and memory", "VG": "Interrupts",
          "ST": "FP, SVE and other state", "DB": "Debug and PMU"}
CI_PART = 100  # a run that is not full repeats so many times less


@dataclasses.dataclass
class Proof:
    """A kernel of test/guest that attacks, with its boot words; or, of another kind, a test that needs no bystander."""
    kind: str  # kernel, unit, program
    name: str
    words: tuple = ()  # boot words, always
    part: tuple = ()   # boot words of a run that is not full
    rounds: int = 0    # repetitions of a full run, the boot word rounds=
    work: int = 0      # what the bystander does meanwhile, its boot word work=


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
        if key == "ci" and value:
            proof.part += (value.replace(":", "="),)
        elif key in ("rounds", "work") and value.isdigit():
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
