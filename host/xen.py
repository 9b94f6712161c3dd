# SPDX-License-Identifier: Apache-2.0
"""The yardstick guest under Debian's Xen for arm64, which host/packages pins and host/deb unpacks into the cache.

Xen starts it without a domain 0 ("dom0less"): the board's own tree, as QEMU dumps it, gets a node
/chosen/domU1 that says where the loader has put the kernel (Xen, docs/misc/arm/device-tree/booting.txt). Such a
guest has a PL011 of its own, whose lines Xen prints behind its name. With nobody to power the machine off when the
guest ends, the run is over when the guest has printed its last line.
"""
import pathlib
import subprocess
import tempfile

import emulator
import pins
import qemu
import yardstick
from debcache import DebCache
from trouble import Trouble

NAME = "Xen"
BOARD = "virt,virtualization=on,gic-version=3"
KERNEL_AT = 0x60000000
RAM, GUEST_KIB = "1G", 64 << 10
# Scrubbing of free memory would run beside the guest. Under the default scheduler, credit2, the start of a CPU
# does not end within minutes on cortex-a72.
NODE = """
/ {{
	chosen {{
		#address-cells = <2>;
		#size-cells = <2>;
		xen,xen-bootargs = "bootscrub=0 sched=credit";
		domU1 {{
			compatible = "xen,domain";
			#address-cells = <2>;
			#size-cells = <2>;
			memory = <0 {kib:#x}>;
			cpus = <{cpus}>;
			vpl011;
			module@{at:x} {{
				compatible = "multiboot,kernel", "multiboot,module";
				reg = <0 {at:#x} 0 {size:#x}>;
			}};
		}};
	}};
}};
"""


def hypervisor():
    """Xen's file of the unpacked package."""
    pin = pins.find("xen")
    folder = DebCache(pin.suite, pin.arch).get(pin.package, pin)
    found = sorted(path for path in folder.glob("boot/xen-*-arm64") if path.is_file())
    if not found:
        raise Trouble(f"{folder} holds no boot/xen-*-arm64: remove it, and it is fetched again", 1)
    return found[0]


def run(*line):
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise Trouble(f"{line[0]} failed, status {done.returncode}: {done.stderr.strip()}", 1)
    return done.stdout


def tree(machine, image, folder):
    """The board's tree with the guest's node, compiled."""
    dump, source, compiled = folder / "board.dtb", folder / "xen.dts", folder / "xen.dtb"
    run(qemu.QEMU, "-M", f"{BOARD},dumpdtb={dump}", *machine.cpu(), "-smp", str(machine.cpus), "-m", RAM, *qemu.CONSOLE)
    node = NODE.format(kib=GUEST_KIB, cpus=machine.cpus, at=KERNEL_AT, size=image.stat().st_size)
    source.write_text(run("dtc", "-q", "-I", "dtb", "-O", "dts", str(dump)) + node)
    run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(compiled), str(source))
    return compiled


def measure(model, the_rows):
    """{key: figure or None} of the yardstick guest on one model of CPU."""
    machine, image = emulator.Emulator(model), yardstick.IMAGE
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        line = [qemu.QEMU, "-M", BOARD, *machine.cpu(), "-smp", str(machine.cpus), "-m", RAM, *qemu.CONSOLE,
                "-dtb", tree(machine, image, pathlib.Path(place)), "-kernel", hypervisor(),
                "-device", f"loader,file={image},addr={KERNEL_AT:#x},force-raw=on", *qemu.DETERMINISTIC]
        who = f"{model}, {NAME}"
        printed = emulator.capture(line, who, machine.timeout, lambda data: "end" in yardstick.words(data.decode("latin-1")))
    return yardstick.parse(printed.decode("latin-1"), the_rows, who)
