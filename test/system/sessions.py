# SPDX-License-Identifier: Apache-2.0
"""Runs of ./corbel (or of QEMU itself) that a test watches and types to: with pipes, or on a terminal.

PATIENCE is how long anything may take before a test gives up: nothing is measured by it, and a machine may be slow.
"""
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pexpect

import processes

ROOT = pathlib.Path(__file__).resolve().parents[2]
FRONT = ROOT / "corbel"
GUEST = ROOT / "build/guest"
PATIENCE = 150
ESCAPE = b"\x1d"
# A line of the kernel on its console, between lines of the shell.
KERNEL_LINE = re.compile(rb"^\[ *\d+\.\d{6}\] ")
# Told when the emulator itself was not scheduled for a while, on the bare board too, and wherever a line is just then; but
# not of `dmesg -r`, which is asked for the kernel's lines.
OF_THE_HOST = re.compile(rb"(?<!>)\[ *\d+\.\d{6}\] hrtimer: interrupt took \d+ ns\r*\n")
NUMBERS = itertools.count(1)


class Follower:
    """A file that grows: waits for what a pattern describes, from where the last match ended."""

    def __init__(self, path, alive=lambda: True):
        self.path, self.alive, self.at = pathlib.Path(path), alive, 0

    def all(self):
        return OF_THE_HOST.sub(b"", self.path.read_bytes()) if self.path.exists() else b""

    def expect(self, pattern, patience=PATIENCE):
        end = time.monotonic() + patience
        while True:
            alive = self.alive()
            data = self.all()
            found = re.search(pattern, data[self.at:], re.M | re.S)
            if found:
                self.at += found.end()
                return found
            assert alive, f"it ended before {pattern!r}; its last words: {data[-1500:].decode(errors='replace')}"
            assert time.monotonic() < end, f"no {pattern!r} came; the last was: {data[-1500:].decode(errors='replace')}"
            time.sleep(0.05)


class Run:
    """A program with pipes and files instead of a terminal. `logs`: the folder for --log, if it was given."""

    def __init__(self, folder, line, cwd=None, logs=None, **environment):
        self.folder, self.logs = pathlib.Path(folder), logs
        self.temporary = self.folder / "temporary files"
        self.temporary.mkdir(parents=True)
        self.mark = processes.new_mark()
        self.output, self.errors = self.follow("output"), self.follow("errors")
        with open(self.output.path, "wb") as output, open(self.errors.path, "wb") as errors:
            self.process = subprocess.Popen([str(word) for word in line], stdin=subprocess.PIPE, stdout=output, stderr=errors,
                                            cwd=cwd, bufsize=0, start_new_session=True,
                                            env=processes.environment(self.mark, self.temporary, **environment))

    def follow(self, name):
        return Follower(self.folder / name, lambda: self.process.poll() is None)

    def log(self, name):
        return Follower(self.logs / f"{name}.log", lambda: self.process.poll() is None)

    def type(self, data):
        self.process.stdin.write(data)

    def ask(self, **words):
        """As a program does: by the run's control socket, whose path may be too long for an address."""
        folder, = self.temporary.parent.glob("corbel-*/*")
        at = os.open(folder, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"/proc/self/fd/{at}/control")
            os.close(at)
            client.sendall(json.dumps(words).encode() + b"\n")
            return json.loads(client.makefile().readline())

    def signal(self, number):
        """As a terminal would: to all of the foreground."""
        os.killpg(self.process.pid, number)

    def wait(self, patience=PATIENCE):
        """The exit status. No process may be left."""
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it never ended; its last words: {self.text()[-1500:]}") from None
        left = processes.gone(self.mark)
        assert not left, f"processes {left} outlived ./corbel"
        return status

    def text(self):
        return self.output.all().decode(errors="replace")

    def complaint(self):
        return self.errors.all().decode(errors="replace")

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        processes.kill(self.mark)
        self.process.wait()
        self.process.stdin.close()


class Terminal:
    """./corbel as a user types it into a shell on a terminal."""

    def __init__(self, folder, *words, **environment):
        self.temporary = pathlib.Path(folder) / "temporary files"
        self.temporary.mkdir(parents=True)
        self.mark = processes.new_mark()
        self.shell = pexpect.spawn("/bin/sh", env=processes.environment(self.mark, self.temporary, PS1="$ ", **environment),
                                   timeout=PATIENCE, dimensions=(50, 200))
        self.shell.sendline("stty sane; stty -g; echo BEF''ORE")
        self.saved = self.expect(rb"([0-9a-f:]{20,})\r\nBEFORE")[1]
        line = " ".join(f"'{word}'" for word in (FRONT, *words))
        self.shell.sendline(f"{line}; echo STAT''US=$?; stty -g; echo AFT''ER")
        self.expect(rb"AFT''ER\r\n")

    def type(self, data):
        self.shell.send(data)

    def expect(self, pattern, patience=PATIENCE):
        try:
            self.shell.expect(b"(?ms)" + pattern, timeout=patience)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f"no {pattern!r} came; the last was: "
                                 f"{self.shell.before[-1500:].decode(errors='replace')}") from error
        return self.shell.match

    def before(self):
        """What came before the last match."""
        return self.shell.before

    def silence(self, seconds=1):
        """What comes in so many seconds."""
        self.shell.expect([pexpect.TIMEOUT], timeout=seconds)
        found, self.shell.buffer = self.shell.before, b""
        return found

    def wait(self):
        """The exit status. The terminal must be as it was, and no process left but the shell."""
        status = int(self.expect(rb"STATUS=(\d+)\r\n")[1])
        assert self.expect(rb"([0-9a-f:]{20,})\r\nAFTER")[1] == self.saved, "the terminal was not restored"
        self.shell.sendline("exit")
        self.shell.expect(pexpect.EOF)
        self.shell.close()
        left = processes.gone(self.mark)
        assert not left, f"processes {left} outlived ./corbel"
        return status

    def close(self):
        processes.kill(self.mark)
        self.shell.close(force=True)


class Shell:
    """A shell of a guest: `console` types and `heard` is where its output comes."""

    def __init__(self, console, heard, name):
        self.console, self.heard, self.name = console, heard, name

    def prompt(self):
        self.heard.expect(rb"%s:\S+# " % self.name.encode())

    def start(self, command):
        """Types a command, after which the console is the command's."""
        self.console.type(command.encode() + b"\r")

    def do(self, command, patience=PATIENCE):
        """What a command prints, in lines; the kernel's own are left out."""
        number = next(NUMBERS)
        self.start(f"echo '<'{number}; {command}; echo '>'{number}")
        found = self.heard.expect(rb"^<%d\r*\n(.*?)>%d\r*\n" % (number, number), patience)[1]
        self.prompt()
        lines = found.replace(b"\r", b"").splitlines()
        return [line.decode(errors="replace") for line in lines if not KERNEL_LINE.match(line)]

    def number(self, command):
        return float(self.do(command)[-1])
