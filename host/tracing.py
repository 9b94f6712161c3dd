# SPDX-License-Identifier: Apache-2.0
"""The verb trace: what the CPUs of a system did last, as text or for a viewer of timelines."""
import json
import os
import pathlib
import sys

import perfetto
import records
import runs
from options import parse
from trouble import INTERRUPTED, Trouble

HELP = """usage: corbel trace [FILE|RUN] [--json FILE] [--save FILE]

Prints what the CPUs of a system did last, a line per exit: of one that runs, of a file that --save wrote, or of a raw
dump of a machine's memory that holds the rings (QEMU's monitor: pmemsave, dump-guest-memory).

  RUN          its name, its process number, or both as NAME-PID; may be left out if only one runs
  --json FILE  writes it for ui.perfetto.dev and chrome://tracing; - is standard output
  --save FILE  keeps it as it is, to be looked at later
  --help       prints this

Exit status: 0, 1 the system ended or does not answer, 2 bad usage, a bad file, or nothing runs.
"""


def from_run(word, save):
    link = runs.Link(runs.find(word))
    try:
        lines = link.ask(ask="trace")["lines"]
    finally:
        link.close()
    if save:
        records.save(save, lines)
    return records.from_report(lines)


def write_json(trace, path):
    text = json.dumps(perfetto.document(trace))
    if path == "-":
        print(text)
        return
    try:
        pathlib.Path(path).write_text(text)
    except OSError as error:
        raise Trouble(f"--json {path}: {error.strerror}") from None


def main(words):
    options = parse(words, {"--json": ("json", "text"), "--save": ("save", "text")}, 1)
    if options.help:
        print(HELP, end="")
        return 0
    word = options.words[0] if options.words else None
    if word and os.path.exists(word):
        if options.save:
            raise Trouble("--save keeps the trace of a run; this one is in a file already")
        trace = records.load(word)
    else:
        if word and "/" in word:
            raise Trouble(f"{word}: no such file")
        trace = from_run(word, options.save)
    try:
        if options.json:
            write_json(trace, options.json)
        elif not options.save:
            for line in records.text(trace):
                print(records.printable(line))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # head has seen enough
    return 0
