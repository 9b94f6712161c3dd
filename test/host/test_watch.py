# SPDX-License-Identifier: Apache-2.0
"""top, trace and console against a fake machine that runs: found, answered, attached, and nothing left behind."""
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from conftest import ROOT
from test_run import is_alive, vm, wait_until

# Two VMs. What is typed to a VM comes back as [x]; a report comes in pieces, with a VM's output between them.
MACHINE = '''
start("one", "two")
out(b"\\x10oAready\\r\\nprompt> ")
seconds = 0

def report(kind, lines):
    text = "".join(line + "\\n" for line in ("begin " + kind, *lines, "end")).encode()
    for i in range(0, len(text), 17):
        out(b"\\x10o!" + text[i:i + 17] + (b"\\x10oB." if i % 34 else b""))

def counters():
    global seconds
    seconds += 1
    for letter, name, cpu in (("A", "one", 0), ("B", "two", 1)):
        yield from (f"time {seconds}000 1000", f"vm {letter} {name} running",
                    f"vcpu {letter} 0 {cpu} on ran {seconds * 250 * (cpu + 1)} waited 0 stolen 0 switches 1 listed {seconds * 7} spilled 0 resampled 0 postponed 0",
                    f"exits {letter} 0 hvc {seconds * 10} 100 50")

def trace():
    return ["time 9 1000", "vm A one running", "trace 0 5 40200000 %x %x 7" % (1 << 58 | 0x84000000, 0x16 << 26)]

def typed(letter, byte):
    if byte == b"!":
        for vm in b"AB":
            off(bytes([vm]))
        sys.exit(0)
    out(b"\\x10o" + letter + b"[" + byte + b"]" + (b"\\r\\n" if byte == b"\\r" else b""))

at = b"A"
while True:
    k = key()
    if not k:
        break
    if k != b"\\x1d":
        typed(at, k)
        continue
    k = key()
    if k == b"i":
        typed(key(), key())
    elif k == b"s":
        report("counters", list(counters()))
    elif k == b"t":
        report("trace", trace())
    elif k == b"b":
        out(b"\\x10o" + key() + b"pressed\\r\\n")
    elif k in b"12":
        at = bytes([64 + int(k)])
        out(b"\\x10v" + at)
'''


class Running:
    """./corbel run on the fake machine."""

    def __init__(self, fake, image):
        self.process = subprocess.Popen([ROOT / "corbel", "run", *vm(image), *vm(image, "two")], env=fake.environment, bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout.readline() == b"one | ready\n"
        self.name = f"one-{self.process.pid}"

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=20)[0].decode()


@pytest.fixture
def begin(fake, image):
    fake.behave(MACHINE)
    started = []

    def begin():
        started.append(Running(fake, image))
        return started[-1]
    yield begin
    for running in started:
        running.end()


@pytest.fixture
def running(begin):
    return begin()


def spawn(fake, *words, **more):
    return pexpect.spawn(str(ROOT / "corbel"), list(words), env={**fake.environment, "TERM": "xterm", **more}, timeout=20,
                         dimensions=(24, 100), cwd="/")


def ended(child, status):
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    return child.before


# --- the folder of a run ---

def test_the_folder_is_ours_alone(fake, running):
    root = fake.folder / "runs" / f"corbel-{os.getuid()}"
    assert fake.runs() == [running.name]
    for folder in (root, root / running.name):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_ISSOCK((root / running.name / "control").stat().st_mode)


def test_nothing_is_left_behind(fake, running):
    running.process.stdin.write(b"!")
    assert running.process.wait(20) == 0 and fake.left_over() == []


def test_nothing_is_left_behind_by_a_kill(fake, running):
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not is_alive(fake.pid()) and fake.left_over() == [])


def test_a_folder_that_others_may_enter_is_refused_and_the_run_goes_on(fake, image):
    (fake.folder / "runs" / f"corbel-{os.getuid()}").mkdir(mode=0o755)
    fake.behave('start("one"); off(b"A")')
    run = fake.run("run", *vm(image))
    assert run.returncode == 0 and "cannot reach this run" in run.stderr and "mode 0700" in run.stderr
    assert fake.run("top").returncode == 2


def test_a_link_in_its_place_is_refused(fake, image, tmp_path):
    (fake.folder / "runs" / f"corbel-{os.getuid()}").symlink_to(tmp_path)
    fake.behave('start("one"); off(b"A")')
    assert "cannot reach this run" in fake.run("run", *vm(image)).stderr


@pytest.mark.parametrize("verb", ["top", "trace", "console"])
def test_without_a_run_it_is_2(fake, verb):
    run = fake.run(verb)
    assert run.returncode == 2 and "nothing is running" in run.stderr and run.stdout == ""


def test_what_a_dead_run_left_is_removed(fake):
    dead = subprocess.Popen(["true"])
    dead.wait()
    folder = fake.folder / "runs" / f"corbel-{os.getuid()}" / f"demo-{dead.pid}"
    folder.mkdir(mode=0o700, parents=True)
    folder.parent.chmod(0o700)
    socket.socket(socket.AF_UNIX).bind(f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}/control")
    assert "nothing is running" in fake.run("top").stderr and fake.runs() == []


def test_of_two_runs_one_must_be_named(fake, begin):
    first, second = begin(), begin()
    run = fake.run("trace")
    assert run.returncode == 2 and first.name in run.stderr and second.name in run.stderr
    assert fake.run("trace", "one").returncode == 2
    assert fake.run("trace", first.name).returncode == 0 and fake.run("trace", str(second.process.pid)).returncode == 0
    run = fake.run("trace", "onn")
    assert run.returncode == 2 and "no run 'onn'; the nearest is 'one-" in run.stderr
    first.end()
    assert fake.run("trace").returncode == 0


# --- top ---

def test_top_json_is_a_second_of_all_vcpus(fake, running):
    run = fake.run("top", "--json", cwd="/")
    found = json.loads(run.stdout)
    assert run.returncode == 0 and found["run"] == running.name and found["interval"] == 1
    assert [vm["name"] for vm in found["vms"]] == ["one", "two"]
    vcpu = found["vms"][1]["vcpus"][0]
    assert (vcpu["ran_percent"], vcpu["interrupts_per_second"], vcpu["exits"]["hvc"]["per_second"]) == (50, 7, 10)


def test_top_without_a_terminal_prints_one_table(fake, running):
    run = fake.run("top", running.name)
    assert run.returncode == 0 and len(run.stdout.splitlines()) == 4 and "\x1b" not in run.stdout and "hvc 10" in run.stdout


def test_top_on_a_terminal_goes_on_until_q(fake, running):
    child = spawn(fake, "top")
    for _ in range(2):
        child.expect("by cause")
        child.expect("two .* 50.0")
    child.send("q")
    assert ended(child, 0).endswith(b"\x1b[?25h\x1b[?1049l")


def test_top_has_no_colour_if_none_is_wanted(fake, running):
    child = spawn(fake, "top", NO_COLOR="1")
    child.expect("by cause")
    child.expect("q quits")
    assert b"\x1b[7m" not in child.before
    child.send("\x03")
    ended(child, 0)


def child_of(parent, words):
    """Its process with these words in the command line, by /proc alone: a minimal system has no pgrep."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (process / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent and words in (process / "cmdline").read_bytes():
                return int(process.name)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile
    raise AssertionError(f"{parent} has no child with {words}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_top_leaves_the_terminal_as_it_was(fake, running, number):
    shell = pexpect.spawn("/bin/sh", env={**fake.environment, "PS1": "$ ", "TERM": "xterm"}, timeout=20, encoding="utf-8")
    shell.sendline("stty sane; stty -g; echo BEFO''RE")
    shell.expect(r"([0-9a-f:]{20,})\r\nBEFORE")
    before = shell.match[1]
    shell.sendline(f"'{ROOT}/corbel' top; sleep 0.5; stty -g; echo AFT''ER")
    shell.expect("by cause")
    os.kill(child_of(shell.pid, b"main.py\0top"), number)
    shell.expect(r"([0-9a-f:]{20,})\r\nAFTER")
    assert shell.match[1] == before
    shell.close()


def test_top_ends_with_the_run(fake, running):
    child = spawn(fake, "top")
    child.expect("q quits")
    running.process.stdin.write(b"!")
    assert b"has ended" in ended(child, 1)


def test_many_ask_at_once(fake, running):
    asked = [subprocess.Popen([ROOT / "corbel", "top", "--json"], env=fake.environment, stdout=subprocess.PIPE) for _ in range(4)]
    asked += [subprocess.Popen([ROOT / "corbel", "trace"], env=fake.environment, stdout=subprocess.PIPE)]
    for process in asked:
        assert process.communicate(timeout=30)[0].count(b"hvc") >= 1 and process.returncode == 0


def test_a_client_that_says_nonsense_harms_nobody(fake, running):
    at = os.open(fake.folder / "runs" / f"corbel-{os.getuid()}" / running.name, os.O_RDONLY)
    for nonsense in (b"hello\n", b"[]\n", b'{"ask": "everything"}\n', b'{"ask": "attach", "vm": 7}\n', b"\xff\n", b"3\n",
                     b'{"ask": []}\n', b"[" * 4000 + b"\n"):
        client = socket.socket(socket.AF_UNIX)
        client.connect(f"/proc/self/fd/{at}/control")
        client.sendall(nonsense)
        assert "error" in json.loads(client.makefile().readline())
        client.close()
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"/proc/self/fd/{at}/control")
    with contextlib.suppress(OSError):  # it is hung up on while it still sends
        client.sendall(b"x" * 100000)
    assert fake.run("trace").returncode == 0


# --- the power button ---

def test_a_client_presses_the_button_of_the_vm_that_it_names(fake, running):
    at = os.open(fake.folder / "runs" / f"corbel-{os.getuid()}" / running.name, os.O_RDONLY)
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"/proc/self/fd/{at}/control")
    answers = client.makefile()
    for word, name in (("two", "two"), ("1", "one")):
        client.sendall(json.dumps({"ask": "press", "vm": word}).encode() + b"\n")
        assert json.loads(answers.readline()) == {"pressed": name}
        while not (line := running.process.stdout.readline()).endswith(b"pressed\n"):
            assert line
        assert line.startswith(f"{name} | ".encode())
    client.sendall(b'{"ask": "press", "vm": "onne"}\n')
    assert "unknown VM 'onne'; the nearest is 'one'" in json.loads(answers.readline())["error"]


# --- the run's own terminal ---

def test_s_in_the_run_shows_a_line_per_vcpu(fake, running):
    running.process.stdin.write(b"\x1ds")
    while b"one is running: vCPU 0 on CPU 0 is on" not in (line := running.process.stdout.readline()):
        assert line
    running.process.stdin.write(b"!")


# --- trace ---

def test_trace_of_a_run(fake, running, tmp_path):
    run = fake.run("trace")
    assert run.returncode == 0 and "one.0" in run.stdout and "PSCI_VERSION" in run.stdout
    run = fake.run("trace", "--save", "kept", "--json", "kept.json", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")
    assert json.loads((tmp_path / "kept.json").read_text())["traceEvents"]
    running.end()
    run = fake.run("trace", "kept", cwd=tmp_path)
    assert run.returncode == 0 and "PSCI_VERSION" in run.stdout


# --- console ---

def test_console_shows_the_prompt_and_types_to_its_vm(fake, running):
    child = spawn(fake, "console", "one")
    child.expect(f"attached to one of {running.name}; Ctrl-] detaches")
    child.expect("prompt> ")
    child.send("a\x03\x1a")
    child.expect_exact("[a][\x03][\x1a]")
    child.send("\x1d")
    child.expect("detached")
    ended(child, 0)


def test_each_console_types_to_its_own_vm_and_the_run_to_its_own(fake, running):
    first, second = spawn(fake, "console", "one"), spawn(fake, "console", "2")
    first.expect("attached to one")
    second.expect("attached to two")
    running.process.stdin.write(b"\x1d2")
    for i in range(10):
        first.send(f"{i}")
        running.process.stdin.write(b"u")
        second.send(chr(97 + i))
    first.send("\r")
    second.send("\r")
    assert first.expect_exact("[\r]") == 0 and second.expect_exact("[\r]") == 0
    assert "".join(f"[{i}]" for i in range(10)).encode() in first.before and b"[u]" not in first.before
    typed = second.before.replace(b".", b"").replace(b"[u]", b"")
    assert typed.endswith("".join(f"[{chr(97 + i)}]" for i in range(10)).encode()) and second.before.count(b"[u]") == 10
    for child in (first, second):
        child.send("\x1d")
        ended(child, 0)


def test_what_others_type_does_not_come_between_an_escape_and_its_key(fake, running):
    child = spawn(fake, "console", "one")
    child.expect("attached")
    running.process.stdin.write(b"\x1d")
    time.sleep(0.3)
    child.send("x")
    child.expect_exact("[x]")
    running.process.stdin.write(b"2y")
    other = spawn(fake, "console", "two")
    other.expect_exact("[y]")
    for console in (child, other):
        console.close(force=True)


def test_console_of_a_vm_that_is_not_there(fake, running):
    run = fake.run("console", "onne")
    assert run.returncode == 2 and "unknown VM 'onne'; the nearest is 'one'" in run.stderr
    run = fake.run("console")
    assert run.returncode == 2 and "console of which VM? one two" in run.stderr
    run = fake.run("console", "nowhere", "one")
    assert run.returncode == 2 and "no run 'nowhere'" in run.stderr


def test_console_without_a_terminal_types_what_is_piped_in(fake, running):
    run = fake.run("console", running.name, "two", stdin=None, input="hi!")
    assert run.returncode == 0 and "[h][i]" in run.stdout and "has ended" in run.stderr
    assert running.process.wait(20) == 0 and fake.left_over() == []


def test_a_console_that_nobody_reads_holds_up_nobody(fake, image):
    fake.behave('start("one"); out(b"\\x10oAready\\n"); key()\n'
                'for i in range(3000): out(b"\\x10oA" + b"%01023d\\n" % i)\noff(b"A")')
    running = Running(fake, image)
    at = os.open(fake.folder / "runs" / f"corbel-{os.getuid()}" / running.name, os.O_RDONLY)
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"/proc/self/fd/{at}/control")
    client.sendall(b'{"ask": "attach", "vm": "one"}\n')
    assert json.loads(client.recv(1000)) == {"attached": "one"}
    running.process.stdin.write(b".")
    output, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == 0 and output.count(b"\n") == 3000
