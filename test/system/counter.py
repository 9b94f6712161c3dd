# SPDX-License-Identifier: Apache-2.0
"""A VM that counts and keeps time while its neighbour does something that must not be noticed."""
import re

# Ctrl-C may come between two commands, where a shell without a trap would go on; and, with job control, when the last
# command has ended but is still the terminal's foreground: then nobody gets it.
COUNT = ("set +m; stop=; trap stop=1 INT; i=0; while [ -z \"$stop\" ]; do i=$((i+1)); read up rest </proc/uptime; "
         "echo count $i $up; sleep 0.3; done; trap - INT; set -m")
PAUSE = 0.3  # seconds between two numbers
# Told when the emulator itself was not scheduled for a while; the same kernel says it on the bare board.
OF_THE_HOST = re.compile(r"hrtimer: interrupt took \d+ ns")


def counted(shell):
    """(number, uptime) of each line."""
    # The kernel may print in the middle of a line: the UART is its and the shell's.
    heard = re.sub(rb"\[ *[\d.]+\] " + OF_THE_HOST.pattern.encode() + rb"\r*\n", b"", shell.heard.all())
    return [(int(number), float(uptime)) for number, uptime in re.findall(rb"^count (\d+) ([\d.]+)\r*\n", heard, re.M)]


def gaps(shell):
    """What came before each number that is missing."""
    numbers = [number for number, _ in counted(shell)]
    wanted = range(1, len(numbers) + 1)
    if numbers == list(wanted):
        return []
    return [shell.heard.all().partition(b"count %d " % (number - 1))[2][:300] for number in sorted({*wanted} - {*numbers})] or [numbers]


def kernel_lines(shell):
    return shell.do("dmesg -r")  # -r: told apart from what the kernel prints meanwhile


def news(before, after):
    """What a kernel has said meanwhile; None if it forgot what it had said."""
    if len(before) <= 100 or after[:len(before)] != before:
        return None
    return [line for line in after[len(before):] if not OF_THE_HOST.search(line)]
