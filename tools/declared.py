# SPDX-License-Identifier: Apache-2.0
"""What doc/bounds.md declares of each loop and end of src/, and the constants of src/lib/bounds.h that it names."""
import collections
import re

import source

PAGE, HEADER = "doc/bounds.md", "src/lib/bounds.h"
ROW = re.compile(r"^\| `(?P<file>[\w.]+): (?P<function>\w+)\(\)` \| `(?P<text>.+?)`(?: ×(?P<times>\d+))?"
                 r" \| (?P<bound>\w+) \| (?P<measured>\d+|-) \| *(?P<why>.*?) *\|$")
CONSTANT = re.compile(r"^(?P<head>\tBOUND_(?P<name>\w+) = (?P<value>[\d <*+x]+), +/\* .*?; measured )(?P<measured>\d+)(?= \*/$)", re.M)
# Bounds that are no number, and what they say.
WORDS = {"wait": "for another CPU or a device", "never": "the invariant", "once": "no loop", "forever": "on purpose",
         "input": "as large as what the boot loader passed", "end": "where it is meant to end"}

Row = collections.namedtuple("Row", "line section key times bound measured why")
Constant = collections.namedtuple("Constant", "line value measured")


def rows(top):
    """The page's rows; of a line that looks like one and is none, its number alone."""
    section = ""
    for number, line in enumerate(source.read(top / PAGE).splitlines(), 1):
        section = line[3:] if line.startswith("## ") else section
        row = ROW.match(line)
        if row:
            key = (row["file"], row["function"], row["text"].replace(r"\|", "|"))
            measured = None if row["measured"] == "-" else int(row["measured"])
            yield Row(number, section, key, int(row["times"] or 1), row["bound"], measured, row["why"])
        elif line.startswith("| `"):
            yield number


def constants(top):
    """{name: Constant}"""
    text = source.read(top / HEADER)
    return {found["name"]: Constant(source.line(text, found.start()), value(found["value"]), int(found["measured"]))
            for found in CONSTANT.finditer(text)}


def value(expression):
    """Of decimal numbers, joined by <<, * and +: nothing else matches CONSTANT."""
    return eval(expression, {"__builtins__": {}})  # pylint: disable=eval-used


def most(found):
    """{name: the most that a row of it measured}"""
    result = {}
    for row in found:
        result[row.bound] = max(result.get(row.bound, 0), row.measured or 0)
    return result


def rewritten(top, turns):
    """(page, header) with new figures; `turns`: {key: measured}, of each loop that was counted."""
    lines = source.read(top / PAGE).splitlines(keepends=True)
    for row in rows(top):
        if row.key in turns:
            at = ROW.match(lines[row.line - 1]).span("measured")
            lines[row.line - 1] = lines[row.line - 1][:at[0]] + str(turns[row.key] or "-") + lines[row.line - 1][at[1]:]
    page = "".join(lines)
    again = [row._replace(measured=turns.get(row.key, row.measured)) for row in rows(top)]
    header = CONSTANT.sub(lambda found: found["head"] + str(most(again).get(found["name"], 0)), source.read(top / HEADER))
    return page, header
