# SPDX-License-Identifier: Apache-2.0
"""Programs of test/el2: parts of the hypervisor with a main() of their own, bare at EL2 of QEMU's virt board."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-pie", "-fno-stack-protector",
         "-ffunction-sections", "-mgeneral-regs-only", "-mstrict-align", "-march=armv8-a", "-nostdlib", "-static", "-no-pie",
         "-Wl,-Ttext=0x40080000,--build-id=none,--gc-sections,-e,_start,-N", "-Wl,--no-warn-rwx-segments"]
SHARED = ["test/el2/start.S", "test/el2/said.c", "src/lib/printf.c", "src/lib/string.c"]


def compiled(folder, sources, changed=None):
    """The ELF of these files of the tree; `changed`: {file: (right, wrong)}, what is to be wrong in it."""
    elf, include = folder / "program.elf", []
    for path, (right, wrong) in (changed or {}).items():
        text = (ROOT / path).read_text()
        assert text.count(right) == 1, f"{path}: {right}"
        where = folder / pathlib.Path(path).relative_to("src")
        where.parent.mkdir(exist_ok=True)
        where.write_text(text.replace(right, wrong))
        include = [f"-I{folder}"]
    files = [folder / pathlib.Path(path).relative_to("src") if path in (changed or {}) else ROOT / path for path in SHARED + sources]
    subprocess.run([CROSS + "gcc", *FLAGS, *include, f"-I{ROOT / 'src'}", f"-I{ROOT / 'test/el2'}", "-o", elf, *files], check=True)
    return elf


def said(elf, model, memory="mte=off"):
    """What the program prints on a machine with this CPU and memory, with tags or without."""
    run = subprocess.run(["qemu-system-aarch64", "-M", f"virt,virtualization=on,gic-version=3,{memory}", "-cpu", model, "-m", "512M",
                          "-display", "none", "-nodefaults", "-serial", "stdio", "-kernel", elf],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    return run.stdout + run.stderr
