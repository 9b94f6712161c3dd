# SPDX-License-Identifier: Apache-2.0
"""The verb bench: what an operation costs, natively and under Corbel, beside golden figures, peers and goals."""
import concurrent.futures
import json
import os
import pathlib
import signal
import sys

import boot
import budgets
import build
import emulator
import golden
import interference
import rows
import tracecost
import whole
import xen
import yardstick
from chart import svg
from options import parse
from table import DIFFERS, RED, PLAIN, Table
from terminal import wants_colour
from trouble import Trouble, unknown

HELP = """usage: corbel bench [OPTION...]

Runs the yardstick guest (test/bench/) on the bare board and under Corbel, and prints what each operation costs:
exact counts of instructions, the same in every run and on every machine (doc/bench.md).

  --rows KEY,...   only these rows (test/bench/rows.json)
  --model M        only this model of CPU: max or cortex-a72; default: both
  --repeat N       measures N times, and fails unless all runs agree to the last instruction
  --against xen    also runs the yardstick guest under Debian's Xen, which is fetched into the cache
  --whole          instead: Debian's kernel and busybox, as ratios to the bare board; some minutes
  --interference   instead: what VMs that storm do to the time of another; some minutes
  --periods N      ... in so many periods of 100 us; default 1000
  --accept         takes these figures for golden (test/bench/golden.json)
  --svg FILE       draws the figures (of the first model)
  --json FILE      writes the figures for programs
  --yes            installs what is missing without asking
  --help           prints this

Exit status: 0 every figure is golden, or no golden figures are known for these tools; 1 one differs; 2 bad usage.
"""
OPTIONS = {
    "--rows": ("rows", "text"), "--model": ("model", "text"), "--repeat": ("repeat", "count"), "--against": ("against", "text"),
    "--whole": ("whole", "flag"), "--interference": ("interference", "flag"), "--periods": ("periods", "cell"), "--accept": ("accept", "flag"), "--svg": ("svg", "text"), "--json": ("json", "text"),
}
PEERS = {"xen": xen}
ALONE = ("rows", "repeat", "against", "accept", "svg")  # what --whole and --interference do not go with


def understand(words):
    options = parse(words, OPTIONS)
    if options.help:
        return options
    options.rows = rows.select(rows.read(), options.rows)
    options.models = [emulator.model(options.model)] if options.model else list(emulator.MODELS)
    if options.against is not None and options.against not in PEERS:
        raise unknown("peer", options.against, PEERS)
    for mode, others in (("whole", (*ALONE, "interference")), ("interference", (*ALONE, "model", "json"))):
        for word in others if getattr(options, mode) else ():
            if word in options.given or getattr(options, word) is True:
                raise Trouble(f"--{mode} and --{word} do not go together")
    if options.periods and not options.interference:
        raise Trouble("--periods belongs to --interference")
    if options.against and options.accept:
        raise Trouble("--against and --accept do not go together: another hypervisor's figures are never golden")
    for word in ("svg", "json"):
        path = getattr(options, word)
        if path is not None and not pathlib.Path(path).resolve().parent.is_dir():
            raise Trouble(f"--{word} {path}: there is no such folder")
    return options


def make():
    build.make("all", "build/host/corbel-check", "bench-guest", "bench-untraced")


def prepare(options):
    build.setup(["base", "build", "run"], options.yes)
    make()


def native(model):
    text = emulator.Emulator(model).native(yardstick.IMAGE)
    return yardstick.parse(text, rows.read(), f"{model}, native")


def corbel(model, counts=None):
    vm = emulator.vm("bench", yardstick.IMAGE, cpus=2, memory=boot.MEMORY * boot.MIB)
    printed = emulator.Emulator(model).corbel([vm], counts=counts)
    return yardstick.parse(printed.vms["bench"], rows.read(), f"{model}, Corbel")


def measure(models, the_rows):
    """{model: {row: {"native" and "corbel": figure or None}}}"""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        started = {model: (pool.submit(native, model), pool.submit(corbel, model), pool.submit(tracecost.untraced, model),
                           pool.submit(boot.measure, model, yardstick.IMAGE))
                   for model in models}
        try:
            found = {model: [each.result() for each in its] for model, its in started.items()}
        except BaseException:  # a signal, or one of them failed: the others would run for minutes
            pool.shutdown(wait=False, cancel_futures=True)
            emulator.end_all()
            raise
    figures = {model: (bare, {**ours, **start, "trace": tracecost.cost(ours[tracecost.ROW], untraced)})
               for model, (bare, ours, untraced, start) in found.items()}
    return {model: {row.key: {"native": bare.get(row.key), "corbel": ours.get(row.key)} for row in the_rows}
            for model, (bare, ours) in figures.items()}


def agree(first, again):
    """The sentences on what two measurements do not agree on."""
    return [f"{model}: {row}, {side}: {golden.show(golden.pair(first[model][row][side]))}, then "
            f"{golden.show(golden.pair(figure))}"
            for model, measured in again.items() for row, sides in measured.items() for side, figure in sides.items()
            if figure != first[model][row][side]]


def repeat(options, first):
    """The further runs; how many sentences of disagreement were printed."""
    count = 0
    for number in range(2, options.repeat + 1):
        for sentence in agree(first, measure(options.models, options.rows)):
            print(f"run {number} differs from run 1: {sentence}")
            count += 1
    print(f"{options.repeat} runs are bit-identical" if not count else f"the {options.repeat} runs are NOT identical")
    return count


def as_json(its_key, measured, other):
    def values(figure):
        return figure and figure._asdict()
    found = {model: {row: {side: values(figure) for side, figure in sides.items()} for row, sides in its.items()}
             for model, its in measured.items()}
    for model, (name, figures) in other.items():
        for row in found[model]:
            found[model][row][name.lower()] = values(figures.get(row))
    return json.dumps({"key": its_key, "models": found}, indent=1) + "\n"


def show(options, reference, measured, other):
    colour = wants_colour()
    table = Table(options.rows, reference, colour)
    for model in options.models:
        print(f"\n{model}: instructions, the most frequent of many samples, and the worst\n")
        print("\n".join(table.lines(model, measured[model], other.get(model))))
        print(f"\n{model}: {table.summary(measured[model])}")
    sentences = [sentence for model in options.models for sentence in reference.differences(model, measured[model])]
    for sentence in sentences:
        print(f"{RED}{DIFFERS}{PLAIN} {sentence}" if colour else f"{DIFFERS} {sentence}")
    if not reference.known():
        print(f"no golden for {reference.key}")
    elif not sentences:
        print(f"every figure is golden ({reference.key})")
    return len(sentences)


def accept(options, reference, measured):
    for model in options.models:
        for sentence in reference.accept(model, measured[model]):
            print(f"worse by more than 2 %, which the commit's body explains: {sentence}")
    reference.save()
    print(f"accepted as golden for {reference.key}")


def suite():
    """For ./corbel test: every golden figure and every budget is a test. (passed, failed)"""
    make()
    the_rows, reference = rows.read(), golden.Golden(golden.key())
    measured = measure(emulator.MODELS, the_rows)
    passed, failed = judge_golden(reference, measured)
    found = {"figures": budgets.figures(measured), "sizes": budgets.sizes(),
             "counts": budgets.counts(lambda counts: corbel("max", counts))}
    for sentence, within in budgets.judge(budgets.read(), found):
        print(f"  {sentence}")
        passed, failed = passed + within, failed + (not within)
    sound, moved = interference.suite()
    return passed + sound, failed + moved


def judge_golden(reference, measured, ci=None):
    """(passed, failed): a test for each pair of figures. The tools of CI must have golden figures; others need not."""
    if not reference.known():
        print(f"no golden for {reference.key}")
        return 0, int(os.environ.get("CI") == "true" if ci is None else ci)
    passed = failed = 0
    for model, its in measured.items():
        for row, sides in its.items():
            sentences = list(reference.differences(model, {row: sides}))
            for sentence in sentences:
                print(f"{DIFFERS} {sentence}")
            passed, failed = passed + (not sentences), failed + bool(sentences)
    return passed, failed


def report(options):
    """Measures, prints, writes; the exit status."""
    if options.whole:
        return whole.report(options)
    if options.interference:
        return interference.report(options.periods or interference.PERIODS)
    measured = measure(options.models, options.rows)
    peer = PEERS.get(options.against)
    other = {model: (peer.NAME, peer.measure(model, rows.read())) for model in options.models} if peer else {}
    reference = golden.Golden(golden.key())
    if options.accept:
        accept(options, reference, measured)
    bad = show(options, reference, measured, other)
    if options.repeat:
        bad += repeat(options, measured)
    if options.svg:
        model = options.models[0]
        pathlib.Path(options.svg).write_text(svg(options.rows, measured[model], model))
    if options.json:
        pathlib.Path(options.json).write_text(as_json(reference.key, measured, other))
    return 1 if bad else 0


def main(words):
    options = understand(words)
    if options.help:
        print(HELP, end="")
        return 0
    prepare(options)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    return report(options)
