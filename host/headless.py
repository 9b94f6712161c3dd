# SPDX-License-Identifier: Apache-2.0
"""The demo without a user: in every VM at once /demo, reboot, /demo again, poweroff.

Types as a user would, through Ctrl-] and a digit. One VM is typed to at a time: what the hypervisor has not
delivered is dropped when another is attached, so the next waits until the text has come back as an echo.
"""
import re
import time

import frames

ESCAPE = b"\x1d"
ECHO_PATIENCE, PULSE = 10.0, 0.2
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r")

# What is typed, and what must come next: text with NAME in it, or an event's letter.
STEPS = (
    ("its first shell", None, rb"NAME:\S*# "),
    ("its first /demo", b"/demo", rb"^demo: NAME: (?:all well|FAILED: [^\n]*)\n"),
    ("its prompt after /demo", None, rb"NAME:\S*# "),
    ("its reboot", b"reboot", "r"),
    ("its second shell", None, rb"NAME:\S*# "),
    ("its second /demo", b"/demo", rb"^demo: NAME: (?:all well|FAILED: [^\n]*)\n"),
    ("its prompt after the second /demo", None, rb"NAME:\S*# "),
    ("its power-off", b"poweroff", "o"),
)


class Guest:
    """How far one VM has got."""

    def __init__(self, source, name):
        self.source, self.name = source, name
        self.step = 0
        self.text = b""  # printed since the step began
        self.typed = False

    def done(self):
        return self.step == len(STEPS)

    def next(self):
        self.step += 1
        self.typed = False

    def take(self, expected):
        """What matches, and all before it, is taken from the text."""
        self.text = CONTROL.sub(b"", self.text)
        found = re.search(expected.replace(b"NAME", re.escape(self.name.encode())), self.text, re.M)
        if found:
            self.text = self.text[found.end():]
        return found


class Headless:
    def __init__(self, names, clock=time.monotonic):
        self.guests = {chr(65 + i): Guest(chr(65 + i), name) for i, name in enumerate(names)}
        self.clock = clock
        self.typing = None  # the guest that is typed to
        self.attached = None
        self.sent_at = None
        self.failed = None

    # --- what is heard ---

    def hear(self, frame, session):
        if isinstance(frame, frames.View):
            self.attached = frame.source
        guest = self.guests.get(getattr(frame, "source", None))
        if guest is None or guest.done() or self.failed:
            return
        if isinstance(frame, frames.Output):
            guest.text = (guest.text + frame.data)[-1 << 16:]
            self.advance(guest, session)
        elif isinstance(frame, frames.Event) and frame.what != "s":
            what, _, expected = STEPS[guest.step]
            if frame.what == expected:
                guest.text = b""
                self.next(guest, session)
            else:
                self.fail(session, f"{guest.name} waited for {what}, but it "
                                   f"{dict(r='reset itself', o='powered off', c='crashed', w='was bitten by its watchdog').get(frame.what, 'ended')}")

    def advance(self, guest, session):
        while not guest.done() and not self.failed:
            _, text, expected = STEPS[guest.step]
            if isinstance(expected, str) or (text and not guest.typed):
                return
            found = guest.take(expected)
            if not found:
                return
            if b"FAILED" in found[0]:
                return self.fail(session, found[0].decode(errors="replace").strip())
            self.next(guest, session)

    def next(self, guest, session):
        if "prompt" not in STEPS[guest.step][0]:
            session.screen.say(f"{guest.name}: {STEPS[guest.step][0]}: well")
        guest.next()
        if self.typing is guest:
            self.typing = None

    def fail(self, session, sentence):
        self.failed = self.failed or sentence
        session.end(1)

    # --- what is typed ---

    def tick(self, session):
        """Called between events; the seconds after which to call again."""
        if self.typing:
            self.type_on(session)
        if not self.typing:
            self.typing = next((g for g in self.guests.values()
                                if not g.done() and STEPS[g.step][1] and not g.typed), None)
            if self.typing:
                session.type(ESCAPE + str(ord(self.typing.source) - 64).encode())
                self.attached, self.sent_at = None, None
        return PULSE if self.typing else None

    def type_on(self, session):
        guest, text = self.typing, STEPS[self.typing.step][1]
        if not guest.typed and self.attached == guest.source:
            guest.text, guest.typed, self.sent_at = b"", True, self.clock()
            session.type(text + b"\r")
        elif guest.typed and (text in guest.text or self.clock() - self.sent_at > ECHO_PATIENCE):
            self.typing = None

    # --- the end ---

    def report(self, status):
        """(exit status, lines): 0 only if every guest has done everything."""
        lines = [f"{guest.name} " + ("has done everything" if guest.done() else f"got as far as waiting for {STEPS[guest.step][0]}")
                 for guest in self.guests.values()]
        if self.failed:
            lines.append(self.failed)
        everything = all(guest.done() for guest in self.guests.values()) and not self.failed
        return (status if everything else status or 1), lines
