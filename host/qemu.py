# SPDX-License-Identifier: Apache-2.0
"""The line that starts QEMU: a board (boards/), what the user asked for, and what the VMs need."""
import pathlib
import shlex
import socket
import subprocess

import description
from trouble import Trouble, amount, nearest, unknown

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMAGE = ROOT / "build/corbel.img"
QEMU = "qemu-system-aarch64"
MIB = 1 << 20
# QEMU places the description 128 MiB into memory; the hypervisor and the board's tree lie before it.
ROOM, STEP = 192 * MIB, 64 * MIB
# One instruction is one nanosecond of every clock, on one host thread; nothing comes from the host's clock or chance.
DETERMINISTIC = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-seed", "1",
                 "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
CONSOLE = ["-display", "none", "-monitor", "none", "-nodefaults", "-chardev", "stdio,id=con,signal=off",
           "-serial", "chardev:con"]
# What the hypervisor and the loader keep for themselves at the least: see pool_plan.c.
OWN = 8 * MIB


def boards():
    return sorted(path.name for path in (ROOT / "boards").iterdir() if path.is_file())


def board_words(name):
    if name not in boards():
        raise unknown("board", name, boards())
    lines = (ROOT / "boards" / name).read_text().splitlines()
    return shlex.split(" ".join(line for line in lines if not line.startswith("#")))


def models(board):
    """The CPU models that QEMU has for a board."""
    run = subprocess.run([QEMU, *board, "-cpu", "help"], capture_output=True, text=True)
    return [word.split()[0] for word in run.stdout.splitlines() if word.startswith("  ") and word.split()]


def cpu_words(board, asked, icount):
    """Replaces the board's CPU model; under --icount every model's counter ticks once per instruction."""
    at = board.index("-cpu") + 1
    model = asked or board[at]
    name = model.partition(",")[0]
    if asked and name not in (known := models(board[:at - 1])):
        raise Trouble(f"--cpu {name}: QEMU has no such model for this board; the nearest is '{nearest(name, known)}'"
                      if known else f"--cpu {name}: QEMU has no such model")
    if asked == "max":
        model = "max,pauth-impdef=on"
    if icount and name != "max" and "cntfrq" not in model:
        model += ",cntfrq=1000000000"
    return board[:at] + [model] + board[at + 1:]


def free_port():
    """1234, which debuggers expect, or any other that is free."""
    for port in (1234, 0):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return s.getsockname()[1]
            except OSError:
                continue
    raise Trouble("no free port for the debugger")


def cpus_of(vm):
    """A VM's CPUs, in words; of their classes only what is not the usual one."""
    shared = [vcpu["class"] for vcpu in vm["vcpus"] if vcpu["class"] != "dedicated"]
    words = [f"{shared.count(name)} {name}" for name in ("real-time", "fair") if name in shared]
    return f"{vm['cpus']} CPU{'s' if vm['cpus'] > 1 else ''}" + (f" ({', '.join(words)})" if words else "")


class Machine:
    """A machine sized for a description: .line starts it."""

    def __init__(self, options, tree, image=IMAGE):
        needs = description.judge(tree)
        size = tree.stat().st_size
        self.smp = options.smp or needs["cpus"]
        self.ram = options.ram or -(-(needs["memory"] + size + ROOM) // STEP) * STEP
        if self.ram % MIB:
            raise Trouble(f"--ram {self.ram}: accepted: whole MiB")
        if self.ram <= size + OWN:
            raise Trouble(f"--ram {amount(self.ram)}: too little for the images alone, {amount(size)}")
        self.vms = description.judge(tree, "--cpus", str(self.smp), "--memory", str(self.ram - size - OWN))["vms"]
        self.board = options.board or "virt"
        self.port = free_port() if options.gdb else None
        self.line = self.words(options, tree, image)

    def words(self, options, tree, image):
        words = [QEMU, *cpu_words(board_words(self.board), options.cpu, options.icount)]
        words += ["-smp", str(self.smp), "-m", f"{self.ram // MIB}M", *CONSOLE,
                  "-kernel", str(image), "-initrd", str(tree), "-append", "console=frames"]
        if options.icount:
            words += DETERMINISTIC
        elif options.accel:
            words += ["-accel", options.accel]
        if self.port:
            words += ["-S", "-gdb", f"tcp:127.0.0.1:{self.port}"]
        return words + options.qemu_args

    def about(self):
        """What is being started, in lines."""
        yield f"board {self.board}, {self.smp} CPU{'' if self.smp == 1 else 's'}, {amount(self.ram)}, emulated by QEMU"
        for number, vm in enumerate(self.vms, 1):
            files = f"{vm['kernel']['kind']} of {amount(vm['kernel']['file_size'])}"
            if vm["initrd"]:
                files += f", initrd of {amount(vm['initrd']['file_size'])}"
            yield f"VM {number} {vm['name']}: {cpus_of(vm)}, {amount(vm['memory'])}, {files}"
        if self.port:
            yield (f"waiting for a debugger: gdb-multiarch -ex 'target remote :{self.port}' "
                   f"{shlex.quote(str(ROOT / 'build/corbel.elf'))}")
