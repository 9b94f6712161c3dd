# SPDX-License-Identifier: Apache-2.0
"""What the laws share: the tree's files, C text without its comments, the functions in it, and the report."""
import pathlib
import re
import subprocess
import sys

SKIPPED = {".git", "build", "__pycache__", ".pytest_cache"}
LITERAL = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\([^)]*\)((?:\\\n|[^\n])*)", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
HEAD = re.compile(r"(\w+)\s*\(([^{}]*)\)\s*$", re.S)
CALL = re.compile(r"\b(\w+)\s*\(")


def root():
    """The tree to judge: the first argument, else the one that holds this script."""
    return pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()


def every(top):
    """All files of the tree by path: what git tracks or would track; without git, all but products."""
    listed = []
    if (top / ".git").exists():
        git = subprocess.run(["git", "-C", top, "ls-files", "-zco", "--exclude-standard"], capture_output=True)
        listed = [top / name for name in git.stdout.decode().split("\0") if name]
    listed = set(listed or top.rglob("*"))
    return sorted(p for p in listed if p.is_file() and not SKIPPED & set(p.relative_to(top).parts))


def files(top, *folders, ends=(".c", ".h", ".def", ".S")):
    """Files below the folders whose names end so; C and assembler unless told."""
    return [p for p in every(top) if p.name.endswith(ends) and any((top / f) in p.parents for f in folders)]


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code(path, strings=False):
    """C text with its comments (and, unless wanted, its literals) blanked, every line in its place."""
    return LITERAL.sub(lambda m: m.group() if strings and m.group()[0] in "\"'" else blank(m), read(path))


def read(path):
    return path.read_text(errors="replace")


def line(text, offset):
    return text.count("\n", 0, offset) + 1


class Function:
    """A function definition in C text without comments."""

    def __init__(self, text, start, brace, end):
        head = ATTRIBUTE.sub("", text[start:brace])
        self.first, self.last = line(text, re.compile(r"\s*").match(text, start).end()), line(text, end)
        self.at, self.body = brace, text[brace:end]
        found = HEAD.search(head)
        self.name = found and "=" not in head[:found.start()] and found.group(1)
        self.static = bool(re.search(r"\bstatic\b", head))
        inner = re.sub(r"\([^()]*\)", "", found.group(2)) if found else ""
        self.parameters = 0 if inner.strip() in ("", "void") else inner.count(",") + 1


def functions(text):
    """The functions defined in text that code() returned."""
    text = DIRECTIVE.sub(blank, text)
    depth = start = brace = 0
    for mark in re.finditer(r"[{};]", text):
        if mark.group() == "{":
            brace = brace if depth else mark.start()
            depth += 1
        elif mark.group() == "}":
            depth -= 1
            if depth == 0:
                function = Function(text, start, brace, mark.end())
                if function.name:
                    yield function
                start = mark.end()
        elif depth == 0:
            start = mark.end()


def matches(top, paths, pattern, what):
    """A line for each match in the C files; `what` is a sentence, or a function that may answer one."""
    for path in paths:
        for match in re.finditer(pattern, text := code(path)):
            sentence = what(path, match) if callable(what) else what
            if sentence:
                yield f"{path.relative_to(top)}:{line(text, match.start())}: {sentence}"


def report(lines):
    """Prints the violations; the script's exit status is 1 if there is one."""
    found = list(dict.fromkeys(lines))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
