# SPDX-License-Identifier: Apache-2.0
"""A reset of the whole machine that keeps its memory: the hypervisor starts again and its trace goes on."""
import re
import socket
import tempfile

from test_status import vm


def test_the_trace_is_kept_over_a_reset_of_the_machine(start, tiny):
    with tempfile.TemporaryDirectory() as place:  # short: the name of a socket has at most 107 bytes
        monitor = f"{place}/monitor"
        run = start.corbel("run", "--timeout", "120", "--qemu-arg=-monitor", f"--qemu-arg=unix:{monitor},server,nowait",
                           *vm("one", tiny(b"first\r\n", "wait")))
        run.output.expect(rb"^one \| first")
        with socket.socket(socket.AF_UNIX) as there:
            there.connect(monitor)
            there.sendall(b"system_reset\n")
            run.output.expect(rb"^one \| first")
        trace = start.done("trace", XDG_RUNTIME_DIR=str(run.temporary.parent))
    assert trace.status == 0, trace.complaint()
    before, reset, after = trace.text().partition("--- the machine was reset\n")
    assert reset
    for part in (before, after):
        assert re.search(r" boot  .*\n(.*\n)*.* one\.0 .* start  .* at 0x40200000\n", part)
