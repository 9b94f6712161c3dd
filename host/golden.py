# SPDX-License-Identifier: Apache-2.0
"""Golden figures: what the yardstick printed when it was last accepted (test/bench/golden.json).

A figure is exact only between equal tools, so the file has one part for each key: the versions of compiler, QEMU, libfdt
and Linux. In it {model: {row: {"native" and "corbel": [mode, worst]}}}. Figures of an unknown key are not judged.
"""
import json
import pathlib
import re
import subprocess

import build
import pins
import qemu
from debcache import DebCache

FILE = build.ROOT / "test/bench/golden.json"
SIDES = ("native", "corbel")
WORSE = 1.02  # beyond this a commit says why


def version_of(program, pattern):
    """The distribution's version of a program if it tells it, else its own."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    except OSError:
        return "missing"
    match = re.search(r"\(Debian ([^)]+)\)", said) or re.search(pattern, said)
    return match[1] if match else "unknown"


def libfdt_version():
    """Of the archive that is linked in: the pinned package's, or `own` if it was built from source."""
    pin = pins.find("libfdt")
    folder = DebCache(pin.suite, pin.arch).have(pin.package, pin.version)
    linked = build.BUILD / "libfdt/libfdt.a"
    for archive in folder.glob("usr/lib/*/libfdt.a") if folder and linked.exists() else []:
        if archive.read_bytes() == linked.read_bytes():
            return folder.name.partition("_")[2]
    return "own"


def key():
    gcc, emulator = version_of("aarch64-linux-gnu-gcc", r" ([0-9.]+)$"), version_of(qemu.QEMU, r"version (\S+)")
    return f"gcc {gcc}, qemu {emulator}, libfdt {libfdt_version()}, linux {pins.find('kernel').version}"


def pair(figure):
    return figure and [figure.mode, figure.worst]


class Golden:
    def __init__(self, its_key, path=FILE):
        self.key, self.path = its_key, pathlib.Path(path)
        self.all = json.loads(self.path.read_text()) if self.path.exists() else {}

    def known(self):
        return self.key in self.all

    def of(self, model, row, side="corbel"):
        """[mode, worst], or None."""
        return self.all.get(self.key, {}).get(model, {}).get(row, {}).get(side)

    def differences(self, model, measured):
        """A sentence for each figure that is not as it was; none of an unknown key."""
        for row, sides in measured.items() if self.known() else []:
            for side in SIDES:
                now, before = pair(sides[side]), self.of(model, row, side)
                if now != before:
                    yield f"{model}: {row}, {side}: {show(now)}, golden {show(before)}{change(before, now)}"

    def accept(self, model, measured):
        """Takes the figures for golden; the sentences of those that got worse."""
        worse = []
        for row, sides in measured.items():
            before, now = self.of(model, row), pair(sides["corbel"])
            if before and now and any(new > old * WORSE for new, old in zip(now, before)):
                worse.append(f"{model}: {row}: {show(before)} became {show(now)}{change(before, now)}")
            its = {side: pair(sides[side]) for side in SIDES if sides[side]}
            self.all.setdefault(self.key, {}).setdefault(model, {})[row] = its
        return worse

    def save(self):
        self.path.write_text(text(self.all))


def show(numbers):
    """mode, and the worst where it is another."""
    if numbers is None:
        return "none"
    return f"{numbers[0]:,}" if numbers[0] == numbers[1] else f"{numbers[0]:,} (worst {numbers[1]:,})"


def change(before, now):
    if not before or not now or not before[0] or before[0] == now[0]:
        return ""
    return f", {100 * (now[0] - before[0]) / before[0]:+.1f} %"


def text(everything):
    """JSON with a line for each row, so that a commit shows which figure changed."""
    parts = []
    for its_key, models in sorted(everything.items()):
        inner = []
        for model, rows in sorted(models.items()):
            lines = ",\n".join(f"   {json.dumps(row)}: {json.dumps(sides)}" for row, sides in rows.items())
            inner.append(f"  {json.dumps(model)}: {{\n{lines}\n  }}")
        parts.append(f" {json.dumps(its_key)}: {{\n" + ",\n".join(inner) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"
