# SPDX-License-Identifier: Apache-2.0
"""The processes of one run, found by a word in their environment: children of children, and orphans, too."""
import itertools
import os
import pathlib
import signal
import time

WORD = "CORBEL_SYSTEM_TEST"
NUMBERS = itertools.count(1)


def new_mark():
    """No other run has it, of this or another test session."""
    return f"{os.getpid()}-{time.monotonic_ns()}-{next(NUMBERS)}"


def environment(mark, temporary, **more):
    """What ./corbel is started with."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**kept, WORD: mark, "TMPDIR": str(temporary),
            "XDG_RUNTIME_DIR": str(temporary.parent), "TERM": "xterm", **more}


def of(mark, program=""):
    """The living processes of a run whose first word ends with `program`."""
    wanted, found = f"{WORD}={mark}".encode(), []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if wanted in (folder / "environ").read_bytes().split(b"\0") and words[0].endswith(program.encode()):
                found.append(int(folder.name))
        except OSError:
            continue  # another user's, or gone meanwhile
    return found


def emulators(mark):
    return of(mark, "qemu-system-aarch64")


def gone(mark, patience=10):
    """Waits until none is left; those that are."""
    end = time.monotonic() + patience
    while (left := of(mark)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def kill(mark):
    for pid in of(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
