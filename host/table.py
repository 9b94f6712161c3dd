# SPDX-License-Identifier: Apache-2.0
"""The yardstick's figures as a table for people: one line a row, goals that are not met in red and with a word."""
import rows

HEAD = ("operation", "native", "Corbel (worst)", "difference", "golden", "best peer", "goal")
NONE = "–"
MISSED, DIFFERS, EXCEEDED = "MISSED", "DIFFERS", "EXCEEDED"
RED, BOLD, PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"


def number(value):
    return NONE if value is None else f"{value:,}"


def both_numbers(figure):
    """The most frequent, and the worst where it is another."""
    if figure is None:
        return NONE
    return f"{figure.mode:,}" + (f" ({figure.worst:,})" if figure.worst != figure.mode else "")


def missed(row, native, figure):
    """Whether a measured row has a goal and does not meet it."""
    value = rows.judged(row, native, figure)
    return row.goal is not None and value is not None and value > row.goal


def goal(row, native, figure):
    if row.goal is None:
        return NONE
    text = f"{'+' if row.judge == 'difference' else ''}{row.goal:,}"
    return f"≤ {text} {MISSED}" if missed(row, native, figure) else f"≤ {text}"


def golden_cell(golden, model, row, figure):
    before = golden.of(model, row.key)
    if before is None:
        return NONE if figure is None or not golden.known() else f"none {DIFFERS}"
    same = figure is not None and before == [figure.mode, figure.worst]
    return f"{before[0]:,}" if same else f"{before[0]:,} ({before[1]:,}) {DIFFERS}"


def cells(row, sides, golden, model):
    """A row's texts, in the order of HEAD."""
    native, figure = sides["native"], sides["corbel"]
    peer = NONE if row.peer is None else f"{'+' if row.judge == 'difference' else ''}{row.peer:,}"
    difference = figure.mode - native.mode if figure and native else None
    return [row.title, number(native and native.mode), both_numbers(figure), number(difference), golden_cell(golden, model, row, figure), peer, goal(row, native, figure)]


def aligned(lines, colour):
    """Columns of equal width: the first to the left, the others to the right; words of warning in red."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for at, line in enumerate(lines):
        out = [line[0].ljust(widths[0])]
        for text, width in zip(line[1:], widths[1:]):
            bad = colour and any(word in text for word in (MISSED, DIFFERS, EXCEEDED))
            out.append(" " * (width - len(text)) + (f"{RED}{text}{PLAIN}" if bad else text))
        whole = "  ".join(out)
        yield f"{BOLD}{whole}{PLAIN}" if colour and at == 0 else whole


class Table:
    def __init__(self, the_rows, golden, colour=False):
        self.rows, self.golden, self.colour = the_rows, golden, colour

    def lines(self, model, measured, other=None):
        """One model's table. other: (name, {key: figure}) of one more hypervisor, in a column of its own."""
        head, body = list(HEAD), [cells(row, measured[row.key], self.golden, model) for row in self.rows]
        if other:
            name, figures = other
            head.insert(3, name)
            for row, line in zip(self.rows, body):
                line.insert(3, both_numbers(figures.get(row.key)))
        return aligned([head, *body], self.colour)

    def summary(self, measured):
        """One sentence on the goals."""
        with_goal = [row for row in self.rows if row.goal is not None]
        judged = [row for row in with_goal if rows.judged(row, *both(measured[row.key])) is not None]
        met = [row for row in judged if not missed(row, *both(measured[row.key]))]
        without = f", {len(with_goal) - len(judged)} not measured" if len(with_goal) > len(judged) else ""
        return f"{len(met)} of {len(judged)} goals met{without}"


def both(sides):
    return sides["native"], sides["corbel"]
