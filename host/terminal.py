# SPDX-License-Identifier: Apache-2.0
"""The user's terminal: raw while the consoles are on it, and as it was afterwards, however we end.

The guard is a second process that outlives us by a moment: when we vanish (kill -9), it ends the emulator,
restores the terminal and removes our temporary folder.
"""
import os
import shutil
import signal
import sys
import termios
import tty

DONE = b"."


class Terminal:
    """On standard input, if that is a terminal."""

    def __init__(self, descriptor=0):
        self.descriptor = descriptor
        self.saved = termios.tcgetattr(descriptor) if os.isatty(descriptor) else None
        self.entered = False

    def __enter__(self):
        self.entered = True
        self.set_raw()
        return self

    def __exit__(self, *_):
        self.entered = False
        self.restore()

    def set_raw(self):
        """Also when we come back to the foreground."""
        if self.saved and self.entered and os.getpgrp() == os.tcgetpgrp(self.descriptor):
            tty.setraw(self.descriptor, termios.TCSANOW)

    def restore(self):
        """Also from the guard, which is in no foreground: SIGTTOU would stop it."""
        if not self.saved:
            return
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            termios.tcsetattr(self.descriptor, termios.TCSANOW, self.saved)
        except (termios.error, OSError):
            pass  # the terminal itself is gone
        signal.signal(signal.SIGTTOU, before)


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


class Guard:
    """Watches us from start to release(). pid: the emulator's, None if there is none; folders may be None."""

    def __init__(self, pid, terminal, *folders):
        reader, self.writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            try:
                self.watch(reader, pid, terminal, folders)
            finally:
                os._exit(0)
        os.close(reader)

    def watch(self, reader, pid, terminal, folders):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)
        os.setsid()
        os.close(self.writer)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        for low, high in ((3, reader), (reader + 1, 256)):
            os.closerange(low, high)
        if os.read(reader, 1) == DONE:
            return
        if pid:
            kill_group(pid)
        terminal.restore()
        for folder in filter(None, folders):
            shutil.rmtree(folder, ignore_errors=True)

    def release(self):
        try:
            os.write(self.writer, DONE)
        except BrokenPipeError:
            pass
        os.close(self.writer)
        os.waitpid(self.process, 0)


class Visit:
    """The terminal raw for a program that only looks on: as it was afterwards, also if a signal ends us."""

    def __init__(self):
        self.terminal = Terminal()

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, lambda number, _: sys.exit(128 + number))
        signal.signal(signal.SIGCONT, lambda *_: self.terminal.set_raw())
        self.guard = Guard(None, self.terminal)
        self.terminal.__enter__()
        return self

    def __exit__(self, *what):
        self.terminal.__exit__(*what)
        self.guard.release()


def wants_colour(stream=sys.stdout):
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
