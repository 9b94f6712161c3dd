# SPDX-License-Identifier: Apache-2.0
"""The yardstick's rows: what is measured, in the order in which it is shown (test/bench/rows.json).

peer: the best figure of another hypervisor; goal: what Corbel's may be at most. Both may be missing. Both are of
the figure, or, where judge is "difference", of what the hypervisor adds to the native one.
"""
import collections
import json
import pathlib

from trouble import unknown

TABLE = pathlib.Path(__file__).resolve().parent.parent / "test/bench/rows.json"

Row = collections.namedtuple("Row", "key title peer goal judge source")


def read(table=TABLE):
    return [Row(row["key"], row["title"], row["peer"], row["goal"], row.get("judge", "figure"), row.get("from", "guest"))
            for row in json.loads(table.read_text())]


def select(rows, words):
    """The rows that --rows KEY,... names; all if it is not given."""
    if words is None:
        return rows
    known = {row.key: row for row in rows}
    wanted = [word.strip() for word in words.split(",")]
    for word in wanted:
        if word not in known:
            raise unknown("row", word, known)
    return [row for row in rows if row.key in wanted]


def judged(row, native, figure):
    """The number that a row's peer and goal are about; None if it was not measured."""
    if figure is None or row.judge == "figure":
        return figure and figure.mode
    return figure.mode - native.mode if native else None
