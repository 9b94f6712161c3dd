# SPDX-License-Identifier: Apache-2.0
"""The table of calls as host/calls.py reads it: whole, as the compiler sees it, and what doc/calls.md says of it."""
import pathlib
import subprocess

import calls
import records

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def preprocessed():
    """The rows as the C preprocessor expands them: (macro, its number), in order."""
    macros = "".join(f"#define {name}(...) {name} __VA_ARGS__ END\n" for name in ("ANSWERED", "REFUSED", "RANGE"))
    source = f'{macros}#include "virtual/vsmccc.def"\n'
    text = subprocess.run(["cpp", "-P", "-I", ROOT / "src", "-"], input=source, capture_output=True, text=True, check=True).stdout
    words = text.split()
    return [(word, int(words[at + 1].rstrip(","), 16)) for at, word in enumerate(words) if word in ("ANSWERED", "REFUSED", "RANGE")]


def test_every_row_is_read():
    rows = preprocessed()
    assert [number for kind, number in rows if kind != "RANGE"] == [row.id for row in calls.rows()]
    assert [number for kind, number in rows if kind == "ANSWERED"] == [row.id for row in calls.rows() if row.function]
    assert [number for kind, number in rows if kind == "RANGE"] == [one.first for one in calls.ranges()]


def test_ranges_tile_the_ids():
    ranges = calls.ranges()
    assert ranges[0].first == 0 and ranges[-1].last == 0xffffffff
    assert all(before.last + 1 == after.first for before, after in zip(ranges, ranges[1:]))


def test_page_has_a_line_for_each_row():
    page = (ROOT / "doc/calls.md").read_text()
    assert page == calls.document()
    for row in calls.rows():
        assert page.count(f"| {row.id:#010x} | {row.name} |") == 1
    answered, refused = page.split("## Refused by name")
    for row in calls.rows():
        assert f"| {row.id:#010x} |" in (answered if row.function else refused)


def test_watching_knows_the_names():
    assert records.CALLS[0x84000003] == "CPU_ON" and records.CALLS[0x80000000] == "SMCCC_VERSION"
    assert records.CALLS[0x8400000e] == "SYSTEM_SUSPEND" and records.CALLS[0x84000005] == "MIGRATE"
