# SPDX-License-Identifier: Apache-2.0
"""
What can keep a CPU at EL2: the loops and the ends of src/, which doc/bounds.md declares.

A loop is a for, while, do or fdt_for_each, an atomic read-modify-write (a loop of exclusives where there is no LSE), or
a branch backwards of assembler. An end is a require() or a call of what does not return. Both are known by file,
function and text (a loop's condition), so that a row cannot speak of a loop that has become another.
"""
import collections
import re

import source

HEAD = re.compile(r"\b(?:(for|while)|(fdt_for_each_\w+))\s*\(|\b(do)\b(?=\s*\{)")
ATOMIC = re.compile(r"\b(__atomic_(?:fetch_\w+|exchange_n|compare_exchange_n))\s*\(")
END = re.compile(r"\b(require|panic|panic_fault|panic_bad_pstate|cpu_halt|give_up|__stack_chk_fail)\s*\(")
LABEL = re.compile(r"^(\w+):")
BRANCH = re.compile(r"^(?:\w+:)?\s*(?:b(?:\.\w+)?|cbn?z|tbn?z)\s+(?:.*,\s*)?(\w+)\s*$")

# Of one text in one function: `times` it is there, the first at `line`; `spots` of a loop: where it begins, where its body does.
Found = collections.namedtuple("Found", "path line kind times spots")


def closing(text, start):
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for mark in re.finditer(r"[(){}]", text[start:]):
        depth += 1 if mark.group() in "({" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def condition(keyword, inside):
    """The text of a loop that says how long it goes on."""
    if keyword == "for":
        inside = inside.split(";")[1] if inside.count(";") == 2 else inside
    return " ".join(inside.split()) or "always"


def of_function(function, shown):
    """(kind, text, begin, body) of each loop and end of a C function; all but the first two are offsets. `shown`: with literals."""
    body, tails = function.body, set()
    shown = shown[function.at:]
    for head in HEAD.finditer(body):
        if head.start() in tails:
            continue
        if head.group(3):
            tail = re.compile(r"\s*while\s*").match(body, closing(body, body.index("{", head.end())))
            tails.add(body.index("while", tail.start()))
            words = condition("do", shown[tail.end() + 1:closing(body, tail.end()) - 1])
            yield "loop", words, function.at + head.start(), function.at + head.end()
        else:
            end = closing(body, head.end() - 1)
            words = condition(head.group(1), shown[head.end():end - 1])
            yield "loop", words, function.at + head.start(), function.at + end
    for found in ATOMIC.finditer(body):
        yield "atomic", found.group(1), function.at + found.start(), None
    for found in END.finditer(body):
        words = shown[found.start():closing(body, found.end() - 1)] if found.group(1) == "require" else found.group(1) + "()"
        yield "end", " ".join(words.split()), function.at + found.start(), None


def of_assembler(path):
    """(kind, text, function, line) of each branch backwards and each branch to an end."""
    seen, inside = set(), path.stem
    for number, line in enumerate(source.code(path).splitlines(), 1):
        if label := LABEL.match(line):
            seen.add(label.group(1))
            inside = inside if label.group(1).isdigit() else label.group(1)
        branch = BRANCH.match(line)
        if branch and branch.group(1).rstrip("b") in seen:
            yield "loop", " ".join(line.split()), inside, number
        elif branch and branch.group(1).startswith("panic"):
            yield "end", " ".join(line.split()), inside, number


def every(top):
    """{(file, function, text): Found} of all of src/."""
    found = {}

    def add(path, function, kind, words, line, spot):
        old = found.get((path.name, function, words), Found(path, line, kind, 0, ()))
        found[path.name, function, words] = old._replace(times=old.times + 1, spots=old.spots + (spot,))

    for path in source.files(top, "src", ends=(".c", ".h")):
        text, shown = source.code(path), source.code(path, strings=True)
        for function in source.functions(text):
            for kind, words, begin, body in of_function(function, shown):
                add(path, function.name, kind, words, source.line(text, begin), (begin, body))
    for path in source.files(top, "src", ends=(".S",)):
        for kind, words, function, line in of_assembler(path):
            add(path, function, kind, words, line, None)
    return found
