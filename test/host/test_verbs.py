# SPDX-License-Identifier: Apache-2.0
"""The front script and the verbs that start nothing: help, versions, usage, setup, check, test."""
import importlib.util
import os
import re
import subprocess

import pexpect
import pytest

from conftest import ROOT, run_corbel

VERBS = ["setup", "build", "demo", "run", "bench", "check", "top", "trace", "console", "test", "clean"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_helps(verb):
    run = run_corbel(verb, "--help")
    assert run.returncode == 0 and run.stdout.startswith(f"usage: corbel {verb}") and run.stderr == ""
    assert run_corbel("help", verb).stdout == run.stdout


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_help_names_every_verb(words):
    run = run_corbel(*words)
    assert run.returncode == 0 and all(f"corbel {verb} " in run.stdout for verb in VERBS)


def test_no_verb_is_bad_usage():
    run = run_corbel()
    assert run.returncode == 2 and "usage:" in run.stderr and run.stdout == ""


def test_version_names_all_three():
    lines = run_corbel("--version").stdout.splitlines()
    assert lines[0] == f"Corbel {(ROOT / 'VERSION').read_text().strip()}"
    assert "gcc" in lines[1] and re.match(r"QEMU emulator version \d+\.\d+", lines[2])


@pytest.mark.parametrize("words, sentence", [
    (["demoo"], "unknown verb 'demoo'; the nearest is 'demo'"), (["help", "chek"], "the nearest is 'check'"),
    (["--versoin"], "unknown option '--versoin'; the nearest is '--version'"), (["demo", "--headles"], "the nearest is '--headless'"),
    (["demo", "x"], "'x': no such word"), (["build", "all"], "accepted: VARIABLE=VALUE"), (["clean", "--cash"], "the nearest is '--cache'"),
    (["check"], "check what?"), (["check", "a", "b"], "'b' is one word too many"), (["check", "--jsn", "a"], "the nearest is '--json'"),
    (["test", "unti"], "unknown suite 'unti'; the nearest is 'unit'"), (["test", "--lst"], "the nearest is '--list'"),
    (["setup", "biuld"], "no such group or option: biuld"), (["demo", "--accel", "kvm"], "KVM keeps EL2 for itself"),
])
def test_bad_usage_is_2_and_helps(words, sentence):
    run = run_corbel(*words)
    assert run.returncode == 2 and sentence in run.stderr and run.stdout == ""


def test_test_lists_its_suites():
    assert run_corbel("test", "--list").stdout.split() == ["laws", "unit", "guest", "attack", "bench", "host", "system"]


# --- setup, on machines that lack things ---

def bare_path(tmp_path, *without):
    """A folder of links to every program on the path but some."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for place in os.environ["PATH"].split(":"):
        for name in os.listdir(place) if os.path.isdir(place) else []:
            if name not in without and not (folder / name).exists():
                (folder / name).symlink_to(os.path.join(place, name))
    return {"PATH": str(folder), "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}


def host_setup(environment, *words, **options):
    return subprocess.run([ROOT / "host/setup", *words], env=environment, capture_output=True, text=True, timeout=60,
                          **{"stdin": subprocess.DEVNULL, **options})


def test_setup_is_silent_when_all_is_there():
    run = host_setup(dict(os.environ), "base", "build", "run", "test")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_setup_check_names_the_missing(tmp_path):
    run = host_setup(bare_path(tmp_path, "dtc", "cppcheck"), "--check", "run", "test")
    assert run.returncode == 1 and "missing here: device-tree-compiler cppcheck" in run.stderr


def test_setup_does_not_ask_nobody(tmp_path):
    run = host_setup(bare_path(tmp_path, "dtc"), "run")
    assert run.returncode == 2 and "no terminal to ask on: say --yes" in run.stderr and "CI=true" in run.stderr


def test_setup_takes_only_y_for_yes(tmp_path):
    child = pexpect.spawn(str(ROOT / "host/setup"), ["run"], env=bare_path(tmp_path, "dtc"), encoding="utf-8", timeout=20)
    child.expect(r"missing here: device-tree-compiler.*install them now\? \[y/N\] ")
    child.sendline("")
    child.expect("nothing was installed")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


def test_an_old_qemu_is_missing(tmp_path):
    environment = bare_path(tmp_path, "qemu-system-aarch64")
    old = tmp_path / "bin/qemu-system-aarch64"
    old.write_text("#!/bin/sh\necho 'QEMU emulator version 7.2.17 (Debian)'\n")
    old.chmod(0o755)
    run = host_setup(environment, "--check", "run")
    assert run.returncode == 1 and "qemu-system-arm" in run.stderr and "10.0 or later" in run.stderr


def test_other_systems_are_told(tmp_path):
    environment = bare_path(tmp_path, "dtc", "dpkg")
    run = host_setup(environment, "--yes", "run")
    assert run.returncode == 2 and "setup knows Debian 12 and 13 on amd64" in run.stderr and "README.md" in run.stderr


def test_without_python_the_front_script_still_speaks(tmp_path):
    environment = bare_path(tmp_path, "python3", "dtc")
    run = subprocess.run([ROOT / "corbel", "frob"], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert run.returncode == 2 and "setup|build|demo|run|bench|check|top|trace|console|test|clean" in run.stderr
    run = subprocess.run([ROOT / "corbel", "demo"], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert run.returncode == 2 and "missing here: python3" in run.stderr


# --- check ---

def test_check_prints_the_demos_machines():
    run = run_corbel("check", str(ROOT / "vms/demo.dts"))
    assert run.returncode == 0
    for word in ("linux1", "linux2", "memory map", "INTID", "PL011", "256 MiB"):
        assert word in run.stdout


def test_check_obeys_limits():
    run = run_corbel("check", "--cpus", "3", str(ROOT / "vms/demo.dts"))
    assert run.returncode == 2 and "linux2" in run.stderr and "accepted: 3 in all" in run.stderr


def test_check_says_what_is_wrong(tmp_path, image):
    (tmp_path / "s.dts").write_text('/dts-v1/; / { compatible = "corbel,system"; one { kernel = /incbin/("an Image"); memroy = "1G"; }; };')
    run = run_corbel("check", str(tmp_path / "s.dts"))
    assert run.returncode == 2 and "memroy" in run.stderr and '"memory"' in run.stderr and run.stdout == ""


# --- the test driver itself ---

@pytest.fixture(scope="module")
def driver():
    specification = importlib.util.spec_from_file_location("driver", ROOT / "host/test.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("script, expected", [
    ("echo x; echo 3 passed, 0 failed", (3, 0)), ("echo 3 passed, 2 failed; exit 1", (3, 2)), ("echo 3 passed, 0 failed; exit 1", (3, 1)),
    ("echo 0 passed, 0 failed", (0, 1)), ("echo nothing", (0, 1)), ("exit 0", (0, 1)), ("echo 3 passed, 0 failed; echo more", (0, 1)),
])
def test_counts_of_a_program(driver, script, expected):
    assert driver.counted("sh", "-c", script) == expected


@pytest.mark.parametrize("text, status, expected", [
    ("[  PASSED  ] 7 test(s).", 0, (7, 0)), ("[  PASSED  ] 5 test(s).\n[  FAILED  ] 2 test(s), listed below:", 2, (5, 2)),
    ("[  FAILED  ] x: 2 test(s), listed below:", 2, (0, 2)), ("ERROR: AddressSanitizer", 1, (0, 1)), ("", 0, (0, 1)),
    ("[  PASSED  ] 7 test(s).", 1, (7, 1)),
])
def test_counts_of_a_unit_program(driver, tmp_path, text, status, expected):
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{text}\nEND\nexit {status}\n")
    path.chmod(0o755)
    assert driver.unit_program(path) == expected


def test_help_boot_names_the_words_of_the_hypervisor():
    run = run_corbel("help", "boot")
    assert run.returncode == 0
    for name in re.findall(r'check_boot_word\("(\w+=)"', (ROOT / "src/monitor/main.c").read_text()):
        assert name in run.stdout
