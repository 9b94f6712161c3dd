# SPDX-License-Identifier: Apache-2.0
"""Linux uses all of its power: CPUs off and on, sleep, another kernel in its place; while a second VM counts.

Every CPU but the first is unplugged and plugged in (CPU_OFF, CPU_ON); rtcwake suspends to RAM (SYSTEM_SUSPEND) and to
idle; kexec boots the kernel that it has loaded, on all CPUs, and the hypervisor takes no part in that.
"""
import gzip
import re
import sys

import pytest

import tools
from counter import Neighbours, kernel_lines, two
from sessions import GUEST, PATIENCE, ROOT

sys.path.insert(0, str(ROOT / "host"))
from cpio import Cpio  # noqa: E402

CPUS, ROUNDS = 4, 3
# Where it has addresses of 52 bits, Debian's 6.12 oopses in kexec_load() (trans_pgd_create_copy()), on the bare board too.
BASELINE = 'cpu = "armv8.2";'
IDENTITY = "cat /proc/sys/kernel/random/boot_id"
ONLINE = "cat /sys/devices/system/cpu/online"
UPTIME = "cut -d' ' -f1 /proc/uptime"  # sleep included


@pytest.fixture(scope="module")
def initrd(built, tmp_path_factory):
    """The demo's, with the tools, and with what kexec is to boot: Linux unpacks archives that follow one another."""
    plain, archive = (GUEST / "initramfs.cpio.gz").read_bytes(), Cpio()
    tools.add(archive)
    archive.folder("boot")
    archive.file("boot/Image", (GUEST / "Image").read_bytes())
    archive.file("boot/initrd", plain)
    path = tmp_path_factory.mktemp("power") / "initramfs"
    path.write_bytes(plain + gzip.compress(archive.bytes(), 1, mtime=0))
    return path


@pytest.fixture(scope="module")
def world(start_once, initrd):
    source = two(initrd.with_name("two.dts"), "powerful", more=BASELINE, initrd=initrd, memory="512M", cpus=CPUS)
    return Neighbours(start_once.logged("--timeout", "900", "--smp", str(CPUS + 2), source), "powerful")


def switch(number, on):
    return f"echo {int(on)} >/sys/devices/system/cpu/cpu{number}/online"


@pytest.mark.parametrize("number", range(1, CPUS))
def test_a_cpu_goes_and_comes_back(world, number):
    with world.meanwhile():
        for _ in range(ROUNDS):
            assert world.shell.do(f"{switch(number, False)}; {ONLINE}")[-1] == ",".join(
                part for part in (span(0, number - 1), span(number + 1, CPUS - 1)) if part)
            assert world.shell.do(f"{switch(number, True)}; {ONLINE}")[-1] == span(0, CPUS - 1)
    said = "\n".join(kernel_lines(world.shell))
    assert len(re.findall(rf"psci: CPU{number} killed", said)) == ROUNDS
    assert len(re.findall(rf"CPU{number}: Booted secondary processor", said)) == ROUNDS + 1


def span(first, last):
    """As Linux writes a range of CPUs."""
    return "" if last < first else str(first) if first == last else f"{first}-{last}"


def test_all_but_one_go_and_come_back_and_work(world):
    others = range(1, CPUS)
    assert world.shell.do("; ".join(switch(number, False) for number in others) + f"; {ONLINE}")[-1] == "0"
    assert world.shell.do("; ".join(switch(number, True) for number in others) + f"; {ONLINE}")[-1] == span(0, CPUS - 1)
    for number in others:
        assert world.shell.do(f"taskset {1 << number:x} cut -d' ' -f39 /proc/self/stat")[-1] == str(number)


@pytest.mark.parametrize("state", ["mem", "freeze"])
def test_rtcwake_wakes_it(world, state):
    """A slow machine needs some time before it sleeps; an alarm that comes before would be lost, so it is a long one."""
    before = world.shell.number(UPTIME)
    with world.meanwhile():
        assert world.shell.do(f"rtcwake -u -d rtc0 -m {state} -s 15 >/dev/null; echo $?")[-1] == "0"
    assert world.shell.number(UPTIME) - before >= 14
    assert world.shell.do(ONLINE)[-1] == span(0, CPUS - 1)


def test_kexec_boots_another_kernel_on_all_cpus(world):
    before = world.shell.do(IDENTITY)
    with world.meanwhile():
        assert world.shell.do("kexec -l /boot/Image --initrd=/boot/initrd --reuse-cmdline --append=life=2; echo $?",
                              PATIENCE)[-1] == "0"
        world.shell.start("kexec -e")
        world.shell.heard.expect(rb"^Welcome to powerful: [^\n]* on %d CPUs" % CPUS)
        world.shell.prompt()
    assert world.shell.do(IDENTITY) != before
    assert "life=2" in world.shell.do("cat /proc/cmdline")[-1]
    assert "was reset" not in world.run.text()


def test_the_other_vm_counted_without_a_gap(world):
    world.stop_counting()
    world.judge()
    assert world.off() == 0
