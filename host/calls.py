# SPDX-License-Identifier: Apache-2.0
"""The table of calls to a guest's firmware, src/virtual/vsmccc.def, read; doc/calls.md is made of it.

    python3 host/calls.py > doc/calls.md
"""
import pathlib
import re
from typing import NamedTuple, Optional

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r'^(ANSWERED|REFUSED)\((0x[0-9a-f]{8}), "([^"]*)",\s*(?:(\w+),\s*)?"([^"]*)"\)$', re.M)
RANGE = re.compile(r'^RANGE\((0x[0-9a-f]{8}), (0x[0-9a-f]{8}), "([^"]*)", "([^"]*)"\)$', re.M)
SMC64 = 1 << 30


class Row(NamedTuple):
    """A call that has a name; without a function it is NOT_SUPPORTED."""
    id: int
    name: str
    function: Optional[str]
    says: str


class Range(NamedTuple):
    first: int
    last: int
    owner: str
    why: str


def text():
    return (ROOT / "src/virtual/vsmccc.def").read_text()


def rows():
    return [Row(int(number, 16), name, function or None, says) for _, number, name, function, says in ROW.findall(text())]


def ranges():
    return [Range(int(first, 16), int(last, 16), owner, why) for first, last, owner, why in RANGE.findall(text())]


def names():
    """{id without the bit that says SMC64: name}"""
    return {row.id & ~SMC64: row.name.split(" (")[0] for row in rows()}


HEAD = """# Calls

What a guest may call of its firmware by HVC or SMC, which are the same here. Made from `src/virtual/vsmccc.def` by `host/calls.py`; do not
edit. Function ids have 32 bits, in w0; each of them has an answer below: a row of its own, or NOT_SUPPORTED (-1). Nothing that a
guest calls is passed on to the machine's firmware.

- The immediate of the instruction is 0; any other is NOT_SUPPORTED, whatever is in w0. At EL0 both instructions are undefined.
- Calls named (32), and all with ids below 0xc0000000, see the lower halves of their arguments.
- The answer is in x0, of `TRNG_RND32`, `TRNG_RND64` and `TRNG_GET_UUID` in x0 to x3. All other registers are kept, SVE's too.
- Bit 16 of a fast call's id says that SVE's registers hold nothing; it changes nothing.
"""
WORKAROUNDS = """## Workarounds

`SMCCC_ARCH_FEATURES` tells of a workaround only what holds on every CPU of the machine. Each CPU is asked at boot: its ID registers
(ID_AA64PFR0_EL1.CSV2), and where these do not say that it is safe, the machine's firmware, if that has SMCCC 1.1 or later.

| call | every CPU is safe | firmware helps those that are not | of one CPU nobody knows |
|---|---|---|---|
| `SMCCC_ARCH_WORKAROUND_1` | 1: not needed; does nothing | 0: Corbel calls firmware on the CPUs that need it | NOT_SUPPORTED |
| `SMCCC_ARCH_WORKAROUND_2` | NOT_REQUIRED; does nothing | NOT_REQUIRED: Corbel turned it on at boot, for good | NOT_SUPPORTED: a guest uses SSBS, if it has it |
| `SMCCC_ARCH_WORKAROUND_3` | 1: not needed; does nothing | 0: Corbel calls firmware on the CPUs that need it | NOT_SUPPORTED |

## Entropy

The source is the firmware's TRNG (DEN0098) if it offers one, else RNDRRS if all CPUs have FEAT_RNG. Its numbers are handed out as they
are, once each; no generator stretches them. Without a source the five calls are NOT_SUPPORTED.
"""


def document():
    """All of doc/calls.md."""
    lines = [HEAD, "## Answered\n", "| id | call | answers |", "|---|---|---|"]
    lines += [f"| {row.id:#010x} | {row.name} | {row.says} |" for row in rows() if row.function]
    lines += ["", WORKAROUNDS, "## Refused by name\n", "| id | call | NOT_SUPPORTED, because |", "|---|---|---|"]
    lines += [f"| {row.id:#010x} | {row.name} | {row.says} |" for row in rows() if not row.function]
    lines += ["", "## All others\n", "| ids | whose | NOT_SUPPORTED |", "|---|---|---|"]
    lines += [f"| {one.first:#010x}–{one.last:#010x} | {one.owner} | {one.why} |" for one in ranges()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
