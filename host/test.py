# SPDX-License-Identifier: Apache-2.0
"""The verb test: runs the suites, prints for each "NAME: N passed, N failed" and its share of the time."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

import bench
import build
from options import parse
from trouble import Trouble, unknown

HELP = """usage: corbel test [--list] [--yes] [SUITE...]

Builds and runs every test, or the suites that are named:

  laws     the laws of the house, over the source (tools/)
  unit     the monitor and the virtual devices against a fake machine, under ASan and UBSan
  guest    small EL1 kernels under the hypervisor, and on the bare board
  attack   the attacks of doc/attacks.md, each beside a VM that must not notice
  bench    what each operation costs, against golden figures; budgets of size, memory and time (doc/bench.md)
  host     what runs on your machine: ./corbel and host/
  system   real operating systems on the emulated machine

  --list   prints the suites' names
  --yes    installs what is missing without asking

Exit status: 0 every test passed, 1 one did not, 2 bad usage.
"""
COUNTS = re.compile(r"^(?:\S+: )?(\d+) passed, (\d+) failed$")
CMOCKA = re.compile(r"^\[  (PASSED|FAILED)  \] (?:\w+: )?(\d+) test\(s\)", re.M)


def python():
    """A Python that has pytest and pexpect: the first on the path, or the system's."""
    for candidate in ("python3", "/usr/bin/python3"):
        if shutil.which(candidate) and not subprocess.run([candidate, "-c", "import pytest, pexpect"],
                                                          capture_output=True).returncode:
            return candidate
    raise Trouble("no python3 here has pytest and pexpect", 1)


def counted(*line):
    """A program whose last line is "N passed, N failed"; its output is shown as it comes."""
    process = subprocess.Popen(line, cwd=build.ROOT, stdout=subprocess.PIPE, text=True, errors="replace")
    last = ""
    for text in process.stdout:
        if last:
            print(last, flush=True)
        last = text.rstrip("\n")
    status, match = process.wait(), COUNTS.match(last)
    if not match:
        print(last)
        return 0, 1
    passed, failed = int(match[1]), int(match[2])
    return passed, failed if failed or (status == 0 and passed) else 1


def pytest(folder):
    """The tests of a folder: every one that did not pass has failed, skipped ones too."""
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        report = pathlib.Path(place) / "report.xml"
        status = subprocess.call([python(), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", folder],
                                 cwd=build.ROOT)
        try:
            suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite").attrib
        except (OSError, xml.etree.ElementTree.ParseError):
            return 0, 1
    failed = sum(int(suite[word]) for word in ("failures", "errors", "skipped"))
    passed = int(suite["tests"]) - failed
    return passed, failed if failed or (status == 0 and passed) else 1


def unit_program(path):
    """One cmocka program; its output is shown if anything failed."""
    run = subprocess.run([path], cwd=build.ROOT, capture_output=True, text=True, errors="replace")
    passed = sum(int(count) for word, count in CMOCKA.findall(run.stderr + run.stdout) if word == "PASSED")
    failed = sum(int(count) for word, count in CMOCKA.findall(run.stderr + run.stdout) if word == "FAILED")
    if not failed and (run.returncode or not passed):
        failed = 1
    if failed:
        print(run.stdout + run.stderr, end="")
    print(f"  {path.name}: {passed} passed{f', {failed} failed' if failed else ''}", flush=True)
    return passed, failed


def total(results):
    results = list(results)
    return sum(passed for passed, _ in results), sum(failed for _, failed in results)


def laws():
    results = [counted(build.ROOT / "tools/laws")]
    return total(results + [pytest("test/laws")])


def unit():
    build.make("unit")
    sources = sorted((build.ROOT / "test/unit").glob("*.c"))
    return total(unit_program(build.BUILD / "host/unit" / path.stem) for path in sources)


def guest():
    build.make("guest-tests")
    return total(counted(python(), script) for script in ("test/guest/run.py", "test/guest/sweep.py"))


def attack():
    build.make("guest-tests", "unit", "plugin")
    return counted(python(), "test/attack/attack.py")


def host():
    return pytest("test/host")


def system():
    build.guests()
    return pytest("test/system")


SUITES = {"laws": laws, "unit": unit, "guest": guest, "attack": attack, "bench": bench.suite, "host": host, "system": system}


def run_suite(name):
    print(f"--- {name}", flush=True)
    start = time.monotonic()
    try:
        passed, failed = SUITES[name]()
    except Trouble as trouble:
        print(f"corbel: {trouble}", file=sys.stderr)
        passed, failed = 0, 1
    print(f"{name}: {passed} passed, {failed} failed", flush=True)
    return name, passed, failed, time.monotonic() - start


def main(words):
    options = parse(words, {"--list": ("list", "flag")}, positional=len(words))
    if options.help:
        print(HELP, end="")
        return 0
    for word in options.words:
        if word not in SUITES:
            raise unknown("suite", word, SUITES)
    if options.list:
        print("\n".join(SUITES))
        return 0
    build.setup(["base", "build", "run", "test"], options.yes)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    start = time.monotonic()
    build.hypervisor()
    rows = [("build", 0, 0, time.monotonic() - start)]
    rows += [run_suite(name) for name in SUITES if name in options.words or not options.words]
    whole = sum(row[3] for row in rows)
    print("---")
    for name, passed, failed, took in rows:
        print(f"{name:8} {took:7.1f} s {100 * took / whole:5.1f} %" + (f"  {passed:5} passed {failed:4} failed" if name != "build" else ""))
    passed, failed = total((row[1], row[2]) for row in rows)
    print(f"total: {passed} passed, {failed} failed, {whole:.0f} s")
    return 1 if failed else 0
