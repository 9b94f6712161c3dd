# SPDX-License-Identifier: Apache-2.0
"""The words of the command line: options with a value, flags, and the VMs of `run`.

A table per verb says which there are; what is wrong is told in one sentence (Trouble, status 2).
"""
import re
from types import SimpleNamespace

from trouble import Trouble, nearest

# option: (attribute, kind). Kinds: flag, text, list, count, cell, set (of CPUs), number, size, address.
COMMON = {"--yes": ("yes", "flag"), "--help": ("help", "flag")}
MACHINE = {
    "--board": ("board", "text"), "--cpu": ("cpu", "text"), "--smp": ("smp", "count"), "--ram": ("ram", "size"),
    "--icount": ("icount", "flag"), "--timeout": ("timeout", "number"), "--log": ("log", "text"),
    "--gdb": ("gdb", "flag"), "--dry-run": ("dry_run", "flag"), "--qemu-arg": ("qemu_args", "list"),
    "--accel": ("accel", "text"), "--count": ("count", "flag"), "--profile": ("profile", "text"),
}
VM = {
    "--kernel": ("kernel", "text"), "--load": ("load", "address"), "--entry": ("entry", "address"),
    "--initrd": ("initrd", "text"), "--append": ("append", "text"), "--cpus": ("cpus", "count"),
    "--memory": ("memory", "size"), "--wfi": ("wfi", "text"), "--wfe": ("wfe", "text"), "--gic": ("gic", "text"),
    "--restart": ("restart", "text"), "--restart-limit": ("restart_limit", "cell"),
    "--restart-window": ("restart_window", "cell"), "--class": ("class", "text"), "--affinity": ("affinity", "set"),
    "--weight": ("weight", "cell"), "--cap": ("cap", "cell"), "--priority": ("priority", "cell"),
    "--budget-us": ("budget_us", "cell"), "--period-us": ("period_us", "cell"),
}
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
EMPTY = {"flag": lambda: False, "list": list}


def size(text):
    """Bytes of 512M, 1G, 256MiB, 1048576; None if it is no size."""
    match = re.fullmatch(r"([0-9]+)(?:([KMGT])(?:iB|B)?)?", text, re.I)
    return int(match[1]) * UNITS[(match[2] or "").upper()] if match else None


def cpu_set(text):
    """The CPUs of 0,2-4, in order; None if it is no such set."""
    found = set()
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", part)
        if not match or int(match[2] or match[1]) < int(match[1]):
            return None
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return sorted(found)


def value_of(option, kind, text):
    """The value of an option's text, or Trouble."""
    if kind == "count":
        if not re.fullmatch(r"[0-9]+", text) or not 1 <= int(text) <= 512:
            raise Trouble(f"{option} {text}: accepted: a number of CPUs, 1 or more")
        return int(text)
    if kind == "cell":
        if not re.fullmatch(r"[0-9]+", text) or not 1 <= int(text) < 1 << 32:
            raise Trouble(f"{option} {text}: accepted: a number, 1 or more")
        return int(text)
    if kind == "set":
        if cpu_set(text) is None:
            raise Trouble(f"{option} {text}: accepted: CPUs, such as 0 or 0,2-3")
        return cpu_set(text)
    if kind == "number":
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or float(text) <= 0:
            raise Trouble(f"{option} {text}: accepted: seconds, more than 0")
        return float(text)
    if kind == "size":
        if not size(text):
            raise Trouble(f"{option} {text}: accepted: a size, such as 512M or 1G")
        return size(text)
    if kind == "address":
        if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19}", text):
            raise Trouble(f"{option} {text}: accepted: an address, such as 0x40080000")
        return int(text, 0)
    if kind == "text" and not text:
        raise Trouble(f"{option}: accepted: a value that is not empty")
    return text


def empty(table):
    found = SimpleNamespace(**{attribute: EMPTY.get(kind, lambda: None)() for attribute, kind in table.values()})
    found.given = set()
    return found


class Reader:
    """Reads words one by one; an option's value is the next word, or follows `=`."""

    def __init__(self, words):
        self.words = list(words)

    def option(self, into, table, word):
        name, equals, text = word.partition("=")
        attribute, kind = table[name]
        if kind == "flag":
            if equals:
                raise Trouble(f"{name} takes no value")
            setattr(into, attribute, True)
            return
        if not equals:
            if not self.words:
                raise Trouble(f"{name} wants a value")
            text = self.words.pop(0)
        if kind == "list":
            getattr(into, attribute).append(text)
        elif attribute in into.given:
            raise Trouble(f"{name} is given twice")
        else:
            setattr(into, attribute, text if kind == "text" and name == "--append" else value_of(name, kind, text))
        into.given.add(attribute)


def parse(words, table, positional=0):
    """Options of a verb without VMs; up to `positional` other words land in `.words`."""
    table = {**COMMON, **table}
    reader, found = Reader(words), empty(table)
    found.words = []
    while reader.words:
        word = reader.words.pop(0)
        if word == "-h":
            found.help = True
        elif word.partition("=")[0] in table:
            reader.option(found, table, word)
        elif word.startswith("-") and word != "-":
            raise unknown_option(word, table)
        elif len(found.words) == positional:
            raise Trouble(f"'{word}' is one word too many" if positional else f"'{word}': no such word is taken here")
        else:
            found.words.append(word)
    return found


def unknown_option(word, table):
    return Trouble(f"unknown option '{word.partition('=')[0]}'; the nearest is '{nearest(word, table)}'")


def parse_run(words):
    """The options of `run`: .system is a file's path, or .vms lists what the --vm words describe."""
    table = {**COMMON, **MACHINE}
    reader, found = Reader(words), empty(table)
    found.system, found.vms = None, []
    while reader.words:
        word = reader.words.pop(0)
        name = word.partition("=")[0]
        if word == "-h":
            found.help = True
        elif name == "--vm":
            found.vms.append(empty(VM))
            reader.option(found.vms[-1], {"--vm": ("name", "text")}, word)
        elif name in VM:
            if not found.vms:
                raise Trouble(f"{name} belongs to a VM: it comes after --vm NAME")
            reader.option(found.vms[-1], VM, word)
        elif name in table:
            if found.vms and name not in COMMON:
                raise Trouble(f"{name} belongs to the machine: it comes before the first --vm")
            reader.option(found, table, word)
        elif word.startswith("-") and word != "-":
            raise unknown_option(word, {**table, **VM, "--vm": None})
        elif found.system is not None:
            raise Trouble(f"one description at a time: '{found.system}', not also '{word}'")
        else:
            found.system = word
    if not found.help:
        check_run(found)
    return found


def check_run(found):
    if found.system is not None and found.vms:
        raise Trouble(f"either a description ('{found.system}') or --vm, not both")
    if found.system is None and not found.vms:
        raise Trouble("run what? SYSTEM.dts, or --vm NAME --kernel FILE; see ./corbel run --help")
    names = set()
    for vm in found.vms:
        if vm.name in names:
            raise Trouble(f"--vm {vm.name}: a second VM of this name; accepted: one")
        names.add(vm.name)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,30}", vm.name):
            raise Trouble(f"--vm {vm.name}: accepted: 1 to 31 of a-z, 0-9, - and _, a letter or digit first")
        if vm.kernel is None:
            raise Trouble(f"--vm {vm.name}: no --kernel FILE")
        if (vm.load is None) != (vm.entry is None):
            raise Trouble(f"--vm {vm.name}: --load and --entry come together, for a raw image")
    check_machine(found)


def check_machine(found):
    """Refuses what would take EL2 away, or a guest's prison."""
    if found.accel is not None and found.accel.partition(",")[0] != "tcg":
        accelerator = found.accel.partition(",")[0]
        if accelerator not in ("kvm", "hvf", "xen", "nvmm", "whpx"):
            raise Trouble(f"--accel {accelerator}: accepted: tcg")
        raise no_accelerator(f"--accel {accelerator}", accelerator)
    words = " ".join(found.qemu_args)
    match = re.search(r"-(?:enable-(kvm)|accel[ =](?:accel=)?(kvm|hvf)|(?:M|machine)[ =]\S*accel=(kvm|hvf))\b", words)
    if match:
        raise no_accelerator(f"--qemu-arg={match[0]}", match[1] or match[2] or match[3])
    if re.search(r"-semihosting", words):
        raise Trouble("--qemu-arg=-semihosting: no, a guest could then read and write your files: "
                      "QEMU serves its HLT before the hypervisor sees it")


def no_accelerator(what, name):
    return Trouble(f"{what}: no. Corbel is a hypervisor and needs EL2 of the machine it runs on; {name.upper()} "
                   f"keeps EL2 for itself and gives its guests EL1 only. Leave it out: QEMU then emulates the CPU "
                   f"whole (--accel tcg)")
