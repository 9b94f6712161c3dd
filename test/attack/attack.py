#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the attacks of the checklist (doc/attacks.md), each beside a VM that must not notice.

Every attack is a VM of its own on the deterministic clock. The bystander beside it must print the same, end with the same
memory and execute as many instructions as when it is alone, and no rule of the plugin's may be broken. First the
comparison itself is tried: bystanders that are disturbed on purpose must be told from a quiet one.
Builds nothing: `make all check plugin guest-tests unit` first. Last line: `N passed, N failed`.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "test/guest"), str(ROOT / "host")]  # in this order: both have a run.py
import checklist  # noqa: E402  (modules of other folders)
import emulator  # noqa: E402
import plugin  # noqa: E402
import run as guests  # noqa: E402
from trouble import Trouble  # noqa: E402

BYSTANDER, ATTACKER = "bystander", "attacker"
MEMORY, OWN_MEMORY, RAM = 16 << 20, 4 << 20, 256 << 20
WORK, MORE, LONGEST = 40, 6, 4  # what it does at first; how many times more if that was too little; how often
TIMEOUT, FULL_TIMEOUT = 600, 7200
NOW = "now=1767225600"  # the deterministic clock's beginning
PLANTS = ("memory", "instructions", "console")  # the bystander's boot word plant=1, 2, 3
HASH = re.compile(r"^memory ([0-9a-f]{16})$", re.M)

Trace = collections.namedtuple("Trace", PLANTS)  # what a run left of the bystander


def bystander(work, plant=0):
    return emulator.vm(BYSTANDER, guests.IMAGES / "bystander.img", cpus=1, memory=OWN_MEMORY,
                       append=f"work={work:06} plant={plant}")


def machine(vms, cpus, timeout, board=None, shift=checklist.SHIFT):
    """(what was printed, the plugin's rows)"""
    with tempfile.TemporaryDirectory(prefix="corbel-") as place:
        report = pathlib.Path(place) / "counts"
        printed = emulator.Emulator("max", cpus, timeout, shift, board).corbel(vms, ram=RAM, counts=report)
        return printed, plugin.read(report)


def passed(name, text):
    return re.search(rf"^PASS {name}$", text.replace("\r", ""), re.M)


def trace(printed, rows):
    """The bystander has CPU 0, where the hypervisor also does what is nobody's."""
    text = printed.vms[BYSTANDER].replace("\r", "")
    if len(HASH.findall(text)) != 1 or not passed(BYSTANDER, text):
        raise Trouble(f"the bystander did not end well: {text.strip() or 'no word'}", 1)
    counts = collections.Counter()
    for row in plugin.of(rows, "vm"):
        if row["cpu"] == 0:
            counts.update(el1=row["el1"], el0=row["el0"])
    return Trace(HASH.search(text)[1], dict(counts), HASH.sub("memory", text))


def differences(quiet, now):
    return [f"its {what} differ{'' if what == 'instructions' else 's'}: {getattr(now, what)!r}, not {getattr(quiet, what)!r}"
            for what in PLANTS if getattr(now, what) != getattr(quiet, what)]


class Quiet:
    """What the bystander leaves when it is alone, for each amount of work and length of an instruction."""

    def __init__(self):
        self.lock, self.found = threading.Lock(), {}

    def of(self, work, shift=checklist.SHIFT):
        with self.lock:
            if (work, shift) not in self.found:
                self.found[work, shift] = trace(*machine([bystander(work)], 2, FULL_TIMEOUT, shift=shift))
            return self.found[work, shift]


def planted(quiet, plant):
    """Why the comparison does not tell a bystander that is disturbed in this way alone, or None."""
    found = trace(*machine([bystander(WORK, plant)], 2, TIMEOUT))
    seen = [what for what in PLANTS if getattr(found, what) != getattr(quiet.of(WORK), what)]
    return None if seen == [PLANTS[plant - 1]] else f"seen as a disturbance of {' and '.join(seen) or 'nothing'}"


def described(proof, full):
    """The VMs of an attack, how many CPUs they have, and the board that they need, if not the usual one."""
    test = guests.read_tests()[proof.name]
    words = [*test.words["corbel"], *proof.words, *(proof.full if full else proof.ci), NOW]
    if proof.rounds:
        words.append(f"rounds={proof.repeated(full)}")
    vms = [emulator.vm(f"{ATTACKER}{copy or ''}", guests.IMAGES / f"{proof.name}.img", cpus=test.cpus, memory=MEMORY,
                       append=" ".join([*words, f"copy={copy}"]), **{"class": "fair"} if proof.vms > 1 or proof.share else {})
           for copy in range(proof.vms)]
    return vms, proof.share or test.cpus, "virt-mte" if test.mte else None


def unshared(proof, full, rows):
    """What shows that VMs that were to share CPUs did not. The bystander's VMID is 1."""
    if proof.vms == 1:
        return []
    sums, places = plugin.totals(rows), collections.Counter(row["vmid"] for row in plugin.of(rows, "vm") if row["el1"])
    switches = [sums[2 + copy]["switches"] for copy in range(proof.vms)]
    few = f"they took a CPU over only {switches} times" if min(switches) < proof.repeated(full) else None
    stay = "none of them had two CPUs" if max(places.values()) == 1 and guests.read_tests()[proof.name].cpus > 1 else None
    return list(filter(None, (few, stay)))


def judge(quiet, proof, full, work, printed, rows):
    """Why a run did not go as it must, or None."""
    for name, text in printed.vms.items():
        if name != BYSTANDER and not passed(proof.name, text):
            return f"the attack itself, {name}: {text.strip()[-400:] or 'no word'}"
    broken = [f"{row['rule']} at {row['pc']:#x}: {row['sentence']}" for row in plugin.violations(rows)]
    return "; ".join([*differences(quiet.of(work, proof.shift), trace(printed, rows)), *unshared(proof, full, rows), *broken]) or None


def attack(quiet, proof, full):
    """Why an attack did not go as it must, or None. A bystander that ends before the attack has proved nothing: it gets more
    to do. What it needs may stand in the checklist, which saves the runs before."""
    vms, cpus, board = described(proof, full)
    work = (proof.work or WORK) * (checklist.CI_PART if full and proof.rounds else 1)
    for _ in range(LONGEST):
        printed, rows = machine([bystander(work), *vms], 1 + cpus, FULL_TIMEOUT if full else TIMEOUT, board, proof.shift)
        if printed.ended[-1:] == [BYSTANDER]:
            why = judge(quiet, proof, full, work, printed, rows)
            return why and f"{why} (work={work})"
        work *= MORE
    return f"the bystander ended before the attack, even with work={work // MORE}"


def other(proof):
    """Why a test that needs no machine with a bystander fails, or None; one of another suite runs there."""
    if proof.kind != "unit":
        return None
    done = subprocess.run([ROOT / "build/host/unit" / proof.name], cwd=ROOT, capture_output=True, text=True, errors="replace")
    return (done.stdout + done.stderr).strip()[-400:] if done.returncode else None


def checked(work, *arguments):
    try:
        return work(*arguments)
    except (Trouble, OSError) as trouble:
        return str(trouble)


def waiting(lines):
    """What waits for a feature, as lines."""
    for line in lines:
        if line.waits:
            yield f"{line.name} {'in part ' if line.proofs else ''}waits for {line.waits}: {line.attack}"


def jobs(lines, full, quiet):
    """(label, lines that it proves, work): each test once, however many lines it proves."""
    proves = {}
    for line in lines:
        for proof in line.proofs:
            proves.setdefault(repr(proof), (proof, []))[1].append(line.name)
    for plant, what in enumerate(PLANTS, 1):
        yield f"a planted disturbance of {what} is seen", lambda plant=plant: planted(quiet, plant)
    for proof, names in proves.values():
        label = f"{' '.join(names)} {proof.name}"
        if proof.kind == "kernel":
            yield label, lambda proof=proof: attack(quiet, proof, full)
        else:
            yield label, lambda proof=proof: other(proof)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print the lines that wait for a feature, run nothing")
    parser.add_argument("--full", action="store_true", help="all repetitions, not a hundredth; hours")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="lines (SR-01) or groups (SR); all if none is named")
    options = parser.parse_args()
    lines = checklist.read()
    for name in options.names:
        if not any(line.name.startswith(name) for line in lines):
            parser.error(f"there is no line {name}")
    lines = [line for line in lines if not options.names or line.name.startswith(tuple(options.names))]
    if options.list:
        print("\n".join(waiting(lines)))
        return 0
    work, failures = list(jobs(lines, options.full, Quiet())), 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (label, _), why in zip(work, pool.map(lambda job: checked(job[1]), work)):
            failures += why is not None
            print(f"FAILED {label}: {why}" if why else f"ok {label}", flush=True)
    print(f"{len(work) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
