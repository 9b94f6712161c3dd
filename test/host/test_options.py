# SPDX-License-Identifier: Apache-2.0
"""The command line: what it takes, and every error it tells."""
import pytest

from options import MACHINE, parse, parse_run, size
from trouble import Trouble, amount, nearest


@pytest.mark.parametrize("text, expected", [("512M", 512 << 20), ("1G", 1 << 30), ("256MiB", 256 << 20), ("4096", 4096),
                                            ("8k", 8192), ("2GB", 2 << 30), ("", None), ("M", None), ("1.5G", None),
                                            ("-1M", None), ("1X", None), ("0x10", None)])
def test_sizes(text, expected):
    assert size(text) == expected


@pytest.mark.parametrize("count, expected", [(268435456, "256 MiB"), (1 << 30, "1 GiB"), (1536 << 20, "1.5 GiB"), (12, "12 bytes"),
                                             (2048, "2 KiB")])
def test_amounts(count, expected):
    assert amount(count) == expected


def test_everything_at_once():
    found = parse_run("--board virt --cpu cortex-a72 --smp 4 --ram 1G --icount --timeout 9.5 --log d --gdb --dry-run "
                      "--count --profile p "
                      "--qemu-arg=-d --qemu-arg unimp --vm a --kernel k --load 0x40080000 --entry 1074266112 --initrd i "
                      "--cpus 2 --memory 128M --wfi trap --wfe native --gic software --restart always --vm b --kernel=k2 --append=".split())
    assert (found.board, found.cpu, found.smp, found.ram, found.timeout, found.log) == ("virt", "cortex-a72", 4, 1 << 30, 9.5, "d")
    assert found.count and found.profile == "p"
    assert found.icount and found.gdb and found.dry_run and found.qemu_args == ["-d", "unimp"]
    a, b = found.vms
    assert (a.name, a.kernel, a.load, a.entry, a.initrd, a.cpus, a.memory) == ("a", "k", 0x40080000, 0x40080000, "i", 2, 128 << 20)
    assert (a.wfi, a.wfe, a.gic, b.wfi, b.wfe, b.gic) == ("trap", "native", "software", None, None, None)
    assert (a.restart, b.restart) == ("always", None)
    assert (b.name, b.kernel, b.append, b.cpus) == ("b", "k2", "", None)


def test_who_has_a_cpu():
    a, b = parse_run("--vm a --kernel k --class fair --affinity 3,0-1 --weight 200 --cap 50 "
                     "--vm b --kernel k --class real-time --priority 1 --budget-us 2000 --period-us 10000".split()).vms
    assert (getattr(a, "class"), a.affinity, a.weight, a.cap, a.priority) == ("fair", [0, 1, 3], 200, 50, None)
    assert (b.affinity, b.weight, b.priority, b.budget_us, b.period_us) == (None, None, 1, 2000, 10000)


def test_an_append_may_look_like_an_option():
    assert parse_run(["--vm", "a", "--kernel", "k", "--append", "--yes"]).vms[0].append == "--yes"


def test_options_may_follow_the_description():
    assert parse_run(["x.dts", "--smp", "2"]).smp == 2


def test_yes_may_come_last():
    assert parse_run(["--vm", "a", "--kernel", "k", "--yes"]).yes


@pytest.mark.parametrize("line, sentence", [
    ("", "run what?"),
    ("a.dts b.dts", "one description at a time: 'a.dts', not also 'b.dts'"),
    ("a.dts --vm x --kernel k", "not both"),
    ("--smpp 2 x", "unknown option '--smpp'; the nearest is '--smp'"),
    ("--kernle k x", "unknown option '--kernle'; the nearest is '--kernel'"),
    ("--bord=virt x", "the nearest is '--board'"),
    ("-x", "unknown option '-x'"),
    ("--smp", "--smp wants a value"),
    ("--smp 0 x", "--smp 0: accepted: a number of CPUs, 1 or more"),
    ("--smp -1 x", "--smp -1: accepted"),
    ("--smp two x", "--smp two: accepted"),
    ("--smp 513 x", "--smp 513: accepted"),
    ("--smp 2 --smp 3 x", "--smp is given twice"),
    ("--ram lots x", "--ram lots: accepted: a size"),
    ("--ram 0 x", "--ram 0: accepted: a size"),
    ("--timeout 0 x", "--timeout 0: accepted: seconds"),
    ("--timeout soon x", "--timeout soon: accepted: seconds"),
    ("--log= x", "--log: accepted: a value that is not empty"),
    ("--gdb=1 x", "--gdb takes no value"),
    *((f"--vm a --kernel k --affinity={text}", f"--affinity {text}: accepted: CPUs, such as 0 or 0,2-3")
      for text in ("", "x", "1,", "2-1", "-1", "0x1", "1234")),
    ("--vm a --kernel k --weight 0", "--weight 0: accepted: a number, 1 or more"),
    ("--vm a --kernel k --cap all", "--cap all: accepted: a number, 1 or more"),
    ("--kernel k", "--kernel belongs to a VM: it comes after --vm NAME"),
    ("--cpus 2 --vm a --kernel k", "--cpus belongs to a VM"),
    ("--vm a --kernel k --smp 2", "--smp belongs to the machine: it comes before the first --vm"),
    ("--vm a --kernel k --icount", "--icount belongs to the machine"),
    ("--vm a", "--vm a: no --kernel FILE"),
    ("--vm", "--vm wants a value"),
    ("--vm a --kernel k --vm a --kernel k", "a second VM of this name"),
    ("--vm A --kernel k", "--vm A: accepted: 1 to 31 of a-z"),
    ("--vm -a --kernel k", "accepted: 1 to 31 of a-z"),
    ("--vm a --kernel k --cpus 0", "--cpus 0: accepted"),
    ("--vm a --kernel k --memory much", "--memory much: accepted: a size"),
    ("--vm a --kernel k --kernel l", "--kernel is given twice"),
    ("--vm a --kernel k --load 0x40080000", "--load and --entry come together"),
    ("--vm a --kernel k --entry 0x40080000", "--load and --entry come together"),
    ("--vm a --kernel k --load here --entry 0", "--load here: accepted: an address"),
    ("--accel kvm x", "KVM keeps EL2 for itself"),
    ("--accel hvf x", "HVF keeps EL2 for itself"),
    ("--accel warp x", "--accel warp: accepted: tcg"),
    ("--qemu-arg=-enable-kvm x", "KVM keeps EL2 for itself"),
    ("--qemu-arg=-accel --qemu-arg=kvm x", "KVM keeps EL2 for itself"),
    ("--qemu-arg=-machine --qemu-arg=virt,accel=kvm x", "KVM keeps EL2 for itself"),
    ("--qemu-arg=-semihosting x", "read and write your files"),
    ("--qemu-arg=-semihosting-config --qemu-arg=enable=on x", "read and write your files"),
])
def test_usage_errors(line, sentence):
    with pytest.raises(Trouble) as caught:
        parse_run(line.split())
    assert sentence in str(caught.value) and caught.value.status == 2


def test_tcg_may_be_named():
    assert parse_run("--accel tcg,thread=single x".split()).accel == "tcg,thread=single"


def test_help_needs_nothing_else():
    assert parse_run(["--help"]).help and parse_run(["-h"]).help


@pytest.mark.parametrize("line, sentence", [("x", "'x': no such word is taken here"), ("--headles", "the nearest is '--headless'")])
def test_verbs_without_words(line, sentence):
    with pytest.raises(Trouble, match=sentence):
        parse(line.split(), {**MACHINE, "--headless": ("headless", "flag")})


@pytest.mark.parametrize("word, expected", [("demoo", "demo"), ("chek", "check"), ("tset", "test"), ("sutep", "setup")])
def test_nearest_word(word, expected):
    assert nearest(word, ["setup", "build", "demo", "run", "check", "test", "clean"]) == expected
