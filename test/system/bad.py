# SPDX-License-Identifier: Apache-2.0
"""VMs that cannot be, each as the body of its node and the sentence that doc/vm.md promises.

GOOD stands for a tiny guest's Image; the other files are made by files().
"""
import struct

import programs
from sessions import GUEST


def elf(segments, entry):
    """An ELF64 for AArch64 of (address, size) segments."""
    numbers = (2, 183, 1, entry, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", *numbers)
    at, table, data = 64 + 56 * len(segments), b"", b""
    for address, size in segments:
        table += struct.pack("<IIQQQQQQ", 1, 7, at + len(data), address, address, size, size, 4096)
        data += bytes(size)
    return head + table + data


def files(folder):
    """Makes the files that the VMs below name."""
    debian = GUEST / "Image"
    (folder / "text").write_bytes(b"This is a text and no kernel.\n" * 10)
    with open(debian, "rb") as file:
        (folder / "truncated").write_bytes(file.read(1 << 20))
    (folder / "overlapping").write_bytes(elf([(0x40200000, 0x3000), (0x40202000, 0x1000)], 0x40200000))
    (folder / "half").write_bytes(elf([(0x40200000, 0x3000)], 0x40200000)[:-0x1000])
    (folder / "packed").write_bytes(b"\x1f\x8b\x08" + bytes(64))
    (folder / "debian").symlink_to(debian)
    (folder / "initrd").write_bytes(b"x" * (12 << 20))
    programs.zeros(folder)


KERNEL = 'kernel = /incbin/("good");'
MODULE = ('#address-cells = <2>; #size-cells = <2>; module@%x { compatible = "multiboot,module", "multiboot,%s"; '
          'reg = <0x0 0x%x 0x0 0x1000>; };')

# name: (the node's body, the sentence)
VMS = {
    "no_kernel": ("cpus = <1>;", "/bad: no kernel; accepted: kernel = /incbin/"),
    "not_an_image": ('kernel = /incbin/("text");',
        '/bad: kernel: 300 bytes that are not an image; accepted: an arm64 Image'),
    "truncated_image": ('kernel = /incbin/("truncated");',
        "/bad: kernel: the arm64 Image is truncated: 1048576 bytes of"),
    "truncated_elf": ('kernel = /incbin/("half");', "/bad: kernel: ELF segment 0 is truncated: 12288 bytes"),
    "packed_image": ('kernel = /incbin/("packed");',
        "/bad: kernel: the image is gzip'd; EL2 holds no decompressor"),
    "image_larger_than_memory": ('kernel = /incbin/("debian"); memory = "32M";',
        "memory = 32 MiB ends at 0x42000000; accepted: memory ="),
    "initrd_larger_than_memory": (KERNEL + ' initrd = /incbin/("initrd"); memory = "8M";',
        "/bad: initrd: 12582912 bytes do not fit"),
    "no_cpu": (KERNEL + " cpus = <0>;", "/bad: cpus: <0>; accepted: <1> to <8>"),
    "too_many_cpus": (KERNEL + " cpus = <9>;", "/bad: cpus: <9>; accepted: <1> to <8>"),
    "misspelt_property": (KERNEL + " cpsu = <1>;", '/bad: unknown property "cpsu"; nearest: "cpus"'),
    "misspelt_policy": (KERNEL + ' restart = "on-crahs";', '/bad: restart "on-crahs"; nearest: "on-crash"'),
    "misspelt_baseline": (KERNEL + ' cpu = "armv8.3";', '/bad: cpu "armv8.3"; nearest: "armv8.0"; accepted: host, armv8.0, armv8.2'),
    "memory_without_a_unit": (KERNEL + ' memory = "512";',
        '/bad: memory: "512" is not a size; accepted: "512M"'),
    "odd_memory": (KERNEL + ' memory = "5M";', "/bad: memory: 5 MiB; accepted: a multiple of 2 MiB"),
    "raw_without_entry": ('kernel = /incbin/("zeros"); load = <0x40200000>;',
        "/bad: entry is missing: a raw image needs both"),
    "load_outside_memory": ('kernel = /incbin/("zeros"); load = <0x30000000>; entry = <0x30000000>;',
        "/bad: kernel would be at 0x30000000"),
    "load_over_device_tree": ('kernel = /incbin/("zeros"); load = <0x40008000>; entry = <0x40008000>;',
        "/bad: kernel (0x40008000 to 0x40008fff) overlaps its device tree"),
    "overlapping_segments": ('kernel = /incbin/("overlapping");', "overlaps segment"),
    "kernel_given_twice": (KERNEL + MODULE % (0x48000000, "kernel", 0x48000000), "/bad: kernel is given by "),
    "overlapping_modules": (MODULE % (0x48000000, "kernel", 0x48000000) + MODULE.partition("module@")[1]
                            + (MODULE % (0x48000800, "ramdisk", 0x48000800)).partition("module@")[2],
                            "overlaps /bad/module@48000000"),
    "phandle_of_nothing": ("kernel = <77>;",
        "/bad: kernel: <0x4d> is not the phandle of a node under /images"),
}
