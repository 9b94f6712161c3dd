# SPDX-License-Identifier: Apache-2.0
"""The yardstick guest's words: `bench: KEY MODE WORST SAMPLES` (test/bench/), taken from what a console shows.

MODE is the most frequent figure, WORST the worst, in instructions. `-` stands for what cannot be measured there.
Whoever carries the console may put words of its own before `bench: `; other lines are nobody's business here.
"""
import collections
import pathlib
import re

from trouble import Trouble, nearest

IMAGE = pathlib.Path(__file__).resolve().parent.parent / "build/bench/bench.img"
LINE = re.compile(r"(?:^|[\s:|)])bench: (.*?)[ \t]*\n", re.M)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LAST_LINES = 8

Figure = collections.namedtuple("Figure", "mode worst samples")


def words(text):
    """What is behind each `bench: ` of a line that is whole."""
    return LINE.findall(COLOUR.sub("", text.replace("\r", "")))


def broken(who, sentence, text):
    last = [line for line in text.replace("\r", "").splitlines() if line.strip()][-LAST_LINES:]
    said = "".join(f"\n    {line}" for line in last) or " nothing"
    return Trouble(f"{who}: {sentence}; the last that was printed:{said}", 1)


def figure(said):
    """(key, figure or None) of one line's words; None if it is no such line."""
    match = re.fullmatch(r"(\w+) (?:(\d+) (\d+) (\d+)|- - 0)", said)
    if not match or (match[2] and (int(match[3]) < int(match[2]) or int(match[4]) == 0)):
        return None
    return match[1], Figure(*map(int, match.group(2, 3, 4))) if match[2] else None


def judge_frequency(said, who):
    """Only at 1 GHz is a tick one instruction."""
    if said != "frequency 1000000000":
        raise Trouble(f"{who}: the counter's {said} Hz; accepted: 1000000000, so that a tick is an instruction", 1)


def parse(text, the_rows, who):
    """{key: figure or None} of a whole run, of all rows; Trouble if it is not whole."""
    said, found, keys = words(text), {}, [row.key for row in the_rows]
    if "begin" not in said:
        raise broken(who, "the yardstick guest did not begin", text)
    if "end" not in said:
        raise broken(who, "the yardstick guest did not end", text)
    for line in said[said.index("begin") + 1:said.index("end")]:
        if line.startswith("frequency "):
            judge_frequency(line, who)
            continue
        read = figure(line)
        if read is None:
            raise Trouble(f"{who}: 'bench: {line}' is no figure; accepted: KEY MODE WORST SAMPLES", 1)
        key = read[0]
        if key not in keys:
            raise Trouble(f"{who}: the guest has a row '{key}' that test/bench/rows.json lacks; the nearest is "
                          f"'{nearest(key, keys)}'", 1)
        if key in found:
            raise Trouble(f"{who}: the row '{key}' was printed twice", 1)
        found[key] = read[1]
    missing = [row.key for row in the_rows if row.source == "guest" and row.key not in found]
    if missing:
        raise Trouble(f"{who}: the guest printed no row '{missing[0]}'", 1)
    return found
