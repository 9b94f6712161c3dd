# SPDX-License-Identifier: Apache-2.0
"""What writing the trace costs on the way of a trap: what a hypervisor saves that is built without it."""
import boot
import build
import emulator
import yardstick

IMAGE = build.BUILD / "bench/untraced.img"  # make bench-untraced
ROW = "hvc_version"


def figure(text):
    """The row's figure, or None as long as it has not been printed."""
    return dict(filter(None, map(yardstick.figure, yardstick.words(text)))).get(ROW)


def untraced(model):
    """The row's figure without the trace."""
    vm = emulator.vm("bench", yardstick.IMAGE, cpus=2, memory=boot.MEMORY * boot.MIB)
    printed = emulator.Emulator(model).corbel([vm], until=lambda now: figure(now.vms["bench"]), image=IMAGE)
    found = figure(printed.vms["bench"])
    if not found:
        raise yardstick.broken(f"{model}, Corbel without its trace", f"the guest printed no row '{ROW}'", printed.vms["bench"])
    return found


def cost(traced, without):
    """The row's figure of the trace, of the two of the call."""
    return yardstick.Figure(traced.mode - without.mode, traced.worst - without.worst, traced.samples)
