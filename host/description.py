# SPDX-License-Identifier: Apache-2.0
"""A description of VMs on its way to the hypervisor: written from --vm options, compiled by dtc, judged by
build/host/corbel-check, which is the hypervisor's own src/monitor/describe.c."""
import json
import pathlib
import subprocess
import sys

import images
from trouble import Trouble

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECK = ROOT / "build/host/corbel-check"
GUEST = ROOT / "build/guest"  # where vms/*.dts find what host/initramfs makes
TREE_MAGIC = b"\xd0\x0d\xfe\xed"


def quote(text):
    """A string of the device tree source: dtc knows C's escapes."""
    escaped = "".join(f"\\x{ord(c):02x}" if ord(c) < 32 else c for c in text.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{escaped}"'


def cells(value):
    return f"<0x{value >> 32:x} 0x{value & 0xffffffff:x}>"


def write(vms, folder):
    """The source of a description of the VMs; a file that several name is in it once."""
    labels, nodes = {}, []

    def image(path):
        return f"<&{labels.setdefault(path, f'image{len(labels) + 1}')}>"

    for vm in vms:
        option = f"--vm {vm.name}: --kernel"
        lines = [f"kernel = {image(images.kernel(option, vm.kernel, folder, vm.name))};"]
        if vm.initrd is not None:
            lines.append(f"initrd = {image(images.look(f'--vm {vm.name}: --initrd', vm.initrd))};")
        for word in ("load", "entry", "memory"):
            if getattr(vm, word) is not None:
                lines.append(f"{word} = {cells(getattr(vm, word))};")
        if vm.append is not None:
            lines.append(f"bootargs = {quote(vm.append)};")
        lines += [f"{word} = {quote(getattr(vm, word))};" for word in ("wfi", "wfe", "gic", "restart", "class")
                  if getattr(vm, word) is not None]
        lines += [f"{word.replace('_', '-')} = <{getattr(vm, word)}>;"
                  for word in ("cpus", "restart_limit", "restart_window", "weight", "cap", "priority", "budget_us", "period_us") if getattr(vm, word) is not None]
        if vm.affinity is not None:
            lines.append(f"affinity = <{' '.join(map(str, vm.affinity))}>;")
        nodes.append(f"\t{vm.name} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t};\n")
    shared = "".join(f"\t\t{label}: {label} {{ data = /incbin/({quote(str(path))}); }};\n" for path, label in labels.items())
    return ('/dts-v1/;\n/ {\n\tcompatible = "corbel,system";\n\timages {\n' + shared + "\t};\n" + "".join(nodes) + "};\n")


def compile_tree(source, to):
    """Compiles a description, or takes one that is compiled already. Answers its path."""
    source = pathlib.Path(source)
    try:
        if source.is_dir():
            raise Trouble(f"{source}: a folder; accepted: a description, SYSTEM.dts")
        with open(source, "rb") as file:
            if file.read(4) == TREE_MAGIC:
                return source
    except OSError as error:
        raise Trouble(f"{source}: {error.strerror}") from None
    # A second node of one name is told better by corbel-check; dtc's warnings are about other trees.
    run = subprocess.run(["dtc", "-q", "-E", "no-duplicate_node_names", "-I", "dts", "-O", "dtb", "-i", GUEST, "-o", to,
                          source], capture_output=True, text=True, errors="replace")
    if run.returncode:
        print(run.stderr.strip(), file=sys.stderr)
        raise Trouble(f"{source}: dtc cannot compile it (see above)")
    return to


def judge(tree, *limits):
    """What the description makes, as corbel-check tells programs; its errors are printed and end us."""
    run = subprocess.run([CHECK, tree, "--json", *limits], capture_output=True, text=True, errors="replace")
    try:
        found = json.loads(run.stdout)
    except ValueError:
        raise Trouble(f"corbel-check broke, status {run.returncode}: {run.stderr.strip()}") from None
    if found["errors"]:
        print("\n".join(found["errors"]), file=sys.stderr)
        count = len(found["errors"])
        raise Trouble(f"the description has {count} error{'s' if count > 1 else ''} (see above); nothing was started")
    return found
