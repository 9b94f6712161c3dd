# SPDX-License-Identifier: Apache-2.0
"""The headless demo against a fake machine: success, and each way of not getting there."""
import pytest

# Two VMs with a shell each. BEHAVE(vm, line) may answer instead of the shell by returning True.
GUESTS = '''
import select
names = {"A": "linux1", "B": "linux2"}
boots, alive, view, line = {"A": 1, "B": 1}, {"A", "B"}, "A", b""

def say(vm, data):
    out(b"\\x10o" + vm.encode() + data)

def prompt(vm):
    say(vm, b"\\x1b[1m%s:~# \\x1b[6n" % names[vm].encode())

def shell(vm, text):
    name = names[vm].encode()
    if text == b"/demo":
        say(vm, b"demo: %s: all well\\r\\n" % name)
    elif text == b"reboot":
        out(b"\\x10e" + vm.encode() + b"r+")
        boots[vm] += 1
    elif text == b"poweroff":
        alive.discard(vm)
        return out(b"\\x10e" + vm.encode() + b"o.")
    prompt(vm)

start("linux1", "linux2")
for vm in names:
    prompt(vm)
escaped = False
while alive:
    k = key()
    if not k:
        break
    if escaped:
        escaped, view = False, chr(64 + int(k))
        line = b""
        out(b"\\x10v" + view.encode())
    elif k == b"\\x1d":
        escaped = True
    elif k == b"\\r":
        text, line = line, b""
        say(view, b"\\r\\n")
        if not behave(view, text):
            shell(view, text)
    else:
        line += k
        say(view, k)
'''


def demo(fake, behave="return False", *words):
    fake.behave("def behave(vm, text):\n    " + behave.replace("\n", "\n    ") + "\n" + GUESTS)
    return fake.run("demo", "--headless", *words)


def test_all_well(fake):
    run = demo(fake)
    assert run.returncode == 0, run.stdout + run.stderr
    for name in ("linux1", "linux2"):
        assert f"corbel: {name} has done everything" in run.stdout
        assert run.stdout.count(f"demo: {name}: all well") == 2
    assert run.stdout.endswith("corbel: demo: all well\n")
    assert "board virt, 4 CPUs" in run.stdout and "VM 2 linux2: 2 CPUs, 256 MiB" in run.stdout
    assert fake.left_over() == []


@pytest.mark.parametrize("behave, sentence, others", [
    ('if vm == "B" and text == b"/demo":\n    say(vm, b"demo: linux2: FAILED: the files differ\\r\\n")\n    prompt(vm)\n    return True',
     "demo: linux2: FAILED: the files differ", "linux2 got as far as waiting for its first /demo"),
    ('if vm == "A" and text == b"reboot":\n    out(b"\\x10eAc.")\n    return True', "linux1 waited for its reboot, but it crashed",
     "linux1 got as far as waiting for its reboot"),
    ('if vm == "A" and text == b"reboot":\n    out(b"\\x10eAo.")\n    return True', "linux1 waited for its reboot, but it powered off",
     "linux1 got as far as waiting for its reboot"),
    ('if vm == "B" and text == b"poweroff":\n    out(b"\\x10eBr+")\n    return True',
     "linux2 waited for its power-off, but it reset itself", "linux2 got as far as waiting for its power-off"),
])
def test_a_guest_that_fails_is_named(fake, behave, sentence, others):
    run = demo(fake, behave)
    assert run.returncode == 1
    assert sentence in run.stdout and others in run.stdout and run.stdout.endswith("corbel: demo: FAILED\n")


def test_silence_ends_in_a_time_out(fake):
    run = demo(fake, 'return vm == "B" and boots[vm] == 2', "--timeout", "4")
    assert run.returncode == 124 and "linux2 got as far as waiting for its second /demo" in run.stdout


def test_a_hypervisor_that_stops_is_125(fake):
    run = demo(fake, 'if text == b"reboot":\n    out(b"\\x10p")\n    sys.exit(0)\nreturn False')
    assert run.returncode == 125 and "the hypervisor stopped" in run.stderr and "waiting for its reboot" in run.stdout


def test_a_machine_that_only_ends_is_not_well(fake):
    fake.behave('start("linux1", "linux2"); off(b"A"); off(b"B")')
    run = fake.run("demo", "--headless")
    assert run.returncode == 1 and "linux1 waited for its first shell, but it powered off" in run.stdout
