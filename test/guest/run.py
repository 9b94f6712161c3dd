#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the test kernels on the bare QEMU virt board and as guests of Corbel.

Builds nothing: `make guest-tests` first, and build/corbel.img for Corbel. test/guest/expect says which
CPUs, models and known differences a test has. Last line: `N passed, N failed`.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
IMAGES = pathlib.Path(os.environ.get("B", ROOT / "build")) / "guest-tests"
FRONT = pathlib.Path(os.environ.get("CORBEL", ROOT / "corbel"))
MODES = ("native", "corbel")
TYPED = "the quick brown fox jumps over the lazy dog 0123456789\r"
TIMEOUT = 60
SHARES = "class=fair"


class Test:
    """One test kernel and what the file `expect` says of it."""

    def __init__(self, name):
        self.name, self.cpus, self.models, self.timeout = name, 1, ["max"], TIMEOUT
        self.types, self.modes, self.words, self.traps = False, MODES, {mode: [] for mode in MODES}, []
        self.baseline, self.gics, self.icount, self.mte, self.shares = None, [], False, False, True

    def read(self, option):
        key, _, value = option.partition("=")
        mode, _, word = option.partition(":")
        if key == "cpus":
            self.cpus = int(value)
        elif key == "models":
            self.models = value.split(",")
        elif key == "timeout":
            self.timeout = int(value)
        elif key == "traps":
            self.traps = value.split(",")
        elif option == "gic=software":
            self.gics = [value]
        elif option == "alone":
            self.shares = False
        elif key == "only" and value in MODES:
            self.modes = (value,)
        elif key == "baseline":
            self.baseline = value
        elif key == "by" and (HERE / value).exists():
            self.modes = ()
        elif option == "type":
            self.types = True
        elif option == "icount":
            self.icount = True
        elif option == "mte":
            self.mte = True
        elif mode in MODES and word:
            self.words[mode].append(word)
        else:
            sys.exit(f"run.py: expect: {self.name}: {option}?")

    def extras(self):
        """The options of each VM that it runs in, besides the usual one. One with several CPUs has too few of the machine's once."""
        shares = self.shares and self.cpus > 1 and not self.baseline
        return (([[f"{what}=trap" for what in self.traps]] if self.traps else []) + [[f"gic={gic}"] for gic in self.gics]
                + ([[SHARES]] if shares else []))


def read_tests():
    tests = {path.stem: Test(path.stem) for path in sorted(HERE.glob("*.c"))}
    for line in (HERE / "expect").read_text().splitlines():
        words, _, reason = line.partition("#")
        words = words.split()
        if not words:
            continue
        if words[0] not in tests:
            sys.exit(f"run.py: expect: there is no test {words[0]}")
        if any(":" in word or word == "alone" or word.startswith("only=") for word in words) and not reason.strip():
            sys.exit(f"run.py: expect: {words[0]}: a difference without a reason")
        for option in words[1:]:
            tests[words[0]].read(option)
    return tests


def described(test, image, boot):
    """A description of the VM, for what the command line has no word for."""
    path = image.with_suffix(".dts")
    path.write_text(f"""/dts-v1/;
/ {{ compatible = "corbel,system"; {test.name.replace("_", "-")} {{
    cpus = <{test.cpus}>; cpu = "{test.baseline}"; memory = "64M"; kernel = /incbin/("{image}"); bootargs = "{boot}";
}}; }};
""")
    return [str(path)]


def command(test, mode, model, image, extra):
    boot = " ".join(test.words[mode] + ["shares"] * (SHARES in extra) + [f"now={int(time.time())}"])
    if mode == "corbel":
        vm = described(test, image, boot) if test.baseline else [
            "--vm", test.name.replace("_", "-"), "--kernel", str(image), "--append", boot, "--cpus", str(test.cpus),
            "--memory", "64M"]
        cpus = test.cpus - 1 if SHARES in extra else max(test.cpus, 2)
        return [str(FRONT), "run", *["--board", "virt-mte"] * test.mte, "--timeout", str(test.timeout), "--smp", str(cpus), "--cpu",
                "max,pauth-impdef=on" if model == "max" else model, *["--icount"] * test.icount, *vm,
                *(f"--{what}" for what in extra)]
    return ["qemu-system-aarch64", "-M", "virt,gic-version=3" + ",mte=on" * test.mte,
            "-cpu", "max,pauth-impdef=on" if model == "max" else model, "-smp", str(test.cpus), "-m", "64M",
            "-nodefaults", "-display", "none", "-monitor", "none",
            *["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"] * test.icount,
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-kernel", str(image), "-append", boot]


def converse(process, test, deadline):
    """Reads what the test prints; types when it is READY. Returns the text, and whether time ran out."""
    text = bytearray()
    late = []
    timer = threading.Timer(deadline, lambda: (late.append(True), os.killpg(process.pid, signal.SIGKILL)))
    timer.start()
    typed = not test.types
    while chunk := os.read(process.stdout.fileno(), 65536):
        text += chunk
        if not typed and b"READY" in text:
            typed = True
            for byte in TYPED.encode():
                process.stdin.write(bytes([byte]))
                process.stdin.flush()
    status = process.wait()
    timer.cancel()
    return text.decode("latin-1").replace("\r", ""), status, bool(late)


def run(test, mode, model, extra=()):
    """`extra`: options of the VM. Returns (what it is called, why it failed or None, its output)."""
    label = f"{test.name} ({', '.join([mode] + [model] * (model != 'max') + list(extra))})"
    image = IMAGES / f"{test.name}.img"
    for needed in [image] + [FRONT] * (mode == "corbel"):
        if not needed.exists():
            return label, f"there is no {needed}", ""
    process = subprocess.Popen(command(test, mode, model, image, extra), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    text, status, late = converse(process, test, test.timeout + (10 if mode == "corbel" else 0))
    process.stdin.close()
    process.stdout.close()
    # Under Corbel a line may begin with the name of its VM.
    failed = re.search(rf"^.*\bFAIL {test.name}: .*", text, re.M)
    passed = re.search(rf"^(.*\W)?PASS {test.name}$", text, re.M)
    if late or status == 124:
        return label, failed.group() if failed else f"no end within {test.timeout} s", text
    if failed:
        return label, failed.group(), text
    if not passed:
        return label, f"ended without PASS, exit status {status}", text
    if status != 0:
        return label, f"PASS, but exit status {status}", text
    return label, None, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--native", action="store_const", const=("native",), dest="modes", help="only the bare board")
    which.add_argument("--corbel", action="store_const", const=("corbel",), dest="modes", help="only under Corbel")
    which.add_argument("--both", action="store_const", const=MODES, dest="modes", help="both (the default)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("--verbose", action="store_true", help="also print what the tests print")
    parser.add_argument("names", nargs="*", metavar="NAME", help="tests; all if none is named")
    options = parser.parse_args()
    tests = read_tests()
    for name in options.names:
        if name not in tests:
            parser.error(f"there is no test {name}")
    work = [(test, mode, model) for mode in options.modes or MODES for test in tests.values() for model in test.models
            if mode in test.modes and (not options.names or test.name in options.names)]
    work += [(test, mode, model, extra) for test, mode, model in work if mode == "corbel" for extra in test.extras()]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for label, why, text in pool.map(lambda item: run(*item), work):
            failures += why is not None
            print(f"FAILED {label}: {why}" if why else f"ok {label}", flush=True)
            if options.verbose or (why and "FAIL " not in why):
                print("".join(f"    {line}\n" for line in text.splitlines()[-200 if options.verbose else -12:]), end="", flush=True)
    print(f"{len(work) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
