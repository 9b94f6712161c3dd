# SPDX-License-Identifier: Apache-2.0
"""Budgets: what the hypervisor may take at most, a number each in test/bench/budgets.json.

A row says where its figure comes from: `figures` is a row of the yardstick (the worst of all models), `sizes` a symbol
of test/bench/budget/sizes.c, `counts` what the plugin saw while the yardstick guest ran.
"""
import collections
import json
import pathlib
import subprocess
import tempfile

import build
import plugin
from trouble import Trouble, unknown

FILE = build.ROOT / "test/bench/budgets.json"
SIZES = build.BUILD / "bench/sizes.o"
SYSTEM_OFF = "HVC 0x84000008"  # its visit waits for the console, and ends in no guest

Budget = collections.namedtuple("Budget", "key title source limit")


def read(path=FILE):
    return [Budget(row["key"], row["title"], row["from"], row["limit"]) for row in json.loads(pathlib.Path(path).read_text())]


def figures(measured):
    """The worst of each row, over all models."""
    found = {}
    for rows in measured.values():
        for key, sides in rows.items():
            if sides["corbel"]:
                found[key] = max(found.get(key, 0), sides["corbel"].worst)
    return found


def sizes():
    """{symbol: size}"""
    build.make("bench-sizes")
    run = subprocess.run([f"{plugin.CROSS}nm", "-S", SIZES], capture_output=True, text=True)
    rows = (line.split() for line in run.stdout.splitlines())
    return {row[3]: int(row[1], 16) for row in rows if len(row) == 4}


def longest(rows):
    """The longest visit of a plugin's report that a guest came back from."""
    return {"visit": max(row["most"] for row in plugin.causes(rows) if row["kind"] != "boot" and row["name"] != SYSTEM_OFF)}


def deepest(rows):
    """The most of its stack that a CPU used."""
    return {"stack": max(row["bytes"] for row in plugin.of(rows, "stack"))}


def counts(run):
    """run(counts=FILE) runs the yardstick guest under the plugin."""
    plugin.prepare()
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        report = pathlib.Path(place) / "counts"
        run(counts=report)
        rows = plugin.read(report)
        return {**longest(rows), **deepest(rows)}


def judge(budgets, found):
    """(sentence, whether it is within) of each budget. found: {source: {key: number}}"""
    for budget in budgets:
        if budget.source not in found:
            raise unknown(f"source of the budget '{budget.key}':", budget.source, found)
        if budget.key not in found[budget.source]:
            raise Trouble(f"the budget '{budget.key}': {budget.source} has no such figure", 1)
        value = found[budget.source][budget.key]
        within = value <= budget.limit
        yield f"{budget.title}: {value:,}, at most {budget.limit:,}{'' if within else ': OVER BUDGET'}", within
