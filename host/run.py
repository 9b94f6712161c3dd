# SPDX-License-Identifier: Apache-2.0
"""The verbs run, demo and check: from options to a description, a machine, a session, an exit status."""
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import build
import description
import plugin
import qemu
from headless import Headless
from control import Control
from options import MACHINE, check_machine, parse, parse_run
from session import Session
from trouble import STOPPED, Trouble

VMS = build.ROOT / "vms"
HEADLESS_TIMEOUT = 300.0

MACHINE_HELP = """
  --board B        one of boards/; default virt; virt-mte has memory with tags
  --cpu MODEL      the CPUs' model, as QEMU names it; default max
  --smp N          CPUs of the machine; default: as few as its VMs can have (doc/vm.md)
  --ram SIZE       memory of the machine; default: enough
  --icount         the deterministic clock: one instruction is one nanosecond; slow
  --count          prints at the end what EL2 executed: per VM, per CPU, per cause
  --profile FILE   ... and writes there where, function by function
  --timeout S      stops after S seconds, with status 124
  --log DIR        writes what each VM prints to DIR/NAME.log
  --gdb            waits for a debugger and says how to attach it
  --dry-run        prints QEMU's line and the description; starts nothing
  --qemu-arg=A     one more word for QEMU; may be repeated
  --yes            installs what is missing without asking
  --help           prints this
"""
STATUS_HELP = """
Exit status: 0 every VM ended by itself (or Ctrl-] q), 1 a VM ended by a fault, 2 bad usage or description,
124 time-out, 125 the hypervisor stopped or QEMU died, 130 Ctrl-C.
On the console: Ctrl-] ? helps, Ctrl-] q quits; on a terminal Ctrl-C goes to the VM that is typed to.
"""
RUN_HELP = """usage: corbel run [OPTION...] SYSTEM.dts
       corbel run [OPTION...] --vm NAME --kernel F [VM OPTION...] [--vm NAME2 ...]

Starts VMs, described by a file (doc/vm.md) or on the spot.

Options of the machine, before the first --vm:
""" + MACHINE_HELP.lstrip("\n") + """
Options of a VM, after its --vm NAME:

  --kernel F       arm64 Image (also gzip'd), ELF64, or a raw file with --load and --entry
  --load ADDR      where a raw file's first byte goes
  --entry ADDR     where its first CPU starts
  --initrd F       its initial RAM disk
  --append S       its kernel's command line
  --cpus N         its CPUs; default 1
  --memory SIZE    its memory; default as doc/vm.md says
  --wfi P, --wfe P native (the default) or trap: whether the CPU waits at a WFI or WFE, or the hypervisor is told
  --gic G          hardware (the default) or software: who is its CPUs' interrupt controller interface (doc/vm.md)
  --restart P      never, on-reset (the default), on-crash or always: which end boots it again (doc/vm.md)
  --restart-limit N, --restart-window SECONDS    at most so often in so long
  --class C        dedicated (the default), real-time or fair: how its CPUs have the machine's (doc/vm.md)
  --affinity CPUS  which of these they may have, such as 0 or 0,2-3; default any
  --weight N, --cap PERCENT                      of fair ones
  --priority N, --budget-us N, --period-us N     of real-time ones
""" + STATUS_HELP
DEMO_HELP = """usage: corbel demo [--headless] [OPTION...]

Starts two unmodified Debian Linux VMs (vms/demo.dts) and attaches the terminal.

  --headless       types into both by itself: /demo, reboot, /demo, poweroff; 0 only if all went well.
                   Stops after 300 s if no --timeout is given
""" + MACHINE_HELP.lstrip("\n") + STATUS_HELP
CHECK_HELP = """usage: corbel check [--cpus N] [--memory SIZE] [--json] SYSTEM.dts

Says what is wrong in a description of VMs (doc/vm.md), or prints the machines that it makes: memory map,
interrupts, CPUs. The judge is the hypervisor's own code.

  --cpus N         an error if the VMs want more CPUs than this; else they have as few as will do
  --memory SIZE    an error if they want more memory than this
  --json           prints the same for programs
  --yes            installs what is missing without asking
  --help           prints this

Exit status: 0 a good description, 2 a bad one or bad usage.
"""


def start(options, source, text, driver=None, log_preface=sys.stderr):
    """Compiles, judges, starts; the exit status. `text`: the description for --dry-run."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="corbel-"))
    keep, control = False, None
    try:
        system = source if text is None else folder / "system.dts"
        if text is not None:
            system.write_text(text(folder))
        tree = description.compile_tree(system, folder / "system.dtb")
        machine = qemu.Machine(options, tree)
        if counts(options):
            add_plugin(options, machine, folder)
        if options.dry_run:
            print(shlex.join(machine.line), end="\n\n")
            print(show(system), end="")
            return 0
        for line in machine.about():
            print(f"corbel: {line}", file=log_preface, flush=True)
        if sys.stdin.isatty() and not driver:
            print("corbel: Ctrl-] ? helps, Ctrl-] q quits", file=log_preface, flush=True)
        names = [vm["name"] for vm in machine.vms]
        control = Control(names[0] if source is None else pathlib.Path(source).stem)
        if control.trouble:
            print(f"corbel: top, trace and console cannot reach this run: {control.trouble}", file=sys.stderr)
        session = Session(machine.line, folder, control, options.log, options.timeout,
                          driver(names) if driver else None)
        session.gentle = counts(options)
        status = session.run()
        keep = status == STOPPED and options.log is None
        if counts(options):
            tell_counts(options, folder, names)
        return report(session, status)
    finally:
        if control:
            control.close()
        if keep:
            (folder / "system.dtb").unlink(missing_ok=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def report(session, status):
    """What a driver says at the end, and the status it makes of QEMU's."""
    if not session.driver:
        return status
    status, lines = session.driver.report(status)
    for line in lines:
        print(f"corbel: {line}")
    print(f"corbel: demo: {'all well' if status == 0 else 'FAILED'}")
    return status


def counts(options):
    return options.count or options.profile is not None


def add_plugin(options, machine, folder):
    if options.profile is not None:
        write_profile(options, "")  # what cannot be written is told before the run
    machine.line += plugin.words(folder / "counts", folder / "profile" if options.profile else None)


def write_profile(options, text):
    try:
        pathlib.Path(options.profile).write_text(text)
    except OSError as error:
        raise Trouble(f"--profile {options.profile}: {error.strerror}") from None


def tell_counts(options, folder, names):
    try:
        rows = plugin.read(folder / "counts")
    except Trouble as trouble:
        print(f"corbel: {trouble}", file=sys.stderr)  # why it ended is told, and is the exit status
        return
    print("\n".join([*plugin.lines(rows, names), *plugin.rule_lines(rows)]))
    if options.profile:
        write_profile(options, "\n".join(plugin.profile_lines(rows, folder / "profile")))


def show(system):
    """A description as text: the source, or what dtc makes of a compiled one."""
    data = pathlib.Path(system).read_bytes()
    if data[:4] != description.TREE_MAGIC:
        return data.decode(errors="replace")
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", system], capture_output=True, text=True).stdout


def prepare(options, source=None):
    build.setup(["base", "build", "run"], options.yes)
    build.hypervisor()
    if counts(options):
        plugin.prepare()
    if source and VMS in pathlib.Path(source).resolve().parents:
        return build.guests()
    return None


def run(words):
    options = parse_run(words)
    if options.help:
        print(RUN_HELP, end="")
        return 0
    if options.system is not None:
        pathlib.Path(options.system).exists() or description.compile_tree(options.system, None)
    prepare(options, options.system)
    if options.system is not None:
        return start(options, pathlib.Path(options.system), None)
    return start(options, None, lambda folder: description.write(options.vms, folder))


def demo(words):
    options = parse(words, {**MACHINE, "--headless": ("headless", "flag")})
    if options.help:
        print(DEMO_HELP, end="")
        return 0
    check_machine(options)
    kernel, busybox = prepare(options, VMS / "demo.dts")
    if options.headless:
        options.timeout = options.timeout or HEADLESS_TIMEOUT
    out = sys.stderr if options.dry_run else sys.stdout
    print(f"corbel: both VMs boot Debian's Linux {kernel} with busybox {busybox}", file=out, flush=True)
    return start(options, VMS / "demo.dts", None, Headless if options.headless else None, out)


def check(words):
    options = parse(words, {"--cpus": ("cpus", "count"), "--memory": ("memory", "size"), "--json": ("json", "flag")}, 1)
    if options.help:
        print(CHECK_HELP, end="")
        return 0
    if not options.words:
        raise Trouble("check what? SYSTEM.dts; see ./corbel check --help")
    build.setup(["base", "build", "run"], options.yes)
    build.make("build/host/corbel-check")
    source = pathlib.Path(options.words[0])
    if VMS in source.resolve().parents and source.exists():
        build.guests()
    limits = [word for name in ("cpus", "memory") if getattr(options, name)
              for word in (f"--{name}", str(getattr(options, name)))]
    with tempfile.TemporaryDirectory(prefix="corbel-") as folder:
        tree = description.compile_tree(source, pathlib.Path(folder) / "system.dtb")
        return subprocess.call([description.CHECK, tree, *limits, *(["--json"] if options.json else [])])
