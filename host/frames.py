# SPDX-License-Identifier: Apache-2.0
"""The framed console: the hypervisor's one serial line taken apart (doc/console.md).

A source is one letter: '@' the hypervisor, 'A' the first VM, '!' reports of counters and traces. What a guest prints
can only ever become that guest's output: the hypervisor doubles each marker byte that a source prints.
"""
from collections import namedtuple

MARK = 0x10
HYPERVISOR = "@"
REPORT = "!"
NAME_MAX = 64

Output = namedtuple("Output", "source data")
Name = namedtuple("Name", "source name")
Event = namedtuple("Event", "source what again")  # what: 's' started, 'r' reset, 'o' off, 'c' crashed, 'w' bitten by its watchdog
FAULTS = ("c", "w")
View = namedtuple("View", "source")               # None: all
Quit = namedtuple("Quit", "")
Panic = namedtuple("Panic", "")

OPERANDS = {"o": 1, "e": 3, "v": 1, "q": 0, "p": 0}


class Parser:
    """Fed with bytes in any pieces; answers with what they hold."""

    def __init__(self):
        self.source = HYPERVISOR
        self.frame = None  # bytes of the frame that is not whole yet, its marker not among them
        self.found = []

    def feed(self, data):
        self.found = []
        at = 0
        while at < len(data):
            if self.frame is not None:
                self.frame.append(data[at])
                self.end_frame()
                at += 1
                continue
            mark = data.find(MARK, at)
            end = len(data) if mark < 0 else mark
            self.output(data[at:end])
            if mark >= 0:
                self.frame = bytearray()
            at = end + 1
        return self.found

    def output(self, data):
        if not data:
            return
        last = self.found[-1] if self.found else None
        if isinstance(last, Output) and last.source == self.source:
            self.found[-1] = Output(self.source, last.data + data)
        else:
            self.found.append(Output(self.source, bytes(data)))

    def end_frame(self):
        """Acts on the frame if it is whole. An unknown kind is shown: bytes are never swallowed."""
        kind, rest = chr(self.frame[0]), self.frame[1:].decode("latin-1")
        if kind == "n":
            if len(rest) < 2 or (rest[-1] != "\n" and len(rest) < NAME_MAX):
                return
            self.found.append(Name(rest[0], rest[1:].rstrip("\n")))
        elif kind in OPERANDS:
            if len(rest) < OPERANDS[kind]:
                return
            self.whole(kind, rest)
        else:
            self.output(bytes([MARK]) if self.frame[0] == MARK else bytes([MARK]) + bytes(self.frame))
        self.frame = None

    def whole(self, kind, rest):
        if kind == "o":
            self.source = rest
        elif kind == "e":
            self.found.append(Event(rest[0], rest[1], rest[2] == "+"))
        elif kind == "v":
            self.found.append(View(None if rest == "*" else rest))
        else:
            self.found.append(Quit() if kind == "q" else Panic())
