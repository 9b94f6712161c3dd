#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's figures, measured: `make figures`. Instruction counts repeat exactly; seconds are of this machine."""
import os
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("src/lib", "src/machine", "src/monitor", "src/virtual", "host", "tools", "test")
CODE = (".c", ".h", ".S", ".def", ".py", ".sh", ".lds", "")


def lines_of(folder):
    """Lines that are neither blank nor nothing but a comment, of the files that git knows."""
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    count = 0
    for name in listed.splitlines():
        path = ROOT / name
        if path.suffix in CODE and path.is_file():
            text = re.sub(r"/\*.*?\*/", "", path.read_text(errors="replace"), flags=re.S)
            count += sum(1 for line in text.splitlines() if line.strip() and not re.match(r"\s*(#(?!\w+)|//)", line))
    return count


def start_in_instructions(memory):
    """One CPU, one tiny VM, one instruction a nanosecond: the time of its start is a count of instructions."""
    run = subprocess.run([ROOT / "corbel", "run", "--icount", "--smp", "1", "--timeout", "120", "--vm", "a", "--kernel",
                          ROOT / "build/guest-tests/hypercall.img", "--memory", memory],
                         capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    seconds, nanoseconds = re.search(r"starts, (\d+)\.(\d{9}) s after power-on", run.stdout).groups()
    return int(seconds) * 10**9 + int(nanoseconds)


def seconds_to_shell():
    """From the command to the first VM's shell, on this machine."""
    begin = time.monotonic()
    run = subprocess.Popen([ROOT / "corbel", "run", "--timeout", "300", ROOT / "vms/demo.dts"], cwd=ROOT / "build/guest",
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
    try:
        for line in run.stdout:
            if "Welcome to" in line:
                return time.monotonic() - begin
    finally:
        run.terminate()
        run.wait()
    raise SystemExit("figures: no VM reached its shell")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.split(':')[1].strip()}, {os.cpu_count()} CPUs"
    return f"{os.cpu_count()} CPUs"


def main():
    sizes = {path: (ROOT / path).stat().st_size for path in ("build/corbel.img",)}
    print(f"image                        {sizes['build/corbel.img']:>12,} bytes")
    for folder in FOLDERS:
        print(f"lines of {folder:<19} {lines_of(folder):>12,}")
    small, large = start_in_instructions("64M"), start_in_instructions("128M")
    print(f"power-on to a 64 MiB VM      {small:>12,} instructions, scrubbing included")
    print(f"each further MiB of it       {(large - small) // 64:>12,} instructions")
    print(f"command to the first shell   {seconds_to_shell():>12.1f} s (two VMs on {processor()})")


main()
