# SPDX-License-Identifier: Apache-2.0
"""The start of the hypervisor, the reset of a guest and its restart after a fault, each up to the guest's first instruction, for a VM with
64 MiB on a machine with one CPU.

Scrubbing and copying cost by the byte, so what a MiB of each costs is told by a run with more of it, and taken
off: what is left would be the same for a VM without memory and without an image.
"""
import pathlib
import re
import tempfile

import build
import emulator
import plugin
from yardstick import Figure, broken, words

MIB = 1 << 20
MEMORY, MORE = 64, 64
TAKES = re.compile(r"^Corbel takes (\d+) KiB of memory", re.M)
STARTS = re.compile(r"^(\S+) starts, (\d+)\.(\d{9}) s after power-on", re.M)


def starts(text, name):
    """When a VM started, each time, in nanoseconds: instructions."""
    return [int(seconds) * 10**9 + int(nanoseconds) for who, seconds, nanoseconds in STARTS.findall(text) if who == name]


class Lives:
    """What is known of a guest that is started with the boot word bench=reset, and resets itself again and again:
    when each of its lives began, and when each asked for its end, in instructions since power-on."""

    def __init__(self, printed):
        origins = starts(printed.hypervisor, "bench")  # each life's counter begins at 0
        said = [word.split() for word in words(printed.vms["bench"])]
        self.began = self.when(origins, said, "alive")
        self.asked = self.when(origins, said, "reset")

    @staticmethod
    def when(origins, said, word):
        counts = [int(each[1]) for each in said if each[0] == word]
        return [origin + count for origin, count in zip(origins, counts)]


def lives(machine, image, memory, end="reset", **reports):
    """The first two lives of a VM of so many MiB: (instructions to the first, from one's last to the other's first)."""
    vm = emulator.vm("bench", image, cpus=1, memory=memory * MIB, append=f"bench={end}", restart="on-crash")
    printed = machine.corbel([vm], ram=512 * MIB, until=lambda now: len(Lives(now).began) == 2, **reports)
    found = Lives(printed)
    if len(found.began) < 2 or not found.asked:
        raise broken(f"{machine.model}, Corbel", f"the guest's {end} did not start it again", printed.hypervisor + printed.vms["bench"])
    return found.began[0], found.began[1] - found.asked[0]


def within_libfdt(profile):
    """Instructions of the start that a profile saw in libfdt, and in memchr(), which nobody else calls."""
    return sum(count for function, count in plugin.profile(profile)["boot"].items() if re.match(r"fdt_|memchr$", function))


def once(value):
    return Figure(value, value, 1)


def taken(model, image):
    """Bytes of memory that the hypervisor says it takes with two VMs of one vCPU on 2 GiB."""
    vms = [emulator.vm(name, image, cpus=1, memory=MEMORY * MIB, append="bench=reset") for name in ("bench", "other")]
    printed = emulator.Emulator(model, cpus=2).corbel(vms, ram=2048 * MIB, until=lambda now: TAKES.search(now.hypervisor))
    return int(TAKES.search(printed.hypervisor)[1]) * 1024


def measure(model, image):
    """{row: figure}"""
    machine = emulator.Emulator(model, cpus=1)
    size = image.stat().st_size
    plugin.prepare()
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        padded, counts, profile = (pathlib.Path(place) / name for name in ("padded", "counts", "profile"))
        padded.write_bytes(image.read_bytes() + bytes(MIB))
        usual = lives(machine, image, MEMORY, counts=counts, profile=profile)
        roomy, large = lives(machine, image, MEMORY + MORE), lives(machine, padded, MEMORY)
        recover = lives(machine, image, MEMORY, end="fault")[1]
        libfdt = within_libfdt(profile)
    scrub = [(after - before) // MORE for before, after in zip(usual, roomy)]
    copy = [after - before for before, after in zip(usual, large)]
    boot, reset = (whole - MEMORY * scrubbed - copied * size // MIB for whole, scrubbed, copied in zip(usual, scrub, copy))
    return {"boot": once(boot), "boot_outside": once(boot - libfdt), "reset": once(reset), "recover": once(recover),
            "boot_scrub": once(scrub[0]), "boot_copy": once(copy[0]),
            "memory": once(taken(model, image)), "image": once((build.BUILD / "corbel.img").stat().st_size)}
