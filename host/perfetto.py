# SPDX-License-Identifier: Apache-2.0
"""A trace in the JSON format that chrome://tracing and ui.perfetto.dev open: the "Trace Event Format".

Process 0 is the hypervisor, a thread per CPU: a slice for every exit. Each VM is a process too, a thread per vCPU: a
slice for every stretch in which its guest ran, between two exits on the same CPU. Times are microseconds.
"""
from records import BOOT, START, STOP, cause, detail

HYPERVISOR = 0


def shifted(trace):
    """(record, its time): a later life of the machine comes after the earlier one, even if its counter began anew."""
    offset, end, life = 0, 0, None
    for record in trace.records:
        if record.life != life:
            life = record.life
            offset = max(0, end - record.time)
        time = record.time + offset
        end = max(end, time + record.ticks)
        yield record, time


def slices(trace):
    micro = 1e6 / trace.frequency
    last = {}  # by CPU: who it was that stopped there last, and when it went on
    for record, time in shifted(trace):
        who, end = (record.vm, record.vcpu), time + record.ticks
        if record.kind in (BOOT, START, STOP):
            process, thread = who if record.vm else (HYPERVISOR, record.cpu)
            yield {"name": cause(record), "ph": "i", "s": "t", "ts": time * micro, "pid": process, "tid": thread}
            last.pop(record.cpu, None)
            continue
        before, since = last.get(record.cpu, (None, 0))
        if before == who and since <= time:
            yield {"name": "guest", "ph": "X", "ts": since * micro, "dur": (time - since) * micro, "pid": record.vm,
                   "tid": record.vcpu}
        yield {"name": cause(record), "cat": "exit", "ph": "X", "ts": time * micro, "dur": record.ticks * micro,
               "pid": HYPERVISOR, "tid": record.cpu,
               "args": {"vm": trace.name(record.vm), "vcpu": record.vcpu, "pc": f"{record.pc:#x}",
                        "syndrome": f"{record.syndrome:#x}", "subject": f"{record.subject:#x}", "what": detail(record)}}
        last[record.cpu] = who, end


def names(trace):
    """What processes and threads are called."""
    def name(kind, process, thread, text):
        return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": text}}

    yield name("process_name", HYPERVISOR, 0, "corbel")
    for cpu in sorted({record.cpu for record in trace.records}):
        yield name("thread_name", HYPERVISOR, cpu, f"CPU {cpu}")
    for vm in sorted({record.vm for record in trace.records if record.vm}):
        yield name("process_name", vm, 0, trace.name(vm))
    for vm, vcpu in sorted({(record.vm, record.vcpu) for record in trace.records if record.vm}):
        yield name("thread_name", vm, vcpu, f"vCPU {vcpu}")


def document(trace):
    return {"displayTimeUnit": "ns", "traceEvents": [*names(trace), *slices(trace)]}
