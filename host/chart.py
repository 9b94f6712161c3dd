# SPDX-License-Identifier: Apache-2.0
"""The yardstick's figures as a picture: a bar for Corbel, one for the best peer, a mark for the goal. An SVG that is
readable on a light and on a dark page."""
from xml.sax.saxutils import escape

import rows

LABELS, WIDTH, VALUES, TOP, STEP, BAR = 300, 460, 80, 84, 34, 11
MARKS = 6  # at most
STYLE = """text { font-family: sans-serif; font-size: 13px; fill: #222 }
.page { fill: #fff } .head { font-size: 17px; font-weight: bold } .small { font-size: 11px; fill: #666 }
.corbel { fill: #2f6fb0 } .peer { fill: #c3c9d1 } .goal { stroke: #222; stroke-width: 2 } .missed { fill: #c0392b }
.grid { stroke: #e3e3e3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6e6e6 } .page { fill: #15191f } .small { fill: #9aa3ad } .corbel { fill: #5aa0e6 }
.peer { fill: #4b5563 } .goal { stroke: #e6e6e6 } .missed { fill: #ff7b6b } .grid { stroke: #2b323b }
}"""


def bars(the_rows, measured):
    """(row, figure, peer, goal) of each row that one axis can show: what is nothing at all is left out."""
    for row in the_rows:
        sides = measured[row.key]
        value = rows.judged(row, sides["native"], sides["corbel"])
        if row.source == "guest" and value is not None and value > 0 and (row.peer or row.goal):
            yield row, value, row.peer, row.goal


class Axis:
    """From 0 to the greatest value, with marks at round numbers."""

    def __init__(self, values):
        self.end = max(values)
        self.step = next(step for power in range(20) for step in (10 ** power, 2 * 10 ** power, 5 * 10 ** power)
                         if self.end <= MARKS * step)

    def at(self, value):
        """The distance from the left end, in pixels."""
        return round(WIDTH * value / self.end, 1)

    def marks(self):
        return range(0, self.end + 1, self.step)


def text(x, y, words, kind="", end="start"):
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{end}">{escape(words)}</text>'


def row_shapes(axis, at, row, value, goal):
    """One row's title, bars, mark and number."""
    y = TOP + STEP * at
    yield text(LABELS - 10, y + 16, row.title, end="end")
    length = axis.at(value)
    bad = row.goal is not None and value > row.goal
    yield f'<rect x="{LABELS}" y="{y + 2}" width="{length}" height="{BAR}" class="{"missed" if bad else "corbel"}"/>'
    yield text(LABELS + length + 5, y + 12, f"{value:,}", "small")
    if row.peer:
        peer = axis.at(row.peer)
        yield f'<rect x="{LABELS}" y="{y + 3 + BAR}" width="{peer}" height="{BAR}" class="peer"/>'
        yield text(LABELS + peer + 5, y + 13 + BAR, f"{row.peer:,}", "small")
    if goal:
        x = LABELS + axis.at(goal)
        yield f'<line x1="{x}" x2="{x}" y1="{y}" y2="{y + 2 * BAR + 5}" class="goal"/>'


def legend():
    y = 46
    for x, kind, words in ((20, "corbel", "Corbel"), (110, "missed", "Corbel, goal missed"), (270, "peer", "best peer")):
        yield f'<rect x="{x}" y="{y}" width="18" height="{BAR}" class="{kind}"/>'
        yield text(x + 24, y + 10, words, "small")
    yield f'<line x1="372" x2="372" y1="{y - 3}" y2="{y + BAR + 3}" class="goal"/>'
    yield text(380, y + 10, "goal", "small")


def svg(the_rows, measured, model):
    """The whole file."""
    shown = list(bars(the_rows, measured))
    width, height = LABELS + WIDTH + VALUES, TOP + STEP * len(shown) + 30
    axis = Axis([value for _, *values in shown for value in values if value] or [1])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
           "<title>What a trap costs under Corbel, beside the best peer and the goal</title>", f"<style>{STYLE}</style>",
           f'<rect width="{width}" height="{height}" class="page"/>',
           text(20, 28, f"Instructions an operation costs (QEMU, {model}); shorter is better", "head"), *legend()]
    for mark in axis.marks():
        x = LABELS + axis.at(mark)
        out.append(f'<line x1="{x}" x2="{x}" y1="{TOP - 6}" y2="{height - 24}" class="grid"/>')
        out.append(text(x, height - 10, f"{mark:,}", "small", "middle"))
    for at, (row, value, _, goal) in enumerate(shown):
        out += row_shapes(axis, at, row, value, goal)
    return "\n".join(out) + "\n</svg>\n"
