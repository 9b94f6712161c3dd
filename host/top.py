# SPDX-License-Identifier: Apache-2.0
"""The verb top: what every vCPU of a running system does, refreshed in place each second."""
import json
import os
import select
import sys
import time

import counters
import runs
import terminal
from options import parse
from trouble import INTERRUPTED

HELP = """usage: corbel top [RUN] [--json]

Shows what the vCPUs of a system that ./corbel run or ./corbel demo started do: how much of the time each ran, what
was stolen from it, its interrupts and its exits by cause. Refreshed each second; q quits. Without a terminal the
table is printed once.

  RUN       its name, its process number, or both as NAME-PID; may be left out if only one runs
  --json    prints one second, with every counter, for programs (doc/watch.md)
  --help    prints this

Exit status: 0, 1 the system ended or does not answer, 2 bad usage or nothing runs, 130 Ctrl-C.
"""
INTERVAL = 1.0
HEAD = f"{'VM':14}{'vCPU':>4}{'CPU':>4}  {'state':9}{'run %':>6}{'stolen %':>9}{'irq/s':>8}{'exits/s':>9}  by cause"
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
HOME, LINE_END, REST = "\x1b[H", "\x1b[K", "\x1b[J"
QUIT = b"q\x03"  # in a raw terminal Ctrl-C is a key


def look(link):
    return counters.parse(link.ask(ask="counters")["lines"])


def rate(number):
    return f"{number:.0f}" if number >= 10 or number == 0 else f"{number:.1f}"


def vcpu_row(vm, vcpu):
    causes = sorted(vcpu["exits"].items(), key=lambda item: -item[1]["per_second"])
    text = " ".join(f"{name} {rate(cause['per_second'])}" for name, cause in causes if cause["per_second"])
    state = vcpu["power"] if vm["state"] == "running" else vm["state"]
    interrupts, exits = rate(vcpu["interrupts_per_second"]), rate(vcpu["exits_per_second"])
    return (f"{vm['name'][:13]:14}{vcpu['index']:4}{vcpu['cpu']:4}  {state:9}{vcpu['ran_percent']:6.1f}"
            f"{vcpu['stolen_percent']:9.1f}{interrupts:>8}{exits:>9}  {text}")


def table(name, found):
    """Its lines; the second is the head."""
    yield f"{name}: {found['seconds']:.1f} s since power-on"
    yield HEAD
    for vm in found["vms"]:
        for vcpu in vm["vcpus"]:
            yield vcpu_row(vm, vcpu).rstrip()


def show(lines, colour):
    """The whole screen, each line cut to its width."""
    width, height = os.get_terminal_size(1)
    lines = [line[:width] for line in [*lines, "", "q quits"]][:height]
    if colour:
        lines[1:2] = [f"\x1b[7m{lines[1]}\x1b[0m"]
    sys.stdout.write(HOME + "\r\n".join(line + LINE_END for line in lines) + REST)
    sys.stdout.flush()


def key_within(seconds):
    """Whether the user quits before so many seconds are over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([0], [], [], left)[0]:
            data = os.read(0, 64)
            if not data or any(key in QUIT for key in data):
                return True
    return False


def live(link):
    colour, before = terminal.wants_colour(), look(link)
    interval = 0.2  # the first picture comes soon
    while not key_within(interval):
        after = look(link)
        show(table(link.name, counters.between(before, after)), colour)
        before, interval = after, INTERVAL


def once(link):
    before = look(link)
    time.sleep(INTERVAL)
    return counters.between(before, look(link))


def interactive(link):
    """In a screen of its own; the terminal is as it was afterwards, however we end."""
    with terminal.Visit():
        sys.stdout.write(ENTER)
        sys.stdout.flush()
        try:
            live(link)
        finally:
            sys.stdout.write(LEAVE)
            sys.stdout.flush()


def main(words):
    options = parse(words, {"--json": ("json", "flag")}, 1)
    if options.help:
        print(HELP, end="")
        return 0
    link = runs.Link(runs.find(*options.words))
    try:
        if options.json:
            print(json.dumps({"run": link.name, **once(link)}, indent=2))
        elif sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            interactive(link)
        else:
            print("\n".join(table(link.name, once(link))))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        link.close()
    return 0
