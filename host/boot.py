# SPDX-License-Identifier: Apache-2.0
"""The start of the hypervisor, from power-on to the first instruction of a VM with 64 MiB on a machine with one CPU.

Scrubbing and copying cost by the byte, so what a MiB of each costs is told by a run with more of it, and taken
off: what is left would be the same for a VM without memory and without an image.
"""
import re
import tempfile

import build
import emulator
from trouble import Trouble
from yardstick import Figure

MIB = 1 << 20
MEMORY = 64
STARTS = re.compile(r"^(\S+) starts, (\d+)\.(\d{9}) s after power-on", re.M)


def starts(text, name):
    """When a VM started, each time, in nanoseconds: instructions."""
    return [int(seconds) * 10**9 + int(nanoseconds) for who, seconds, nanoseconds in STARTS.findall(text) if who == name]


def start(machine, image, memory):
    """Instructions until a VM of so many MiB starts."""
    vm = emulator.vm("bench", image, cpus=1, memory=memory * MIB)
    found = starts(machine.corbel([vm], ram=512 * MIB).hypervisor, "bench")
    if not found:
        raise Trouble(f"{machine.model}: the hypervisor did not say when its VM starts", 1)
    return found[0]


def once(value):
    return Figure(value, value, 1)


def measure(model, image):
    """{row: figure}"""
    machine = emulator.Emulator(model, cpus=1)
    size = image.stat().st_size
    with tempfile.NamedTemporaryFile(prefix="corbel-") as padded:
        padded.write(image.read_bytes() + bytes(MIB))
        padded.flush()
        usual, more, larger = start(machine, image, MEMORY), start(machine, image, MEMORY + 64), \
            start(machine, padded.name, MEMORY)
    scrub, copy = (more - usual) // 64, larger - usual
    return {"boot": once(usual - MEMORY * scrub - copy * size // MIB), "boot_scrub": once(scrub), "boot_copy": once(copy),
            "image": once((build.BUILD / "corbel.img").stat().st_size)}
