#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sweeps the system register space (test/guest/sysreg_sweep.c) on the bare board and under Corbel; compares.

sweep_judge.py says what must agree. Builds nothing: `make guest-tests` first, and build/corbel.img for Corbel.
Last line: `N passed, N failed`.
"""
import argparse
import concurrent.futures
import sys

import run
from sweep_judge import Judge, read_answers, read_identities

TAGS, SOFTWARE = "+mte", "+software"  # memory with tags; a VM whose interrupts come without list registers
MODELS = ("max", "cortex-a57", "cortex-a76", "neoverse-n1", "max" + TAGS, "max" + SOFTWARE)
PART = 7  # without --whole, the other models than the first are swept in one of so many parts


def sweep(test, mode, model):
    """What was swept, the ID registers, and why it failed."""
    extra = ["gic=software"] if mode == "corbel" and model.endswith(SOFTWARE) else []
    label, why, text = run.run(test, mode, model.partition("+")[0], extra)
    return read_answers(text), read_identities(text), why and f"{label}: {why}"


def judge(judge_, label, results):
    """Prints what is wrong with one model; returns whether nothing is."""
    (bare, bare_ids, bare_why), (ours, our_ids, our_why) = results
    lines = [why for why in (bare_why, our_why) if why]
    if not lines:
        lines = list(judge_.answers(bare, ours)) + list(judge_.identities(bare_ids, our_ids))
        lines += ["nothing was swept"] * (not bare or not bare_ids)
    print(f"FAILED {label}: {len(lines)} defects" if lines else f"ok {label}: {len(bare)} accesses", flush=True)
    for line in lines[:40]:
        print(f"    {line}")
    return not lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whole", action="store_true", help="all encodings on every model; some minutes")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}; all if none is named")
    options = parser.parse_args()
    for model in options.models:
        if model not in MODELS:
            parser.error(f"there is no model {model}")
    models, judge_ = options.models or MODELS, Judge()
    tests = {}
    for at, model in enumerate(models):
        test = tests[model] = run.read_tests()["sysreg_sweep"]
        test.mte = model.endswith(TAGS)
        if not options.whole and model != "max":
            for mode in run.MODES:
                test.words[mode] += [f"part={at % PART}", f"of={PART}"]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        work = {model: [pool.submit(sweep, test, mode, model) for mode in run.MODES] for model, test in tests.items()}
        good = [judge(judge_, f"system registers ({model})", [one.result() for one in both]) for model, both in work.items()]
    if options.whole and not options.models:
        unseen = [name for name in judge_.differences if name not in judge_.seen]
        print("".join(f"FAILED {name}: a declared difference that no model has\n" for name in unseen), end="")
        good += [False] * len(unseen)
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
