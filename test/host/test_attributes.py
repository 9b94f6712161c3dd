# SPDX-License-Identifier: Apache-2.0
"""How memory attributes combine: test/el2/attributes.c runs bare at EL2 with the hypervisor's own function linked in,
and asks the CPU. What QEMU answers otherwise is declared there, and is met: a declaration that nothing needs fails."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
SOURCES = ["test/el2/start.S", "test/el2/attributes.c", "src/machine/attributes.c", "src/lib/printf.c", "src/lib/string.c"]
FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-pie", "-fno-stack-protector",
         "-mgeneral-regs-only", "-mstrict-align", "-march=armv8-a", "-nostdlib", "-static", "-no-pie",
         "-Wl,-Ttext=0x40080000,--build-id=none,-N", "-Wl,--no-warn-rwx-segments"]
# Stage 1: off, and 229 kinds with 3 shareabilities. Stage 2: MemAttr that are not reserved, 3 shareabilities. CD, DC.
STAGE1, CHOICES = 1 + 229 * 3, 4
WITHOUT_FWB, WITH_FWB = STAGE1 * 13 * 3 * CHOICES, STAGE1 * 7 * 3 * CHOICES


def compiled(folder, source):
    """The program's ELF, with `source` in the place of the hypervisor's function."""
    elf = folder / "attributes.elf"
    subprocess.run([CROSS + "gcc", *FLAGS, f"-I{ROOT / 'src'}", "-o", elf,
                    *(source if "machine" in path else ROOT / path for path in SOURCES)], check=True)
    return elf


def answer(elf, model):
    run = subprocess.run(["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu", model, "-m", "512M",
                          "-display", "none", "-nodefaults", "-serial", "stdio", "-kernel", elf],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    last = re.search(r"^(\d+) combinations, FWB (yes|no), (\d+) differ, (\d+) undeclared$", run.stdout, re.M)
    assert last, run.stdout + run.stderr
    declared = [int(count) for count in re.findall(r"^declared: (\d+): ", run.stdout, re.M)]
    return [int(last[n]) for n in (1, 3, 4)], declared, run.stdout


@pytest.mark.parametrize("model, combinations, needless", [("max", WITHOUT_FWB + WITH_FWB, []), ("cortex-a57", WITHOUT_FWB, [1, 2])])
def test_the_function_answers_as_the_cpu(tmp_path, model, combinations, needless):
    """`needless`: the declarations that need FWB, which a Cortex-A57 does not have."""
    (asked, differ, undeclared), declared, text = answer(compiled(tmp_path, ROOT / "src/machine/attributes.c"), model)
    assert (asked, undeclared) == (combinations, 0), text
    assert [n for n, count in enumerate(declared) if not count] == needless
    assert sum(declared) == differ


@pytest.mark.parametrize("right, wrong", [("stage2 & WRITES_BACK ?", "stage1 & WRITES_BACK ?"), ("hcr & HCR_DC", "hcr & HCR_VM"),
                                          ("return stage1 | stage2;", "return stage1;")])
def test_a_function_that_is_wrong_is_found_out(tmp_path, right, wrong):
    source = (ROOT / "src/machine/attributes.c").read_text()
    assert source.count(right) == 1
    (tmp_path / "attributes.c").write_text(source.replace(right, wrong))
    (_, _, undeclared), _, text = answer(compiled(tmp_path, tmp_path / "attributes.c"), "max")
    assert undeclared > 0 and "differs: stage 1" in text
