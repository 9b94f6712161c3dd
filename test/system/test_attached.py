# SPDX-License-Identifier: Apache-2.0
"""top, trace and console beside a running system of two Linux: true figures, typing to each, no output lost."""
import json
import re

import pytest

from sessions import GUEST, Shell

SYSTEM = f"""
	images {{
		image: image {{ data = /incbin/("{GUEST}/Image"); }};
		initrd: initrd {{ data = /incbin/("{GUEST}/initramfs.cpio.gz"); }};
	}};
	busy {{
		memory = "192M"; kernel = <&image>; initrd = <&initrd>; bootargs = "console=ttyAMA0 hostname=busy";
	}};
	idle {{
		cpus = <2>; memory = "192M"; kernel = <&image>; initrd = <&initrd>; bootargs = "console=ttyAMA0 hostname=idle";
	}};
"""


class World:
    """The run, shells on its first terminal and on its second, and what is asked of it."""

    def __init__(self, start, source):
        self.start = start
        self.run = start.logged("--timeout", "380", source)
        self.place = {"XDG_RUNTIME_DIR": str(self.run.temporary.parent)}
        self.busy = Shell(self.run, self.run.log("busy"), "busy")
        self.busy.prompt()
        self.run.log("idle").expect(rb"idle:\S+# ")

    def ask(self, *words):
        done = self.start.done(*words, **self.place)
        assert done.status == 0, done.complaint()
        return done.text()

    def top(self):
        return json.loads(self.ask("top", "--json"))

    def console(self, name):
        terminal = self.start.terminal("console", name, **self.place)
        terminal.expect(rb"attached to %s of two-\d+; Ctrl-\] detaches\r\n" % name.encode())
        return terminal


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = tmp_path_factory.mktemp("two systems") / "two.dts"
    source.write_text('/dts-v1/;\n/ {\n\tcompatible = "corbel,system";\n' + SYSTEM + "};\n")
    return World(start_once, source)


def test_top_names_every_vcpu_with_its_cpu(world):
    found = world.top()
    assert re.fullmatch(r"two-\d+", found["run"]) and found["interval"] >= 0.9
    assert [(vm["name"], vm["state"], [vcpu["cpu"] for vcpu in vm["vcpus"]]) for vm in found["vms"]] == [
        ("busy", "running", [0]), ("idle", "running", [1, 2])]
    for vm in found["vms"]:
        for vcpu in vm["vcpus"]:
            assert vcpu["power"] == "on" and 0 <= vcpu["ran_percent"] <= 100
            assert vcpu["exits"]["sysreg"]["count"] > 0 and vcpu["exits"]["timer"]["worst"] > 0


def test_exits_of_a_guest_that_prints_are_counted(world):
    """Each byte is a store to the PL011: the count grows by at least as many."""
    def mmio():
        return world.top()["vms"][0]["vcpus"][0]["exits"]["mmio"]["count"]

    before = mmio()
    world.busy.do("seq 1 500")
    assert mmio() - before > 1500


def test_trace_tells_what_the_vms_did(world, tmp_path):
    text = world.ask("trace")
    assert {"busy.0", "idle.0", "idle.1"} <= set(re.findall(r" ((?:busy|idle)\.\d) ", text))
    seconds = [float(line.split()[0]) for line in text.splitlines()[1:]]
    assert seconds == sorted(seconds) and len(seconds) > 100
    world.ask("trace", "--json", tmp_path / "timeline.json")
    events = json.loads((tmp_path / "timeline.json").read_text())["traceEvents"]
    assert {"busy", "idle", "corbel"} <= {event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert sum(event.get("cat") == "exit" for event in events) > 100


def test_console_types_to_its_vm_while_the_run_types_to_the_other(world):
    terminal = world.console("idle")
    shell = Shell(terminal, terminal, "idle")
    terminal.type(b"\r")
    shell.prompt()
    terminal.type(b"hostname; echo 6*7=$((6*7))")
    assert world.busy.do("hostname") == ["busy"]
    terminal.type(b"\r")
    terminal.expect(rb"\nidle\r\n6\*7=42\r\n")
    terminal.type(b"\x1d")
    assert terminal.wait() == 0


def test_reports_lose_nothing_of_a_guest_that_floods(world):
    world.busy.start("echo BE''GIN; seq 1 6000; echo EN''D")
    world.busy.heard.expect(rb"^BEGIN\r*\n")
    begin = world.busy.heard.at
    for _ in range(2):
        world.top()
        world.ask("trace")
    world.busy.heard.expect(rb"^END\r*\n")
    world.busy.prompt()
    said = world.busy.heard.all()[begin:].partition(b"END")[0].split()
    assert said == [str(number).encode() for number in range(1, 6001)]


def test_all_off_is_0_and_a_console_sees_the_end(world):
    terminal = world.console("idle")
    terminal.type(b"poweroff\r")
    terminal.expect(rb"reboot: Power down")
    world.busy.start("poweroff")
    terminal.expect(rb"two-\d+ has ended\r\n")
    assert terminal.wait() == 0 and world.run.wait() == 0
    assert list(world.run.temporary.parent.glob("corbel-*/*")) == []
