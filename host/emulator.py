# SPDX-License-Identifier: Apache-2.0
"""Kernels that run to their end, on the bare board or as guests of Corbel, under the deterministic clock
(qemu.DETERMINISTIC): one instruction is one nanosecond, and the same run prints the same bytes on any machine."""
import collections
import os
import pathlib
import signal
import subprocess
import tempfile
import threading

import description
import frames
import options
import plugin
import qemu
from trouble import Trouble, unknown
from yardstick import broken

# As --model and QEMU call them: the richest model, and one without anything newer than Armv8.0.
MODELS = ("max", "cortex-a72")
TIMEOUT = 300

running = set()  # machines, of all threads

Printed = collections.namedtuple("Printed", "hypervisor vms ended")  # vms: {name: text}; ended: names, in their order


def end_all():
    """Ends the machines of all threads: we are to end ourselves."""
    for process in list(running):
        process.kill()


def model(word):
    """The model of --model, which may come with its properties."""
    name = word.partition(",")[0]
    if name not in MODELS:
        raise unknown("model", word, MODELS)
    return name


def vm(name, kernel, **properties):
    """A VM as --vm would describe it."""
    found = options.empty({"--vm": ("name", "text"), **options.VM})
    vars(found).update(name=name, kernel=str(kernel), **properties)
    return found


def capture(line, who, timeout=TIMEOUT, until=None):
    """What a machine prints until it powers off, or until until(what it printed) says that it is enough."""
    process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.add(process)
    late = threading.Event()
    timer = threading.Timer(timeout, lambda: (late.set(), process.kill()))
    timer.start()
    try:
        printed = listen(process, until)
    finally:
        timer.cancel()
        process.kill()
        complaint = process.communicate()[1].decode(errors="replace").strip()
        running.discard(process)
    if late.is_set():
        raise broken(who, f"no end within {timeout} s", printed.decode("latin-1"))
    if process.returncode not in (0, -signal.SIGTERM):  # we may have asked before it could listen
        raise Trouble(f"{who}: QEMU ended with status {process.returncode}: {complaint}", 1)
    return printed


def listen(process, until):
    """What it prints until it ends, or is ended because until() has seen enough."""
    printed = bytearray()
    while chunk := os.read(process.stdout.fileno(), 1 << 16):
        printed += chunk
        if until and until(bytes(printed)):
            process.terminate()  # so that a plugin still writes its report
            process.stdout.read()
            break
    process.wait()
    return bytes(printed)


def existing(path):
    if not pathlib.Path(path).is_file():
        raise Trouble(f"there is no {path}", 1)
    return str(path)


class Emulator:
    """shift: how long an instruction takes under Corbel, as a power of two in nanoseconds; the longer, the sooner a guest's
    waits are over. board: of boards/, under Corbel."""

    def __init__(self, model_name, cpus=2, timeout=TIMEOUT, shift=0, board=None):
        self.model, self.cpus, self.timeout, self.shift, self.board = model_name, cpus, timeout, shift, board

    def cpu(self):
        return qemu.cpu_words(["-cpu", self.model], self.model, True)

    def native(self, kernel, memory="64M", until=None, **words):
        """What a kernel prints on the bare board, at EL1, up to the end or until until(it); words: QEMU's -initrd, -append."""
        line = [qemu.QEMU, "-M", "virt,gic-version=3", *self.cpu(), "-smp", str(self.cpus), "-m", memory, *qemu.CONSOLE,
                "-kernel", existing(kernel), *qemu.DETERMINISTIC]
        for word, value in words.items():
            line += [f"-{word}", str(value)]
        enough = until and (lambda data: until(data.decode("latin-1")))
        return capture(line, f"{self.model}, native", self.timeout, enough).decode("latin-1")

    def corbel(self, vms, ram=None, until=None, counts=None, profile=None, image=qemu.IMAGE, period=None):
        """What the hypervisor and each of its guests print, up to the end or until until(it).

        counts, profile: where the plugin's reports of what executed go, of all and by function, and period: the call that ends
        one (plugin.py); image: the hypervisor's.
        """
        who, names = f"{self.model}, Corbel", [each.name for each in vms]
        for each in vms:
            existing(each.kernel)
        with tempfile.TemporaryDirectory(prefix="corbel-") as place:
            folder = pathlib.Path(place)
            system = folder / "system.dts"
            system.write_text(description.write(vms, folder))
            machine = options.empty(options.MACHINE)
            vars(machine).update(board=self.board, cpu=self.model, smp=self.cpus, ram=ram, icount=True)
            line = qemu.Machine(machine, description.compile_tree(system, folder / "system.dtb"), image).line
            line[line.index("-icount") + 1] = f"shift={self.shift},sleep=off"
            line += plugin.words(counts, profile, image.with_suffix(".elf"), period) if counts else []
            enough = until and (lambda data: until(unframed(data, names, who)))
            return unframed(capture(line, who, self.timeout, enough), names, who)


def is_the_end(frame):
    """Of a VM, by a fault."""
    return isinstance(frame, frames.Event) and frame.what in frames.FAULTS and not frame.again


def unframed(data, names, who):
    """The framed console taken apart; Trouble if a guest crashed for good or the hypervisor gave up."""
    text = {chr(ord("A") + number): "" for number in range(len(names))} | {frames.HYPERVISOR: ""}
    ended = []
    for frame in frames.Parser().feed(data):
        if isinstance(frame, frames.Output):
            text[frame.source] += frame.data.decode("latin-1")
        elif isinstance(frame, frames.Panic) or is_the_end(frame):
            raise broken(who, "it crashed", data.decode("latin-1"))
        elif isinstance(frame, frames.Event) and frame.what == "o":
            ended.append(names[ord(frame.source) - ord("A")])
    return Printed(text.pop(frames.HYPERVISOR), dict(zip(names, text.values())), ended)
