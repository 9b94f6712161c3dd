# SPDX-License-Identifier: Apache-2.0
"""What the user sees: all consoles line by line behind their names, or one console raw.

A line is shown whole; an unfinished one (a prompt) once its VM has been silent for a moment (without a terminal: for long). When others have
printed meanwhile, the unfinished line is shown again from its start.
"""
import re
import time

import frames

SILENCE = 0.05
# Without a terminal nobody waits for a prompt, and a program that reads would count a line that is shown again twice.
PATIENCE = 2.0
LONG = 4096
COLOURS = "6253146"  # as in src/monitor/console.c
# A terminal would answer these, and the answer would go to whichever VM is typed to.
QUERY = re.compile(rb"\x1b\[\??[0-9;]*n|\x1b\[[>=]?[0-9;]*c")


class Line:
    """The unfinished line of a source: its text, and how much of it stands on the screen."""

    def __init__(self):
        self.text = b""
        self.shown = 0
        self.since = None  # when its last byte came, if not all of it is shown


class Screen:
    """put: writes bytes. raw: the terminal is in raw mode, so a line ends with CR LF."""

    def __init__(self, put, raw=False, colour=False, clock=time.monotonic):
        self.put, self.colour, self.clock = put, colour, clock
        self.end = b"\r\n" if raw else b"\n"
        self.silence = SILENCE if raw else PATIENCE
        self.raw = raw
        self.names, self.lines = {frames.HYPERVISOR: "corbel"}, {}
        self.owner = None     # whose unfinished line the cursor is in
        self.attached = None  # the source that is shown raw

    def name(self, source):
        return self.names.get(source) or f"vm{ord(source) - 64}"

    def prefix(self, source):
        text = f"{self.name(source)} | ".encode()
        if not self.colour:
            return text
        digit = "7" if source == frames.HYPERVISOR else COLOURS[(ord(source) - 64) % len(COLOURS)]
        return f"\x1b[3{digit}m".encode() + text[:-1] + b"\x1b[0m "

    def line(self, source):
        return self.lines.setdefault(source, Line())

    def write(self, source, data):
        line = self.line(source)
        if source == self.attached:
            self.put(data)
            line.text = (line.text + data).rpartition(b"\n")[2][-LONG:]
            self.owner, line.shown = source if line.text else None, len(line.text)
            return
        line.text = QUERY.sub(b"", line.text + data)
        line.shown = min(line.shown, len(line.text))
        *whole, rest = line.text.split(b"\n")
        for text in whole:
            line.text = text.rstrip(b"\r")
            line.shown = min(line.shown, len(line.text))
            self.show(source, True)
        line.text = rest
        if len(rest) > LONG:
            self.show(source, True)
        elif self.owner == source and not self.attached:
            self.show(source, False)
        line.since = self.clock() if line.shown < len(line.text) else None

    def show(self, source, finished):
        """Brings the source's line onto the screen; behind it comes the next line if it is finished."""
        line = self.line(source)
        if not self.attached or source == frames.HYPERVISOR:
            if self.owner != source:
                self.leave()
                self.put(self.prefix(source))
                line.shown = 0
            self.put(self.clean(source, line.text[line.shown:]))
            self.owner = source
            if finished:
                self.put(self.end)
                self.owner = None
        line.shown, line.since = len(line.text), None
        if finished:
            line.text, line.shown = b"", 0

    def clean(self, source, text):
        """A guest that returns to the start of its line finds its prefix there, and leaves it."""
        return text.replace(b"\r", b"\r" + self.prefix(source) if self.raw else b"")

    def leave(self):
        """Ends the unfinished line that the cursor is in."""
        if self.owner is not None:
            self.put(self.end)
            self.owner = None

    def tick(self):
        """Shows unfinished lines that have waited; the seconds to the next tick, or None."""
        now = self.clock()
        waiting = [(line.since + self.silence, source) for source, line in self.lines.items() if line.since is not None]
        for due, source in sorted(waiting):
            if due > now:
                return due - now
            self.show(source, False)
        return None

    def view(self, source):
        """Shows one source raw, or (None) all."""
        self.leave()
        self.attached = source
        if source is not None:
            line = self.line(source)
            self.put(line.text)
            self.owner, line.shown, line.since = source if line.text else None, len(line.text), None

    def say(self, sentence):
        """A line of our own."""
        self.leave()
        self.put(f"corbel: {sentence}".encode() + self.end)

    def finish(self):
        for source, line in sorted(self.lines.items()):
            if line.since is not None:
                self.show(source, False)
        self.leave()
