# SPDX-License-Identifier: Apache-2.0
"""The tables of system registers, src/virtual/vsysreg.def and src/virtual/vid.def, read; doc/sysregs.md is made of them.

    python3 host/sysregs.py > doc/sysregs.md
"""
import pathlib
import re
from typing import NamedTuple, Optional

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^(DIRECT|TRAPPED|INTERFACE|IDENTITY|UNDEFINED)\((.*)\)$", re.M)
ID_REGISTER = re.compile(r'^ID_REGISTER\((\d), (\d), "(\w+)", (\w+)\)', re.M)
ID_FIELD = re.compile(r'^ID_FIELD\((\d), (\d), (\d+), "(\w+)", (\w+), (\d+), (\d+), (\d+)\)', re.M)
WIDTHS = (2, 3, 4, 4, 3)  # op0, op1, CRn, CRm, op2
FIRST, END = 0x4000, 0x10000
IDENTITIES = range(0xc008, 0xc040)  # op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7
WORDS = {"d": "direct", "e": "emulated", "c": "constant", "z": "zero", "-": "–"}
ANY = None


class Row(NamedTuple):
    """A row of vsysreg.def; `encoding` has ANY where any number fits."""
    kind: str
    encoding: tuple
    name: str
    answers: str
    by: str

    def fits(self, key):
        return all(want is ANY or want == have for want, have in zip(self.encoding, parts(key)))


class Field(NamedTuple):
    """A field of an ID register that guests may see."""
    name: str
    order: str
    most: int
    baselines: tuple

    def host(self, machine):
        """What the baseline "host" shows of this value of the machine."""
        value = (machine ^ 8) - 8 if self.order == "SIGNED" else machine
        return self.most if self.order == "FIXED" or value > self.most else machine


class Register(NamedTuple):
    """An ID register: the mask of bits that pass as they are, and the fields by their nibble."""
    name: str
    mask: int
    fields: dict

    def host(self, machine):
        value = machine & self.mask
        for nibble, field in self.fields.items():
            value |= field.host(machine >> 4 * nibble & 15) << 4 * nibble
        return value


def parts(key):
    """op0, op1, CRn, CRm, op2 of bits 20 to 5 of an instruction."""
    return key >> 14, key >> 11 & 7, key >> 7 & 15, key >> 3 & 15, key & 7


def row(kind, text):
    words = re.findall(r'"[^"]*"|[^,\s]+', text)
    encoding = tuple(ANY if word == "X" else int(word) for word in words[:5])
    texts = [word.strip('"') for word in words[5:]]
    if kind == "DIRECT":
        return Row(kind, encoding, texts[0], texts[1], "")
    if kind == "TRAPPED":
        return Row(kind, encoding, texts[0], texts[1], texts[4])
    if kind == "INTERFACE":
        answered = "undefined" if texts[2:4] == ["NULL", "NULL"] else "emulated"
        return Row(kind, encoding, texts[0], texts[1], f"in a VM with `gic = \"software\"` {answered}: {texts[4]}")
    return Row(kind, encoding, texts[0], "c---" if kind == "IDENTITY" else "----", texts[1])


def rows():
    """The rows of vsysreg.def, in order: the last that fits an encoding is its row."""
    return [row(*match.groups()) for match in ROW.finditer((ROOT / "src/virtual/vsysreg.def").read_text())]


def every(table):
    """{encoding: its row} for all of op0 = 1 to 3."""
    found = {}
    for entry in table:
        free = [[value] if value is not ANY else range(1 << width) for value, width in zip(entry.encoding, WIDTHS)]
        for op1 in free[1]:
            for n in free[2]:
                for m in free[3]:
                    for op2 in free[4]:
                        found[entry.encoding[0] << 14 | op1 << 11 | n << 7 | m << 3 | op2] = entry
    return found


def identities():
    """{(CRm, op2): Register} of vid.def."""
    text = (ROOT / "src/virtual/vid.def").read_text()
    found = {(int(m), int(op2)): Register(name, int(mask, 0), {})
             for m, op2, name, mask in ID_REGISTER.findall(text)}
    for m, op2, nibble, name, order, most, *baselines in ID_FIELD.findall(text):
        found[int(m), int(op2)].fields[int(nibble)] = Field(name, order, int(most), tuple(map(int, baselines)))
    return found


# --- the document ---

HEAD = """# System registers and instructions

What each encoding of the system register and system instruction space (op0 = 1 to 3) answers to a guest. Made from
`src/virtual/vsysreg.def` and `src/virtual/vid.def` by `host/sysregs.py`; do not edit. Every encoding has a row: the last
that fits it, where `*` fits any number.

- *direct*: not trapped; the vCPU's own register in the CPU, or an instruction without state of its own. Where the
  CPU lacks the feature it is undefined, as on the CPU itself.
- *emulated*, *constant*: trapped, and answered by the hypervisor. *zero*: reads as zero, writes are ignored.
- –: an Undefined Instruction exception at EL1. Reads of the ID registers at EL0 are reported as the CPU does (FEAT_IDST).

What EL1 lets EL0 do (SCTLR_EL1, CPACR_EL1, CNTKCTL_EL1 and their like) applies before all of this. *by* names the
control of EL2 that keeps a guest away, or the CPU where there is nothing to trap.
"""
TITLES = {1: "System instructions (op0 = 1)", 2: "Debug and trace (op0 = 2)", 3: "Registers (op0 = 3)"}
IDS = """## ID registers

What a guest finds in a field of an ID register: the least that any CPU of the machine has, at most what *host* says
("all": as the machine has it); in a baseline (`cpu` of doc/vm.md) a fixed value. Fields that are not listed read as zero,
in AArch64's registers and, for the baselines armv8.0 and armv8.2, in AArch32's.

What has no state and no trap is hidden in these registers only: the instructions work wherever the CPU has them. So it is with
LSE, CRC32, AES, SHA, SM3, SM4, dot products, RDM, FP16, JSCVT, FCMA, LRCPC, BF16, I8MM, FRINT32, CSSC, RNDR, DC CVAP
and DC CVADP, TLBI by range, in the outer shareable domain and nXS, WFET and WFIT, PSTATE's DIT, SSBS, PAN, UAO
and TCO, BTI, and all that EL1 turns on in its own SCTLR_EL1 and TCR_EL1.

| register | field | bits | host | armv8.0 | armv8.2 |
|---|---|---|---|---|---|
"""


def encoding_text(encoding):
    return " ".join("*" if value is ANY else str(value) for value in encoding)


def answers_text(answers):
    """EL1's and EL0's, read and write."""
    return " | ".join(WORDS[answers[at]] if answers[at] == answers[at + 1]
                      else f"{WORDS[answers[at]]} / {WORDS[answers[at + 1]]}" for at in (0, 2))


def document():
    """All of doc/sysregs.md."""
    lines, table = [HEAD], rows()
    for op0, title in TITLES.items():
        lines += [f"## {title}\n", "| op0 op1 CRn CRm op2 | name | EL1 read / write | EL0 read / write | by |",
                  "|---|---|---|---|---|"]
        lines += [f"| {encoding_text(entry.encoding)} | {entry.name.replace('*', chr(92) + '*').replace('<n>', '&lt;n&gt;')} | "
                  f"{answers_text(entry.answers)} | {entry.by} |" for entry in table if entry.encoding[0] == op0]
        lines.append("")
    text = "\n".join(lines) + "\n" + IDS
    for register in identities().values():
        for nibble, field in sorted(register.fields.items()):
            top = 7 if field.order == "SIGNED" else 15
            host = "all" if field.most == top and field.order != "FIXED" else field.most
            text += (f"| {register.name} | {field.name} | {4 * nibble + 3}:{4 * nibble} | {host} | "
                     f"{field.baselines[0]} | {field.baselines[1]} |\n")
        if register.mask:
            text += f"| {register.name} | mask {register.mask:#010x} | 31:0 | all | 0 | 0 |\n"
    return text


if __name__ == "__main__":
    print(document(), end="")
