# SPDX-License-Identifier: Apache-2.0
"""The kinds of images: Image, gzip'd, ELF64, raw; from the command line, inlined, shared, and placed by the loader."""
import gzip
import subprocess

import pytest

import programs
from sessions import GUEST

TEXT = b"it is loaded\r\n"
RAW = ["--load", hex(programs.LOAD), "--entry", hex(programs.LOAD)]


@pytest.mark.parametrize("kind, more", [("image", []), ("elf", []), ("raw", RAW)])
def test_a_kernel_of_the_command_line(start, tiny, kind, more):
    run = start.done("run", "--vm", "one", "--memory", "64M", "--kernel", tiny(TEXT, kind=kind), *more)
    assert run.status == 0 and "one | it is loaded\n" in run.text()


@pytest.mark.parametrize("kind", ["image", "elf"])
def test_a_gzipd_kernel_of_the_command_line(start, tiny, tmp_path, kind):
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(tiny(TEXT, kind=kind).read_bytes()))
    run = start.done("run", "--vm", "one", "--memory", "64M", "--kernel", packed)
    assert run.status == 0 and "one | it is loaded\n" in run.text()
    assert list(run.temporary.iterdir()) == []


@pytest.mark.parametrize("kind, more", [("image", ""), ("elf", ""), ("raw", "load = <0x40200000>; entry = <0x40200000>;")])
def test_an_inlined_kernel(start, tiny, describe, kind, more):
    run = start.done("run", describe(f'one {{ memory = "64M"; kernel = /incbin/("{tiny(TEXT, kind=kind)}"); {more} }};'))
    assert run.status == 0 and "one | it is loaded\n" in run.text()


def test_a_shared_kernel(start, tiny, describe):
    run = start.done("run", describe(f'images {{ it: it {{ data = /incbin/("{tiny(TEXT)}"); }}; }};'
                                     'one { memory = "64M"; kernel = <&it>; }; two { memory = "4M"; kernel = <&it>; };'))
    assert run.status == 0
    assert "one | it is loaded\n" in run.text() and "two | it is loaded\n" in run.text()


def test_a_raw_kernel_elsewhere(start, tiny):
    """Position-independent: it runs wherever it is put."""
    run = start.done("run", "--vm", "one", "--memory", "64M", "--kernel", tiny(TEXT, kind="raw"),
                     "--load", "0x42340000", "--entry", "0x42340000")
    assert run.status == 0 and "one | it is loaded\n" in run.text()


# --- modules: the loader has put them into memory ---

AT = 0x60000000


def modules(*rows):
    """Child nodes for (kind, address, size)."""
    nodes = [f'module@{at:x} {{ compatible = "multiboot,module", "multiboot,{kind}"; reg = <0x0 {at:#x} 0x0 {size:#x}>; }};'
             for kind, at, size in rows]
    return "#address-cells = <2>; #size-cells = <2>;" + "".join(nodes)


def compiled(path):
    tree = path.with_suffix(".dtb")
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, path], check=True, timeout=60)
    return tree


def loader(path, at):
    return ["-device", f"guest-loader,addr={at:#x},kernel={str(path).replace(',', ',,')}"]


@pytest.mark.parametrize("kind, more", [("image", ""), ("elf", ""), ("raw", "load = <0x40200000>; entry = <0x40200000>;")])
def test_a_kernel_placed_by_the_loader(start, tiny, describe, kind, more):
    """QEMU's guest-loader tells of it in the machine's tree, as loaders do."""
    image = tiny(TEXT, kind=kind)
    tree = compiled(describe(f'one {{ memory = "64M"; {more} {modules(("kernel", AT, image.stat().st_size))} }};'))
    machine = start.qemu("-kernel", GUEST.parent / "corbel.img", "-initrd", tree, *loader(image, AT), ram="1G")
    assert machine.wait() == 0
    assert machine.text().count("it is loaded") == 1, machine.text()


@pytest.mark.parametrize("apart", [0, 0x800, 0x1000, 0x200000])
def test_two_modules_for_two_vms(start, tiny, describe, apart):
    """The very same one, two in one page, in neighbouring pages, far apart."""
    image = tiny(TEXT)
    size = image.stat().st_size
    assert size <= 0x800
    tree = compiled(describe(f'one {{ memory = "64M"; {modules(("kernel", AT, size))} }};'
                             f'two {{ memory = "64M"; {modules(("kernel", AT + apart, size))} }};'))
    placed = loader(image, AT) + (loader(image, AT + apart) if apart else [])
    machine = start.qemu("-kernel", GUEST.parent / "corbel.img", "-initrd", tree, *placed, ram="1G")
    assert machine.wait() == 0
    assert machine.text().count("it is loaded") == 2, machine.text()


def test_a_module_that_the_loader_did_not_place_is_refused(start, tiny, describe):
    image = tiny(TEXT)
    tree = compiled(describe(f'one {{ memory = "64M"; {modules(("kernel", AT, 4096))} }};'
                             f'good {{ memory = "64M"; kernel = /incbin/("{image}"); }};'))
    machine = start.qemu("-kernel", GUEST.parent / "corbel.img", "-initrd", tree, ram="1G")
    assert machine.wait() == 0
    assert "one is not started" in machine.text()
    assert "/one/module@60000000: reg: 0x60000000 to 0x60000fff; accepted: " in machine.text()
    assert machine.text().count("it is loaded") == 1
