# SPDX-License-Identifier: Apache-2.0
"""How ./corbel run ends: its exit statuses, what it says then, and that nothing outlives it."""
import os
import re
import signal
import subprocess

import pytest

import processes
import programs
import sessions
from sessions import ESCAPE, FRONT, ROOT

ENDLESS = (b"it runs\r\n", "wait")
RAW = ["--load", hex(programs.LOAD), "--entry", hex(programs.LOAD), "--memory", "64M"]


def vm(name, image, *more):
    return ["--vm", name, "--kernel", image, "--memory", "64M", *more]


def test_all_off_is_0(start, tiny):
    run = start.done("run", *vm("one", tiny(b"first\r\n")), *vm("two", tiny(b"second\r\n", 500)))
    assert run.status == 0
    assert "one | first\n" in run.text() and "two | second\n" in run.text()
    assert run.text().count(" is off\n") == 2
    assert list(run.temporary.iterdir()) == []


def test_it_says_what_is_started(start, tiny):
    run = start.done("run", *vm("one", tiny(b"first\r\n"), "--cpus", "2"), *vm("two", tiny(b"first\r\n")))
    assert re.match(r"corbel: board virt, 3 CPUs, \d+ MiB, emulated by QEMU\n"
                    r"corbel: VM 1 one: 2 CPUs, 64 MiB, arm64 Image of [^\n]+\n"
                    r"corbel: VM 2 two: 1 CPU, 64 MiB, arm64 Image of [^\n]+\n", run.complaint())


def test_a_crash_is_1_with_its_report_and_the_other_goes_on(start, tiny, tmp_path):
    run = start.done("run", "--vm", "zero", "--kernel", programs.zeros(tmp_path), *RAW,
                     *vm("other", tiny(b"before\r\n", 3000, b"after\r\n")))
    assert run.status == 1
    for line in ("zero: vCPU 0 stopped the machine: its exception vectors cannot be executed",
                 r"  pc 0000000000000200  pstate \w+  vCPU 0 of 1$",
                 r"  last exception: esr 8[26]\w{6}, fetch, translation fault at level \d$",
                 r"  pc  0000000000000200: stage 1 is off, IPA 0000000200: stage 2 nothing$", r"  x0  0000000040000000  x1  0000000000000000",
                 r"  sp_el0  .*sp_el1", r"  +0\.\d{9}  vCPU 0  fetch +pc \w+  of 000000000200  8", r'  restart = "on-reset": it does not start again$',
                 "zero has crashed$", "other is off$"):
        assert re.search(rf"^corbel \| {line}", run.text(), re.M), line
    report = run.text()[run.text().index("zero: vCPU 0"):run.text().index("zero has crashed")].splitlines()
    report = [line for line in report if not line.startswith("corbel | other starts, ")]  # just then
    assert len(report) <= 50 and max(len(line.removeprefix("corbel | ")) for line in report) <= 100
    assert "other" not in "".join(line for line in report if line.startswith("corbel | "))
    assert run.text().index("zero has crashed") < run.text().index("other | after\n")
    assert "corbel: zero crashed; its report is above\n" in run.complaint()


def test_time_out_is_124_and_says_how_far(start, tiny):
    run = start.done("run", "--timeout", "4", *vm("quick", tiny(b"done\r\n")), *vm("slow", tiny(*ENDLESS)))
    assert run.status == 124
    assert "corbel: not done after 4 s; stopped\n" in run.complaint()
    assert "corbel: quick last powered itself off\n" in run.complaint()
    assert "corbel: slow last started\n" in run.complaint()
    assert list(run.temporary.iterdir()) == []


def running(start, tiny, *words):
    run = start.corbel("run", *words, *vm("one", tiny(*ENDLESS)))
    run.output.expect(rb"one \| it runs\n")
    return run


def kept_log(run):
    """The folder that the last line of what it says names."""
    return re.search(r"^corbel: the logs are in (.*)\n\Z", run.complaint(), re.M)[1]


def test_qemu_killed_is_125_and_the_log_is_kept(start, tiny):
    run = running(start, tiny)
    (emulator,) = processes.emulators(run.mark)
    os.kill(emulator, signal.SIGKILL)
    assert run.wait() == 125
    assert "corbel: QEMU ended with status -9\n" in run.complaint()
    assert "  one starts, " in run.complaint()  # the last lines
    assert b"one starts" in open(os.path.join(kept_log(run), "corbel.log"), "rb").read()


def test_qemu_that_refuses_its_line_is_125_with_its_words(start, tiny):
    run = start.done("run", "--qemu-arg=-nosuchoption", *vm("one", tiny(*ENDLESS)))
    assert run.status == 125
    assert "-nosuchoption" in run.complaint() and kept_log(run)


def test_a_machine_without_el2_is_125_and_says_how_to_get_it(start, tiny):
    run = start.done("run", "--qemu-arg=-M", "--qemu-arg=virtualization=off", *vm("one", tiny(*ENDLESS)))
    assert run.status == 125
    assert "started at EL1, but a hypervisor needs EL2" in run.complaint()
    assert "-M virt,virtualization=on" in run.complaint() and "one |" not in run.text()


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals(start, tiny, number, status):
    run = running(start, tiny)
    run.signal(number)
    assert run.wait() == status
    assert list(run.temporary.iterdir()) == []


def test_killed_it_takes_the_emulator_along(start, tiny):
    run = running(start, tiny)
    assert len(processes.emulators(run.mark)) == 1
    os.kill(run.process.pid, signal.SIGKILL)
    assert run.wait() == -9
    assert list(run.temporary.iterdir()) == []


def test_its_reader_goes_away(start, tiny):
    """As in ./corbel run | head -1."""
    run = start.keep(start_piped(start, ["head", "-n", "1"], tiny(*[b"line\r\n", 100] * 40)))
    assert run.wait() == 0  # head's
    assert run.text().count("\n") == 1


def start_piped(start, reader, image):
    line = ['"$0" run --vm one --memory 64M --kernel "$1" | ' + " ".join(reader)]
    return sessions.Run(start.place(), ["sh", "-c", *line, FRONT, image])


def test_quit_by_key_is_0(start, tiny):
    run = running(start, tiny)
    run.type(ESCAPE + b"q")
    assert run.wait() == 0


@pytest.mark.parametrize("how", ["off", "quit", "time", "kill"])
def test_the_terminal_is_restored(start, tiny, how):
    endless = how != "off"
    terminal = start.terminal("run", "--timeout", "5" if how == "time" else "100",
                              *vm("one", tiny(*ENDLESS) if endless else tiny(b"it runs\r\n")))
    terminal.expect(rb"one \|\x1b\[0m it runs\r\n")
    if how == "quit":
        terminal.type(ESCAPE + b"q")
    elif how == "kill":
        os.kill(processes.emulators(terminal.mark)[0], signal.SIGKILL)
    assert terminal.wait() == {"off": 0, "quit": 0, "time": 124, "kill": 125}[how]


def test_control_c_on_a_terminal_is_the_guests(start, tiny):
    terminal = start.terminal("run", *vm("one", tiny(b"it runs\r\n", 5000, b"still\r\n")))
    terminal.expect(rb"it runs\r\n")
    terminal.type(b"\x03\x1a\x1c")
    terminal.expect(rb"still\r\n")
    assert terminal.wait() == 0


def test_two_runs_at_once(start, tiny):
    image = tiny(b"here\r\n", 3000, b"there\r\n")
    runs = [start.corbel("run", *vm(f"vm{i}", image)) for i in range(2)]
    for i, run in enumerate(runs):
        run.output.expect(rb"vm%d \| here\n" % i)
    assert [len(processes.emulators(run.mark)) for run in runs] == [1, 1]
    for i, run in enumerate(runs):
        assert run.wait() == 0 and f"vm{i} | there\n" in run.text() and f"vm{1 - i}" not in run.text()


def test_from_another_folder_a_description_in_a_path_with_spaces(start, tiny, tmp_path):
    folder = tmp_path / "a path with spaces"
    (folder / "images of guests").mkdir(parents=True)
    (folder / "images of guests/an Image").symlink_to(tiny(b"found\r\n"))
    (folder / "my system.dts").write_text('/dts-v1/;\n/ { compatible = "corbel,system"; one { memory = "64M"; '
                                          'kernel = /incbin/("images of guests/an Image"); }; };\n')
    for words, cwd in ((["my system.dts"], folder), ([folder / "my system.dts"], "/"),
                       (["../my system.dts"], folder / "images of guests")):
        run = start.done("run", *words, cwd=cwd)
        assert run.status == 0 and "one | found\n" in run.text()
        assert start.done("check", *words, cwd=cwd).status == 0
    assert sorted(path.name for path in folder.iterdir()) == ["images of guests", "my system.dts"]


@pytest.mark.parametrize("front", ["link", "relative"])
def test_the_front_script_finds_its_folder(start, tiny, tmp_path, front):
    link = tmp_path / "a link"
    link.symlink_to(FRONT)
    path = link if front == "link" else os.path.relpath(FRONT, tmp_path)
    assert start.done("run", *vm("one", tiny(b"first\r\n")), front=path, cwd=tmp_path).status == 0


def test_the_log_is_made_with_its_folders(start, tiny, tmp_path):
    logs = tmp_path / "logs of/this run"
    run = start.done("run", "--log", logs, *vm("one", tiny(b"first\r\n")), *vm("two", tiny(b"second\r\n")))
    assert run.status == 0
    assert (logs / "one.log").read_bytes() == b"first\r\n" and (logs / "two.log").read_bytes() == b"second\r\n"
    assert b"one is off\r\n" in (logs / "corbel.log").read_bytes()


def test_dry_run_prints_a_line_that_works_and_starts_nothing(start, tiny):
    run = start.done("run", "--dry-run", "--smp", "2", *vm("one", tiny(b"first\r\n")))
    assert run.status == 0 and run.text().startswith("qemu-system-aarch64 -M virt,")
    assert 'one {' in run.text() and "one starts" not in run.text()
    assert list(run.temporary.iterdir()) == []


def test_icount_is_deterministic(start, tiny):
    """The same instructions take the same virtual time: the hypervisor's own stamps are equal, run for run."""
    def stamps(run):
        return re.findall(r"one starts, [\d.]+ s after power-on", run.text())

    runs = [start.done("run", "--icount", *vm("one", tiny(b"first\r\n"))) for _ in range(2)]
    assert [run.status for run in runs] == [0, 0]
    assert stamps(runs[0]) == stamps(runs[1]) != []


# --- a whole tree elsewhere ---

COPIED = ["corbel", "host", "vms", "boards", "VERSION", "Makefile", "src", "include", "test/guest", "build"]


@pytest.fixture(scope="module")
def tree(built, tmp_path_factory):
    """A copy of what ./corbel is made of, in a path with spaces."""
    to = tmp_path_factory.mktemp("a clone") / "of the tree"
    (to / "test").mkdir(parents=True)
    for name in COPIED:
        subprocess.run(["cp", "-a", ROOT / name, to / name], check=True, timeout=100)
    return to


def test_a_tree_in_a_path_with_spaces_works(start, tiny, tree):
    run = start.done("run", *vm("one", tiny(b"first\r\n")), front=tree / "corbel", cwd="/")
    assert run.status == 0, run.complaint()


def test_a_demo_whose_guest_is_broken_says_who_got_how_far(start, tree):
    """Its second kernel finds no program to run, and resets itself."""
    path = tree / "vms/demo.dts"
    path.write_text(path.read_text().replace("hostname=linux2", "rdinit=/nowhere panic=1"))
    run = start.done("demo", "--headless", front=tree / "corbel")
    assert run.status == 1, run.text()[-2000:]
    assert re.search(r"^corbel: linux2 got as far as waiting for its first shell$", run.text(), re.M)
    assert re.search(r"^corbel: linux1 got as far as waiting for its ", run.text(), re.M)
    assert re.search(r"^corbel: linux2 waited for its first shell, but it reset itself$", run.text(), re.M)
    assert run.text().endswith("corbel: demo: FAILED\n")
