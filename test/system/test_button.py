# SPDX-License-Identifier: Apache-2.0
"""The power button: Linux finds it, sees a press as a key, and powers itself off by it; a second VM does not notice."""
import json
import os
import socket
import struct
import time

import pytest

from counter import Neighbours, two
from sessions import ESCAPE

KEY, SYNC, POWER = 1, 0, 116
EVENT = struct.Struct("<qqHHi")  # struct input_event: seconds, microseconds, type, code, value


@pytest.fixture(scope="module")
def world(start_once, built, tmp_path_factory):
    source = two(tmp_path_factory.mktemp("button") / "two.dts", "asked")
    return Neighbours(start_once.logged("--timeout", "380", "--smp", "4", source), "asked")


def press(world, vm):
    """As a program does: by the run's control socket, whose path may be too long for an address."""
    folder, = world.run.temporary.parent.glob("corbel-*/*")
    at = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"/proc/self/fd/{at}/control")
        os.close(at)
        client.sendall(json.dumps({"ask": "press", "vm": vm}).encode() + b"\n")
        assert json.loads(client.makefile().readline()) == {"pressed": vm}


def until(condition, again):
    """A press whose guest was not scheduled for a tenth of a second is none: it is made again."""
    for _ in range(5):
        again()
        end = time.monotonic() + 8
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.3)
    return False


def test_linux_finds_it(world):
    assert 'N: Name="gpio-keys"' in world.shell.do("cat /proc/bus/input/devices")
    assert any(line.endswith("GPIO Key Poweroff") for line in world.shell.do("cat /proc/interrupts"))
    assert world.shell.do("pidof acpid")[-1].isdecimal()


def test_a_press_is_a_key_that_is_held_for_a_moment(world):
    world.shell.do("mv /etc/acpi/PWRF /etc/acpi/later")  # nobody acts on it yet
    world.shell.do(": >/tmp/keys; (dd if=/dev/input/event0 of=/tmp/keys bs=24 count=4 2>/dev/null &)")
    assert until(lambda: world.shell.number("wc -c </tmp/keys") == 4 * EVENT.size, lambda: press(world, "asked"))
    events = list(EVENT.iter_unpack(bytes.fromhex("".join(world.shell.do("xxd -p -c 24 /tmp/keys")))))
    assert [event[2:] for event in events] == [(KEY, POWER, 1), (SYNC, 0, 0), (KEY, POWER, 0), (SYNC, 0, 0)]
    pressed, _, let_go, _ = (seconds + microseconds / 1e6 for seconds, microseconds, *_ in events)
    assert let_go - pressed > 0.03
    world.shell.do("mv /etc/acpi/later /etc/acpi/PWRF")


def test_p_powers_off_the_one_that_is_typed_to(world):
    with world.meanwhile():
        assert until(lambda: "asked is off" in world.run.text(), lambda: world.type(ESCAPE + b"p"))
    assert "asked: its power button is pressed" in world.run.text()
    assert b"reboot: Power down" in world.shell.heard.all()


def test_the_other_counted_without_a_gap(world):
    world.stop_counting()
    world.judge()


def test_one_that_is_off_has_no_button_and_a_program_presses_the_others(world):
    world.attach(1)
    world.type(ESCAPE + b"p")
    world.run.output.expect(rb"asked does not run")
    assert until(lambda: world.run.process.poll() is not None, lambda: press(world, "counter"))
    assert world.run.wait() == 0
    assert b"reboot: Power down" in world.counter.heard.all()
