# SPDX-License-Identifier: Apache-2.0
"""Judges a sweep of the system register space (sweep.py).

Three answers to each encoding must agree, at EL1 and EL0, read and write: the bare machine's, Corbel's, and the one
that src/virtual/vsysreg.def declares; sysregs.differences lists where the first two differ, and why. ID registers
must show what src/virtual/vid.def makes of the bare machine's.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "host"))
import sysregs  # noqa: E402

SWEEP = re.compile(r"\bsweep (el1|open|closed) ([rw]) ([0-9a-f]{4})-([0-9a-f]{4}) (\S+)$", re.M)
IDENTITY = re.compile(r"\bid (\d) (\d) ([0-9a-f]{16})$", re.M)
LETTER = {("el1", "r"): 0, ("el1", "w"): 1, ("open", "r"): 2, ("open", "w"): 3, ("closed", "r"): 2, ("closed", "w"): 3}
UNDEFINED = "U"  # class 0
OWN = ("x18", "x07", "x19", "x1d")  # traps to EL1: its own controls', FEAT_IDST's
KINDS = {
    "hidden": lambda who, bare, ours: ours == UNDEFINED or who != "el1" and ours in OWN,
    "readonly": lambda who, bare, ours: bare in "kiw" and ours == UNDEFINED,
    "constant": lambda who, bare, ours: (bare, ours) == ("k", "i"),
    "identity": lambda who, bare, ours: (bare, ours) == ("v", "z"),
    "field": lambda who, bare, ours: False,  # is no answer of a register
}


def declared():
    """{name: kind} of the differences."""
    found = {}
    for line in (HERE / "sysregs.differences").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, kind, reason = (word.strip() for word in line.split(" : ", 2))
        if kind not in KINDS or not re.search(r"\(.*\)", reason) or name in found:
            sys.exit(f"test/guest/sysregs.differences: {line}?")
        found[name] = kind
    return found


def read_answers(text):
    """{(who, direction, encoding): answer} of what the sweeping guest printed."""
    return {(who, way, key): answer for who, way, first, last, answer in SWEEP.findall(text)
            for key in range(int(first, 16), int(last, 16) + 1)}


def read_identities(text):
    """{(CRm, op2): value}"""
    return {(int(m), int(op2)): int(value, 16) for m, op2, value in IDENTITY.findall(text)}


def names_of(table):
    """{encoding: the name that a difference would have}."""
    found = {key: row.name for key, row in table.items()}
    for (m, op2), register in sysregs.identities().items():
        found[sysregs.IDENTITIES.start + (m - 1) * 8 + op2] = register.name
    return found


def keeps_word(letter, bare, ours):
    """Whether Corbel's answer is what the table declares; what the machine lacks is undefined whatever it says."""
    if letter == "d" or ours in OWN or ours == bare == UNDEFINED:
        return True
    return ours in {"-": UNDEFINED, "z": "ziw", "c": "zv", "e": "zvkiw"}[letter]


def show(key, who, way):
    return f"{' '.join(map(str, sysregs.parts(key)))} {'read' if way == 'r' else 'write'} at {who}"


class Judge:
    """Compares a bare and a guest's sweep, and remembers which declared differences were seen."""

    def __init__(self):
        self.table = sysregs.every(sysregs.rows())
        self.names, self.differences, self.seen = names_of(self.table), declared(), set()

    def answers(self, bare, ours):
        """A sentence for each defect."""
        for key in bare.keys() ^ ours.keys():
            yield f"{show(key[2], *key[:2])}: swept on one side only"
        for (who, way, key), was in bare.items():
            now = ours.get((who, way, key), was)
            where, row = show(key, who, way), self.table.get(key)
            if not row or not keeps_word(row.answers[LETTER[who, way]], was, now):
                yield f"{where} ({row and row.name}): answers {now}, and the table says {row and row.answers}"
            if was != now:
                name = self.names[key]
                if not KINDS.get(self.differences.get(name), lambda *_: False)(who, was, now):
                    yield f"{where} ({name}): {was} on the bare machine, {now} under Corbel, and nothing declares it"
                self.seen.add(name)

    def identities(self, bare, ours):
        registers = sysregs.identities()
        for at, was in bare.items():
            want, now = registers[at].host(was) if at in registers else 0, ours.get(at, 0)
            name = registers[at].name if at in registers else f"CRm {at[0]}, op2 {at[1]}"
            if now != want:
                yield f"{name}: {now:#018x}; of the bare machine's {was:#018x} a guest should see {want:#018x}"
            yield from self.fields(name, was, now)

    def fields(self, name, was, now):
        """Each field that differs is declared by itself, or its whole register is."""
        for bit in range(0, 64, 4):
            field = f"{name}[{bit + 3}:{bit}]"
            if was >> bit & 15 == now >> bit & 15 or self.differences.get(name) == "identity":
                continue
            self.seen.add(field)
            if self.differences.get(field) != "field":
                yield f"{field} is {now >> bit & 15}, {was >> bit & 15} on the bare machine, and nothing declares it"
