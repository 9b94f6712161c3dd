# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's report of counters (doc/watch.md), read, and what two of them tell of the time between."""
from types import SimpleNamespace

from trouble import Trouble

TIMES = (("ran", "ran_seconds", "ran_percent"), ("waited", "waited_seconds", "waited_percent"),
         ("stolen", "stolen_seconds", "stolen_percent"))
COUNTS = ("switches", "listed", "spilled", "resampled", "postponed")


def parse(lines):
    """.time and .frequency; .vms by letter, each with .name, .state and .vcpus by index."""
    report = SimpleNamespace(time=0, frequency=1, vms={})
    try:
        for line in lines:
            word, *rest = line.split(" ")
            if word == "time":
                report.time, report.frequency = map(int, rest)
            elif word == "vm":
                report.vms[rest[0]] = SimpleNamespace(name=rest[1], state=rest[2], vcpus={})
            elif word == "vcpu":
                numbers = dict(zip(rest[4::2], map(int, rest[5::2])))
                report.vms[rest[0]].vcpus[int(rest[1])] = SimpleNamespace(
                    cpu=int(rest[2]), power=rest[3], exits={}, histograms={}, **numbers)
            elif word == "exits":
                add_exits(report.vms[rest[0]].vcpus[int(rest[1])].exits, rest[2], map(int, rest[3:]))
            elif word == "histogram":
                buckets = dict(map(int, pair.split(":")) for pair in rest[3:])
                report.vms[rest[0]].vcpus[int(rest[1])].histograms[rest[2]] = buckets
    except (ValueError, KeyError, IndexError):
        raise Trouble(f"the report has a line that cannot be read: {line}", 1) from None
    return report


def add_exits(exits, name, numbers):
    """Causes without a name of their own may share one."""
    count, ticks, worst = numbers
    before = exits.get(name, (0, 0, 0))
    exits[name] = (before[0] + count, before[1] + ticks, max(before[2], worst))


def growth(before, after):
    """Of a counter that begins at 0 again when its vCPU is started."""
    return after - before if after >= before else after


def vcpu_between(before, after, seconds, frequency):
    """A vCPU's line of the table."""
    ticks = seconds * frequency
    row = {"cpu": after.cpu, "power": after.power}
    for name, whole, share in TIMES:
        row[whole] = getattr(after, name) / frequency
        row[share] = min(100.0, 100 * growth(getattr(before, name), getattr(after, name)) / ticks)
    for name in COUNTS:
        row[name] = getattr(after, name)
    row["interrupts_per_second"] = growth(before.listed, after.listed) / seconds
    row["exits"] = {
        name: {"count": count, "ticks": total, "worst": worst,
               "per_second": growth(before.exits.get(name, (0,))[0], count) / seconds}
        for name, (count, total, worst) in after.exits.items()}
    row["exits_per_second"] = sum(cause["per_second"] for cause in row["exits"].values())
    row["histograms"] = {name: {str(bit): count for bit, count in buckets.items()}
                         for name, buckets in after.histograms.items()}
    return row


def between(before, after):
    """What happened between two reports, as --json prints it."""
    seconds = max(after.time - before.time, 1) / after.frequency
    vms = []
    for letter, vm in after.vms.items():
        old = before.vms[letter].vcpus if letter in before.vms else {}
        rows = [{"index": index, **vcpu_between(old.get(index, vcpu), vcpu, seconds, after.frequency)}
                for index, vcpu in vm.vcpus.items()]
        vms.append({"name": vm.name, "letter": letter, "state": vm.state, "vcpus": rows})
    return {"seconds": after.time / after.frequency, "interval": seconds, "frequency": after.frequency, "vms": vms}


def summary(report):
    """A line per vCPU: all since it was started."""
    for vm in report.vms.values():
        for index, vcpu in vm.vcpus.items():
            ran, stolen = (getattr(vcpu, name) / report.frequency for name in ("ran", "stolen"))
            exits = sum(count for count, _, _ in vcpu.exits.values())
            yield (f"{vm.name} is {vm.state}: vCPU {index} on CPU {vcpu.cpu} is {vcpu.power}, ran {ran:.3f} s, "
                   f"stolen {stolen:.3f} s, {exits} exits, {vcpu.listed} interrupts")
