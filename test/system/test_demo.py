# SPDX-License-Identifier: Apache-2.0
"""The demo on a terminal: one session, used as a person would, from its first line to both machines' power-off.

The tests run in this order; the last ones reboot and end what the first ones use.
"""
import re
import time

import pytest

from sessions import ESCAPE, Shell

COLOUR = {"linux1": b"\x1b[32m", "linux2": b"\x1b[35m"}
LOAD = "dd if=/dev/zero bs=64k count=64 2>/dev/null | sha256sum >/dev/null"


class Demo:
    def __init__(self, terminal):
        self.terminal = terminal
        self.one, self.two = (Shell(terminal, terminal, name) for name in ("linux1", "linux2"))

    def attach(self, number):
        """The shell of a machine, attached."""
        self.terminal.type(ESCAPE + str(number).encode())
        self.terminal.expect(rb"attached to linux%d; [^\n]*\r\n" % number)
        return (self.one, self.two)[number - 1]


@pytest.fixture(scope="module")
def booting(start_once, built):
    return Demo(start_once.terminal("demo"))


@pytest.fixture(scope="module")
def demo(booting):
    """Both at their prompts, their kernels silent on the console."""
    for number in (1, 2):
        shell = booting.attach(number)
        booting.terminal.type(b"\r")
        shell.prompt()
        shell.start("dmesg -n 1")
        shell.prompt()
    return booting


def test_it_says_first_what_is_started(booting):
    booting.terminal.expect(rb"corbel: both VMs boot Debian's Linux 6\.\d+\S* with busybox \S+\r\n"
                            rb"corbel: board virt, 4 CPUs, [\d.]+ [MG]iB, emulated by QEMU\r\n"
                            rb"corbel: VM 1 linux1: 2 CPUs, 256 MiB, arm64 Image of \S+ MiB, initrd of \S+ KiB\r\n"
                            rb"corbel: VM 2 linux2: 2 CPUs, 256 MiB, arm64 Image of \S+ MiB, initrd of \S+ KiB\r\n")


def test_both_consoles_come_prefixed_and_in_colour(booting):
    seen = b""
    for name in ("linux1", "linux2", "linux1", "linux2"):
        booting.terminal.expect(re.escape(COLOUR[name] + name.encode() + b" |\x1b[0m ") + rb"\[ *\d+\.\d+\] [^\n]*\r\n")
        seen += booting.terminal.before()
    for line in seen.split(b"\r\n")[1:-1]:
        assert re.match(rb"\x1b\[3\dm(corbel|linux1|linux2) \|\x1b\[0m |$", line), line
    for number in (1, 2):
        booting.terminal.expect(rb"Welcome to linux\d: Linux 6\.[^\n]* on 2 CPUs with \d+ MiB")


def test_attached_is_raw(demo):
    for number in (1, 2):
        shell = demo.attach(number)
        shell.start("printf 'a\\033[1mb\\033[0mc\\n'; hostname")
        demo.terminal.expect(rb"\r\na\x1b\[1mb\x1b\[0mc\r\nlinux%d\r\n" % number)
        shell.prompt()
        assert b" |" not in demo.terminal.before()


def test_the_other_is_not_seen_while_one_is_attached(demo):
    demo.attach(2).start("sleep 2; echo two''speaks")
    demo.attach(1).do("sleep 4")
    assert b"twospeaks" not in demo.terminal.before()
    demo.attach(2).do("true")


def test_all_shows_both_and_keys_go_to_the_last_attached(demo):
    demo.attach(1).start("sleep 3; echo from $(hostname)")
    demo.attach(2)
    demo.terminal.type(ESCAPE + b"a")
    demo.terminal.expect(rb"all machines are shown; keys go to linux2\r\n")
    demo.terminal.type(b"echo typed to $(hostname)\r")
    for line in (rb"linux2 \|\x1b\[0m typed to linux2\r\n", rb"linux1 \|\x1b\[0m from linux1\r\n"):
        demo.terminal.expect(line)
    demo.attach(1).do("true")
    demo.attach(2).do("true")


def test_help_lists_the_keys_and_the_machines(demo):
    demo.attach(2)
    demo.terminal.type(ESCAPE + b"?")
    demo.terminal.expect(rb"Ctrl-\] then: 1\.\.9 attach[^\n]*a show all[^\n]*c crash[^\n]*p press its power button[^\n]*q quit[^\n]*\r\n")
    demo.terminal.expect(rb"1 linux1\r\n[^\n]*2 linux2 \(typed to\)\r\n")


@pytest.mark.parametrize("key", [b"x", b"\r", b"\x00", b"\xff", b"\x1b"])
def test_an_unknown_key_helps_and_is_not_typed(demo, key):
    shell = demo.attach(1)
    demo.terminal.type(ESCAPE + key)
    demo.terminal.expect(rb"Ctrl-\] then: 1\.\.9 attach")
    demo.terminal.expect(rb"2 linux2\r\n")
    assert shell.do("echo alive") == ["alive"]


def test_a_machine_that_is_not_there_is_told(demo):
    shell = demo.attach(1)
    demo.terminal.type(ESCAPE + b"3")
    demo.terminal.expect(rb"there is no machine 3\r\n")
    assert shell.do("hostname") == ["linux1"]


def test_the_escape_twice_sends_it_once(demo):
    shell = demo.attach(1)
    shell.start("sh -c 'echo wait\"\"ing >&2; exec head -n 1' | hexdump -C")
    demo.terminal.expect(rb"waiting\r\n")  # the shell's line editor has let go of the terminal
    demo.terminal.type(b"[" + ESCAPE + ESCAPE + b"]\r")
    demo.terminal.expect(rb"00000000  5b 1d 5d 0a ")
    shell.prompt()


def test_control_keys_go_to_the_guest(demo):
    shell = demo.attach(1)
    shell.start("sh -c 'echo wait\"\"ing; exec sleep 1000'")
    demo.terminal.expect(rb"waiting\r\n")
    demo.terminal.type(b"\x03")
    shell.prompt()
    shell.start("echo status=$?")
    demo.terminal.expect(rb"status=130\r\n")  # a process that SIGINT ended
    shell.prompt()


@pytest.mark.parametrize("number", [1, 2])
def test_every_machine_has_its_cpus_and_its_name(demo, number):
    shell = demo.attach(number)
    assert shell.do("nproc; hostname") == ["2", f"linux{number}"]


@pytest.mark.parametrize("number", [1, 2])
def test_date_is_right(demo, number):
    shell = demo.attach(number)
    before = time.time()
    date = shell.number("date +%s")
    assert before - 3 <= date <= time.time() + 3


@pytest.mark.parametrize("number", [1, 2])
def test_sleep_1_sleeps_a_second(demo, number):
    """At least one by the guest's clock, and not more than passed here meanwhile."""
    shell = demo.attach(number)
    start = time.monotonic()
    before, after = (float(line) for line in shell.do("cut -d' ' -f1 /proc/uptime; sleep 1; cut -d' ' -f1 /proc/uptime"))
    assert 1 <= after - before + 0.01 <= time.monotonic() - start + 1


def counts(shell, row):
    """Of the interrupts whose row in /proc/interrupts fits, those of each CPU."""
    line = shell.do(f"awk '/{row}/ {{ a += $2; b += $3 }} END {{ print a, b }}' /proc/interrupts")[-1]
    return [int(word) for word in line.split()]


@pytest.mark.parametrize("number", [1, 2])
def test_timers_strike_on_all_cpus(demo, number):
    shell = demo.attach(number)
    before = counts(shell, "arch_timer")
    for cpu in (1, 2):
        shell.do(f"taskset {cpu} sh -c '{LOAD}'")
    assert all(now > then > 0 for now, then in zip(counts(shell, "arch_timer"), before))


@pytest.mark.parametrize("number", [1, 2])
def test_cpus_interrupt_each_other(demo, number):
    shell = demo.attach(number)
    before = counts(shell, "IPI")
    shell.do("taskset 1 yes | taskset 2 head -c 200000 | taskset 1 wc -c")
    assert all(now > then for now, then in zip(counts(shell, "IPI"), before))


def test_nothing_is_missing_in_much_output(demo):
    shell = demo.attach(2)
    assert shell.do("seq 1 3000") == [str(number) for number in range(1, 3001)]


def test_reboot_boots_again_and_the_other_does_not_notice(demo):
    other = demo.attach(2).do("cat /proc/sys/kernel/random/boot_id; cut -d. -f1 /proc/uptime")
    shell = demo.attach(1)
    before = shell.do("cat /proc/sys/kernel/random/boot_id")
    shell.start("reboot")
    demo.terminal.expect(rb"linux1 was reset and starts again\r\n")
    demo.terminal.expect(rb"linux1 starts, ")
    demo.terminal.expect(rb"Welcome to linux1")
    shell.prompt()
    assert shell.do("cat /proc/sys/kernel/random/boot_id") != before
    identity, uptime = demo.attach(2).do("cat /proc/sys/kernel/random/boot_id; cut -d. -f1 /proc/uptime")
    assert identity == other[0] and int(uptime) >= int(other[1])
    first = demo.attach(1).number("cut -d' ' -f1 /proc/uptime")
    assert first < demo.attach(2).number("cut -d' ' -f1 /proc/uptime")


def test_c_crashes_one_its_report_comes_it_boots_again_and_the_other_goes_on(demo):
    other = demo.attach(2).do("cat /proc/sys/kernel/random/boot_id; cut -d. -f1 /proc/uptime")
    shell = demo.attach(1)
    before = shell.do("cat /proc/sys/kernel/random/boot_id")
    demo.terminal.type(ESCAPE + b"c")
    for line in (rb"linux1: the machine was stopped: somebody at the console wanted it so\r\n", rb"  pc [0-9a-f]{16}  pstate [0-9a-f]+  vCPU 0 of 2\r\n",
                 rb"  last exception: esr [^\n]+\r\n", rb"  pc  [0-9a-f]{16}: stage 1 [^\n]+\r\n", rb"  x0  [0-9a-f]{16}", rb"  sp_el0 ",
                 rb"  vCPU 1 (slept|ran): pc [0-9a-f]{16}[^\n]+\r\n", rb"  last exits, in seconds before the end\r\n",
                 rb'  restart = "on-crash": it starts again, \d of 5 times within 60 s\r\n', rb"linux1 has crashed and starts again\r\n",
                 rb"Welcome to linux1"):
        demo.terminal.expect(line)
        assert b"linux2" not in demo.terminal.before()
    shell.prompt()
    assert shell.do("cat /proc/sys/kernel/random/boot_id") != before
    identity, uptime = demo.attach(2).do("cat /proc/sys/kernel/random/boot_id; cut -d. -f1 /proc/uptime")
    assert identity == other[0] and int(uptime) >= int(other[1])


def test_poweroff_ends_one_and_the_other_goes_on(demo):
    demo.attach(1).start("poweroff")
    demo.terminal.expect(rb"linux1 is off\r\n")
    demo.terminal.type(b"typed to nobody\r")
    assert demo.attach(2).do("echo alive") == ["alive"]


def test_when_both_are_off_it_ends_with_0_and_the_terminal_is_as_before(demo):
    demo.attach(2).start("poweroff")
    demo.terminal.expect(rb"linux2 is off\r\n")
    assert demo.terminal.wait() == 0


# --- short sessions of their own ---

def test_q_quits_with_0(start):
    terminal = start.terminal("demo")
    terminal.expect(rb"linux[12] \|\x1b\[0m \[ ")
    terminal.type(ESCAPE + b"q")
    assert terminal.wait() == 0


def test_no_color_is_obeyed(start):
    terminal = start.terminal("demo", NO_COLOR="1")
    for _ in range(20):
        terminal.expect(rb"^linux[12] \| \[[^\n]*\r\n")
        assert b"\x1b" not in terminal.before()
    terminal.type(ESCAPE + b"q")
    assert terminal.wait() == 0


def test_without_a_terminal_lines_are_prefixed_and_plain(start):
    run = start.corbel("demo")
    for name in (rb"linux1", rb"linux2"):
        run.output.at = 0  # either may be first
        run.output.expect(rb"^%s \| \[ *0\.0+\] Booting Linux on physical CPU 0x0+ " % name)
    run.type(ESCAPE + b"q")
    assert run.wait() == 0
    assert "\x1b" not in run.text() and "\r" not in run.text()


# --- without a user ---

def test_headless_does_everything(start):
    run = start.done("demo", "--headless")
    assert run.status == 0, run.text()[-3000:]
    for name in ("linux1", "linux2"):
        assert run.text().count(f"demo: {name}: all well\n") == 2
        assert f"corbel: {name} has done everything\n" in run.text()
        assert f"corbel | {name} was reset and starts again\n" in run.text()
    assert run.text().endswith("corbel: demo: all well\n")


def test_headless_out_of_time_says_who_got_how_far(start):
    run = start.done("demo", "--headless", "--timeout", "3")
    assert run.status == 124
    assert re.search(r"^corbel: linux1 got as far as waiting for its first shell$", run.text(), re.M)
    assert re.search(r"^corbel: linux2 got as far as waiting for its first shell$", run.text(), re.M)
    assert run.text().endswith("corbel: demo: FAILED\n")
