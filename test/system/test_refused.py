# SPDX-License-Identifier: Apache-2.0
"""Bad input: status 2, the sentence, no machine started, no file left. At boot, where ./corbel does not check:
the bad VM is refused and the others start."""
import os
import subprocess

import pytest

import bad
from sessions import GUEST

DEBIAN = str(GUEST / "Image")


@pytest.fixture(scope="module")
def files(tmp_path_factory, tiny, built):
    folder = tmp_path_factory.mktemp("bad files")
    bad.files(folder)
    (folder / "good").symlink_to(tiny(b"good lives\r\n", 300, b"good is done\r\n"))
    return folder


def write(files, name, *vms):
    path = files / f"{name}.dts"
    path.write_text('/dts-v1/;\n/ { compatible = "corbel,system";\n' + "\n".join(vms) + "\n};\n")
    return path


def describe_bad(files, name):
    """A good VM, and a bad one behind it."""
    return write(files, name, 'good { memory = "64M"; kernel = /incbin/("good"); };', f"bad {{ {bad.VMS[name][0]} }};")


class Refused:
    """Starts ./corbel and expects a refusal that leaves nothing."""

    def __init__(self, start, qemu_seen):
        self.start, (self.folder, self.seen) = start, qemu_seen

    def __call__(self, sentence, *words, **options):
        run = self.start.done(*words, PATH=f"{self.folder}:{os.environ['PATH']}", **options)
        assert run.status == 2, run.text() + run.complaint()
        assert sentence in run.complaint() + run.text()
        assert not self.seen.exists(), "a machine was started"
        assert list(run.temporary.iterdir()) == []
        assert "Traceback" not in run.complaint()
        return run


@pytest.fixture
def refused(start, qemu_seen):
    return Refused(start, qemu_seen)


# --- descriptions ---

@pytest.mark.parametrize("name", bad.VMS)
def test_check_explains(start, files, name):
    run = start.done("check", describe_bad(files, name))
    assert run.status == 2 and bad.VMS[name][1] in run.text() + run.complaint(), run.text() + run.complaint()
    assert list(run.temporary.iterdir()) == []


@pytest.mark.parametrize("name", bad.VMS)
def test_run_starts_nothing(refused, files, tmp_path, name):
    refused(bad.VMS[name][1], "run", "--log", tmp_path / "logs", describe_bad(files, name))
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("name", bad.VMS)
def test_at_boot_the_others_start(start, files, name):
    tree = files / f"{name}.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, describe_bad(files, name)], check=True, timeout=60)
    machine = boot(start, tree)
    assert machine.wait() == 0, machine.text()
    assert bad.VMS[name][1] in machine.text()
    assert "bad is not started: it was refused at the start" in machine.text()
    assert "good lives" in machine.text() and "good is done" in machine.text()
    assert "bad starts" not in machine.text()


def boot(start, tree, **options):
    return start.qemu("-kernel", GUEST.parent / "corbel.img", "-initrd", tree, "-append", "console=plain", **options)


def test_the_description_is_missing(refused):
    refused("nowhere.dts: No such file", "run", "nowhere.dts")
    refused("nowhere.dts: No such file", "check", "nowhere.dts")


def test_the_description_is_no_description(refused, files):
    for verb in ("run", "check"):
        refused("dtc cannot compile it", verb, files / "text")


def test_a_file_of_the_description_is_missing(refused, files):
    for verb in ("run", "check"):
        refused('"nowhere"', verb, write(files, "missing", 'a { kernel = /incbin/("nowhere"); };'))


def test_no_vm_at_all(refused, files):
    for verb in ("run", "check"):
        refused("/: no VM; accepted: 1 to 15 nodes", verb, write(files, "empty"))


def test_a_foreign_tree(refused, files):
    path = files / "foreign.dts"
    path.write_text('/dts-v1/; / { compatible = "linux,dummy-virt"; };')
    for verb in ("run", "check"):
        refused('/: compatible: "linux,dummy-virt"; accepted: "corbel,system"', verb, path)


def test_a_second_vm_of_one_name(refused, files):
    path = write(files, "twice", *['twin { kernel = /incbin/("good"); };'] * 2)
    for verb in ("run", "check"):
        refused("/twin: a second VM of this name; accepted: one", verb, path)
    refused("--vm twin: a second VM of this name; accepted: one", "run", "--vm", "twin", "--kernel", files / "good",
            "--vm", "twin", "--kernel", files / "good")


def test_a_second_vm_of_one_name_at_boot(start, files):
    path = write(files, "boot twice", *['twin { memory = "64M"; kernel = /incbin/("good"); };'] * 2,
                 'good { memory = "64M"; kernel = /incbin/("good"); };')
    tree = path.with_suffix(".dtb")
    subprocess.run(["dtc", "-q", "-E", "no-duplicate_node_names", "-O", "dtb", "-o", tree, path], check=True, timeout=60)
    machine = boot(start, tree, smp=3)
    assert machine.wait() == 0
    assert "/twin: a second VM of this name; accepted: one" in machine.text()
    assert "good starts" in machine.text() and "good is off" in machine.text()


def test_all_errors_are_told_at_once(start, files):
    run = start.done("check", write(files, "many", 'a { kernel = /incbin/("text"); cpus = <0>; mem = "4M"; };', "b { };"))
    assert run.status == 2
    for sentence in ("/a: kernel: ", "/a: cpus: <0>", '/a: unknown property "mem"', "/b: no kernel"):
        assert sentence in run.text() + run.complaint()


# --- more than the machine has ---

def test_memory_that_does_not_fit_the_machine(refused, files):
    path = write(files, "big", 'a { kernel = /incbin/("good"); memory = "512M"; };')
    refused("/a: memory: 512 MiB; accepted: ", "run", "--ram", "256M", path)
    refused("/a: memory: 512 MiB; accepted: ", "check", "--memory", "256M", path)


def test_memory_that_does_not_fit_at_boot(start, files):
    path = write(files, "big at boot", 'good { kernel = /incbin/("good"); memory = "64M"; };',
                 'big { kernel = /incbin/("good"); memory = "1G"; };')
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path.with_suffix(".dtb"), path], check=True, timeout=60)
    machine = boot(start, path.with_suffix(".dtb"), ram="256M")
    assert machine.wait() == 0
    assert "/big: memory: 1024 MiB, with good: 1088 MiB; accepted: " in machine.text()
    assert "good is off" in machine.text() and "big starts" not in machine.text()


def test_more_cpus_than_the_machine_has(refused, files):
    path = write(files, "wide", *(f'{name} {{ kernel = /incbin/("good"); cpus = <2>; }};' for name in "ab"))
    refused("/b: cpus: 2, with a: 4; accepted: 3 in all, as the machine has, or class = \"fair\"", "run", "--smp", "3", path)
    refused("/b: cpus: 2, with a: 4; accepted: 3 in all, as the machine has, or class = \"fair\"", "check", "--cpus", "3", path)


def test_more_cpus_than_the_machine_has_at_boot(start, files):
    path = write(files, "wide at boot", 'good { kernel = /incbin/("good"); memory = "64M"; };',
                 'wide { kernel = /incbin/("good"); cpus = <2>; memory = "64M"; };')
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path.with_suffix(".dtb"), path], check=True, timeout=60)
    machine = boot(start, path.with_suffix(".dtb"))
    assert machine.wait() == 0
    assert "/wide: cpus: 2, with good: 3; accepted: 2 in all, as the machine has, or class = \"fair\"" in machine.text()
    assert "good is off" in machine.text() and "wide starts" not in machine.text()


def test_a_baseline_that_the_machine_cannot_give(start, files):
    path = write(files, "newer at boot", *(f'{name} {{ kernel = /incbin/("good"); memory = "64M"; cpu = "{cpu}"; }};'
                                           for name, cpu in (("good", "armv8.0"), ("newer", "armv8.2"))))
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path.with_suffix(".dtb"), path], check=True, timeout=60)
    machine = boot(start, path.with_suffix(".dtb"), cpu="cortex-a57")
    assert machine.wait() == 0
    assert ('/newer: cpu: "armv8.2" has ID_AA64PFR0_EL1.RAS = 1, this machine 0; accepted: "host", "armv8.0"'
            in machine.text())
    assert "good is off" in machine.text() and "newer starts" not in machine.text()


# --- the command line ---

@pytest.mark.parametrize("words, sentence", [
    (["--kernel", "nowhere"], "--vm a: --kernel nowhere: No such file or directory"),
    (["--kernel", "/"], "--vm a: --kernel /: Is a directory"),
    (["--kernel", DEBIAN, "--initrd", "nowhere"], "--vm a: --initrd nowhere: No such file or directory"),
    (["--kernel", __file__], "/a: kernel: "),
    (["--kernel", DEBIAN, "--memory", "32M"], "memory = 32 MiB ends at 0x42000000"),
    (["--kernel", DEBIAN, "--memory", "lots"], "--memory lots: accepted: a size"),
    (["--kernel", DEBIAN, "--cpus", "0"], "--cpus 0: accepted: a number of CPUs, 1 or more"),
    (["--kernel", DEBIAN, "--cpus", "9"], "/a: cpus: <9>; accepted: <1> to <8>"),
    (["--kernel", DEBIAN, "--load", "0x40200000"], "--load and --entry come together"),
    (["--kernel", DEBIAN, "--timeout", "5"], "--timeout belongs to the machine: it comes before the first --vm"),
    (["--kernle", DEBIAN], "unknown option '--kernle'; the nearest is '--kernel'"),
    ([], "--vm a: no --kernel FILE"),
])
def test_a_vm_of_the_command_line(refused, words, sentence):
    refused(sentence, "run", "--vm", "a", *words)


@pytest.mark.parametrize("words, sentence", [
    (["run", "--cpus", "2", "--vm", "a", "--kernel", DEBIAN], "--cpus belongs to a VM: it comes after --vm NAME"),
    (["run", "--accel", "kvm", "--vm", "a", "--kernel", DEBIAN], "--accel kvm: no. Corbel is a hypervisor and needs EL2"),
    (["demo", "--accel", "kvm"], "--accel kvm: no. Corbel is a hypervisor and needs EL2"),
    (["run", "--qemu-arg=-enable-kvm", "--vm", "a", "--kernel", DEBIAN], "needs EL2"),
    (["run", "--smp", "0", "--vm", "a", "--kernel", DEBIAN], "--smp 0: accepted: a number of CPUs, 1 or more"),
    (["run", "--board", "vrit", "--vm", "a", "--kernel", DEBIAN], "unknown board 'vrit'; the nearest is 'virt'"),
    (["run", "--cpu", "cortex-a27", "--vm", "a", "--kernel", DEBIAN], "the nearest is 'cortex-a"),
    (["run", "--tiemout", "3", "--vm", "a", "--kernel", DEBIAN], "unknown option '--tiemout'; the nearest is '--timeout'"),
    (["run"], "run what? SYSTEM.dts, or --vm NAME --kernel FILE"),
    (["check"], "check what? SYSTEM.dts"),
    (["check", "--cpu", "2", "x.dts"], "unknown option '--cpu'; the nearest is '--cpus'"),
    (["demo", "--headles"], "unknown option '--headles'; the nearest is '--headless'"),
    (["dmeo"], "unknown verb 'dmeo'; the nearest is 'demo'"),
    (["rnu", "x.dts"], "unknown verb 'rnu'; the nearest is 'run'"),
    (["--verison"], "unknown option '--verison'; the nearest is '--version'"),
    (["test", "systme"], "unknown suite 'systme'; the nearest is 'system'"),
])
def test_bad_usage(refused, words, sentence):
    refused(sentence, *words)


# --- the machine itself: QEMU without ./corbel ---

@pytest.mark.parametrize("cpu", ["max,pauth-impdef=on", "cortex-a72"])
def test_a_machine_without_el2_says_how_to_get_it(start, cpu):
    machine = start.qemu("-kernel", GUEST.parent / "corbel.img", el2="off", cpu=cpu)
    assert machine.wait() == 0  # it powers itself off
    assert "corbel: started at EL1, but a hypervisor needs EL2." in machine.text()
    assert "-M virt,virtualization=on" in machine.text()


def test_a_loader_that_passes_no_device_tree(start):
    """x0 = 0. Nothing tells how to power such a machine off: it stays, and the sentence is on the default UART."""
    image = str(GUEST.parent / "corbel.img").replace(",", ",,")
    machine = start.qemu("-device", f"loader,file={image},addr=0x40200000,force-raw=on,cpu-num=0")
    machine.output.expect(rb"no device tree: the boot loader must pass its address in x0[^\n]*\n")


def test_no_description(start):
    machine = start.qemu("-kernel", GUEST.parent / "corbel.img")
    assert machine.wait() == 0
    assert "no description of the machines to run: pass one as the initrd (doc/vm.md)" in machine.text()


def test_a_description_that_is_none(start, files):
    machine = boot(start, files / "text")
    assert machine.wait() == 0
    assert "/: not a device tree: it begins with 0x54686973; accepted: 0xd00dfeed" in machine.text()
    assert "there is no machine to run" in machine.text()


def test_a_truncated_description(start, files):
    path = write(files, "whole", 'good { kernel = /incbin/("good"); };')
    tree = files / "cut.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, path], check=True, timeout=60)
    tree.write_bytes(tree.read_bytes()[:-64])
    machine = boot(start, tree)
    assert machine.wait() == 0
    assert "/: the tree is truncated: " in machine.text() and "good starts" not in machine.text()


def test_without_a_gicv3_it_says_so_and_ends(start, tiny):
    run = start.corbel("run", "--qemu-arg=-M", "--qemu-arg=gic-version=2", "--vm", "a", "--kernel", tiny(b"never\r\n"))
    run.output.expect(rb"the machine has no GICv3 \(on QEMU's virt board: gic-version=3\)")
    assert run.wait() == 125
