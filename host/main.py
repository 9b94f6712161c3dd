# SPDX-License-Identifier: Apache-2.0
"""The front script's other half: finds the verb of ./corbel VERB and ends with its exit status."""
import os
import subprocess
import sys

import attach
import bench
import build
import debcache
import run
import test
import top
import tracing
from options import parse
from trouble import INTERRUPTED, Trouble, unknown

HELP = """usage: corbel VERB [OPTION...]

Corbel is a hypervisor for 64-bit Arm. Start here:

  corbel demo      two unmodified Linux systems on one emulated machine, in this terminal
  corbel test      all tests

and then:

  corbel run       starts any VMs: from a description, or --vm NAME --kernel FILE
  corbel bench     what each operation costs, in exact counts of instructions
  corbel check     says what is wrong in a description, or what it makes
  corbel top       what the vCPUs of a running system do, each second
  corbel trace     what its CPUs did last
  corbel console   attaches this terminal to one of its VMs
  corbel build     builds build/corbel.img and build/corbel.elf
  corbel setup     installs what is missing (the others do so too, for what they need)
  corbel clean     removes what was built
  corbel help boot the words that the hypervisor knows at boot

corbel VERB --help says more. corbel --version prints versions.
"""
BUILD_HELP = """usage: corbel build [--yes] [VARIABLE=VALUE...]

Builds build/corbel.img (what a boot loader starts) and build/corbel.elf (for a debugger). The words with = go
to make: LIBFDT_SRC=dir, CROSS=prefix, V=1.
"""
BOOT_HELP = """Words that the hypervisor knows in /chosen/bootargs of the machine's tree (QEMU: -append "WORD WORD"):

  console=plain    output for people: whole lines behind coloured names (the default)
  console=frames   output for programs, as ./corbel run wants it (doc/console.md)
  panic=off        when the hypervisor itself fails: power off (the default)
  panic=reboot     ... restart the machine
  panic=halt       ... stay, for a debugger
  cntpoff=auto     CNTPOFF_EL2 for the guests' physical timers if a probe shows that it works and there is no EL3
                   that might forbid it (the default)
  cntpoff=on       ... also below an EL3: its firmware allows the register (SCR_EL3.ECVEn)
  vmids=all        VMIDs of 8 or 16 bits, as the CPUs have them (the default)
  vmids=few        ... as many as CPUs, and a new one each time that a VM is loaded: they roll over, for tests
"""
CLEAN_HELP = """usage: corbel clean [--cache]

Removes build/. With --cache also the unpacked packages in ${XDG_CACHE_HOME:-~/.cache}/corbel.
"""


def setup(words):
    return subprocess.call([build.HERE / "setup", *words])


def make(words):
    options = parse(words, {}, positional=len(words))
    if options.help:
        print(BUILD_HELP, end="")
        return 0
    for word in options.words:
        if "=" not in word:
            raise Trouble(f"build {word}: accepted: VARIABLE=VALUE; for tests there is ./corbel test")
    build.setup(["base", "build"], options.yes)
    build.make("all", "build/host/corbel-check", *options.words)
    image = build.BUILD / "corbel.img"
    print(f"corbel: {image.relative_to(build.ROOT)} has {image.stat().st_size} bytes")
    return 0


def clean(words):
    options = parse(words, {"--cache": ("cache", "flag")})
    if options.help:
        print(CLEAN_HELP, end="")
    else:
        build.clean(options.cache, debcache.root())
    return 0


def first_line(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return f"{words[0]}: not installed"


def version():
    print(f"Corbel {(build.ROOT / 'VERSION').read_text().strip()}")
    print(first_line("aarch64-linux-gnu-gcc", "--version"))
    print(first_line("qemu-system-aarch64", "--version"))
    return 0


VERBS = {"setup": setup, "build": make, "demo": run.demo, "run": run.run, "bench": bench.main, "check": run.check,
         "top": top.main, "trace": tracing.main, "console": attach.main, "test": test.main, "clean": clean}


def main(words):
    if not words:
        print(HELP, end="", file=sys.stderr)
        return 2
    verb, rest = words[0], words[1:]
    if verb in ("--help", "-h") or words == ["help"]:
        print(HELP, end="")
        return 0
    if verb == "--version":
        return version()
    if verb == "help" and rest == ["boot"]:
        print(BOOT_HELP, end="")
        return 0
    if verb == "help" and len(rest) == 1 and rest[0] in VERBS:
        return VERBS[rest[0]](["--help"])
    if verb not in VERBS:
        if verb.startswith("-"):
            raise unknown("option", verb, ["--help", "--version"])
        raise unknown("verb", rest[0] if verb == "help" else verb, VERBS)
    return VERBS[verb](rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        print(f"corbel: {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
