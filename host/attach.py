# SPDX-License-Identifier: Apache-2.0
"""The verb console: one VM's console of a running system, in another terminal than the one that started it."""
import os
import select
import sys

import runs
import terminal
from options import parse
from trouble import INTERRUPTED, Trouble

HELP = """usage: corbel console [RUN] VM

Attaches this terminal to one VM of a system that ./corbel run or ./corbel demo started: shows what it prints, and types
to it, whatever the terminal of the run shows. Ctrl-] detaches; all other keys go to the VM. Without a terminal on
standard input what is piped in is typed, and Ctrl-C detaches.

  RUN       its name, its process number, or both as NAME-PID; may be left out if only one runs
  VM        its name, or its number
  --help    prints this

Exit status: 0 detached, or the system ended; 2 bad usage, or nothing runs; 130 Ctrl-C.
"""
DETACH = 0x1d


def say(sentence, end):
    sys.stderr.write(f"corbel: {sentence}{end}")
    sys.stderr.flush()


def put(data):
    while data:
        data = data[os.write(1, data):]


def ended(link, end):
    say(f"{end}{link.name} has ended", end)


def pump(link, end):
    """Both ways, until the user detaches or the run ends."""
    typing = True
    put(link.received)
    while True:
        ready = select.select([link.socket] + [0] * typing, [], [])[0]
        if link.socket in ready:
            try:
                data = link.socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                return ended(link, end)
            put(data)
        elif 0 in ready:
            data = os.read(0, 1024)
            typing = bool(data)
            before, detach, _ = data.partition(bytes([DETACH]))
            try:
                link.socket.sendall(before)
            except OSError:
                return ended(link, end)
            if detach and sys.stdin.isatty():
                return say(f"{end}detached", end)


def choose(words):
    """The link to the run, and the VM's word."""
    if len(words) == 2:
        return runs.Link(runs.find(words[0])), words[1]
    link = runs.Link(runs.find())
    names = link.ask(ask="vms")["vms"]
    if not words and len(names) != 1:
        raise Trouble(f"console of which VM? {' '.join(names)}")
    return link, words[0] if words else names[0]


def main(words):
    options = parse(words, {}, 2)
    if options.help:
        print(HELP, end="")
        return 0
    link, word = choose(options.words)
    try:
        vm = link.ask(ask="attach", vm=word)["attached"]
        end = "\r\n" if sys.stdin.isatty() else "\n"
        say(f"attached to {vm} of {link.name}" + ("; Ctrl-] detaches" if sys.stdin.isatty() else ""), "\n")
        with terminal.Visit():
            pump(link, end)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        pass  # nobody reads us any more
    finally:
        link.close()
    return 0
