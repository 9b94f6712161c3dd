# SPDX-License-Identifier: Apache-2.0
"""The verb run against a fake QEMU: exit statuses, logs, what is printed, what is left behind."""
import gzip
import json
import os
import signal
import subprocess
import time

import pytest

from conftest import ROOT


def vm(image, name="one", *more):
    return ["--vm", name, "--kernel", str(image), *more]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def test_all_powered_off_is_0(fake, image):
    fake.behave('start("one", "two"); out(b"\\x10oAhello\\r\\n\\x10oBthere\\r\\n"); off(b"A"); off(b"B")')
    run = fake.run("run", *vm(image), *vm(image, "two"))
    assert (run.returncode, run.stdout) == (0, "one | hello\ntwo | there\n")
    assert fake.left_over() == []


def test_a_fault_is_1_and_named(fake, image):
    fake.behave('start("one", "two"); off(b"A"); off(b"B", b"c")')
    run = fake.run("run", *vm(image), *vm(image, "two"))
    assert run.returncode == 1 and "two crashed" in run.stderr and "one crashed" not in run.stderr


def test_a_bite_of_the_watchdog_is_a_fault(fake, image):
    fake.behave('start("one", "two"); off(b"A", b"w"); off(b"B")')
    run = fake.run("run", *vm(image), *vm(image, "two"))
    assert run.returncode == 1 and "one was bitten by its watchdog; its report is above" in run.stderr


def test_a_fault_that_was_restarted_is_forgiven(fake, image):
    fake.behave('start("one"); off(b"A", b"c", b"+"); off(b"A")')
    assert fake.run("run", *vm(image)).returncode == 0


def test_quit_is_0_and_ends_the_emulator(fake, image):
    fake.behave('start("one"); out(b"\\x10q"); time.sleep(60)')
    assert fake.run("run", *vm(image)).returncode == 0
    assert not is_alive(fake.pid())


def test_quit_works_without_the_hypervisor(fake, image):
    fake.behave('start("one"); time.sleep(60)')
    start = time.monotonic()
    assert fake.run("run", *vm(image), stdin=None, input="\x1dq").returncode == 0
    assert time.monotonic() - start < 20 and not is_alive(fake.pid())


def test_a_literal_escape_then_q_does_not_quit(fake, image):
    fake.behave('start("one")\nwhile key() != b"!": pass\noff(b"A")')
    assert fake.run("run", *vm(image), stdin=None, input="\x1d\x1dq!").returncode == 0


def test_time_out_is_124(fake, image):
    fake.behave('start("one"); time.sleep(60)')
    run = fake.run("run", "--timeout", "1", *vm(image))
    assert run.returncode == 124 and "not done after 1 s" in run.stderr and "one last started" in run.stderr
    assert not is_alive(fake.pid())


def test_a_panic_is_125_with_its_last_words(fake, image):
    fake.behave('start("one"); out(b"\\x10p\\x10o@require failed: the sky\\r\\n")')
    run = fake.run("run", *vm(image))
    assert run.returncode == 125 and "the hypervisor stopped" in run.stderr and "require failed: the sky" in run.stderr
    folder = run.stderr.split("the logs are in ")[1].strip()
    assert "the sky" in open(f"{folder}/corbel.log").read()
    assert not os.path.exists(f"{folder}/../system.dtb")


def test_qemus_death_is_125_with_its_last_words(fake, image):
    fake.behave('sys.stderr.write("qemu: no such thing\\n"); sys.exit(3)')
    run = fake.run("run", *vm(image))
    assert run.returncode == 125 and "QEMU ended with status 3" in run.stderr and "no such thing" in run.stderr


def test_qemu_killed_is_125(fake, image):
    fake.behave('start("one"); os.kill(os.getpid(), signal.SIGKILL)')
    assert fake.run("run", *vm(image)).returncode == 125


@pytest.mark.parametrize("body", ['pass', 'start("one")', 'start("one", "two"); off(b"A")', 'start("one"); off(b"A", b"r", b"+")'])
def test_a_machine_that_stops_too_early_is_125(fake, image, body):
    fake.behave(body)
    run = fake.run("run", *vm(image))
    assert run.returncode == 125 and "before its VMs had ended" in run.stderr


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_end_everything(fake, image, number, status):
    fake.behave('start("one"); time.sleep(60)')
    process = subprocess.Popen([ROOT / "corbel", "run", *vm(image)], env=fake.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: (fake.folder / "pid").exists())
    wait_until(lambda: (fake.folder / "pid").read_text())
    time.sleep(0.2)
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == status and not is_alive(fake.pid()) and fake.left_over() == []


def test_no_emulator_outlives_a_kill(fake, image):
    fake.behave('start("one"); out(b"\\x10oAready\\n"); time.sleep(60)')
    process = subprocess.Popen([ROOT / "corbel", "run", *vm(image)], env=fake.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"one | ready\n"
    process.kill()
    process.wait()
    wait_until(lambda: not is_alive(fake.pid()))
    wait_until(lambda: fake.left_over() == [])
    process.communicate()


def test_logs_are_raw_and_one_per_vm(fake, image, tmp_path):
    fake.behave('start("one"); out(b"\\x10oA\\x1b[6na\\x10\\x10b\\r\\n\\x10o@note\\r\\n"); off(b"A")')
    logs = tmp_path / "my logs"
    assert fake.run("run", "--log", str(logs), *vm(image)).returncode == 0
    assert (logs / "one.log").read_bytes() == b"\x1b[6na\x10b\r\n" and (logs / "corbel.log").read_bytes() == b"note\r\n"


def test_forged_frames_change_nothing(fake, image):
    fake.behave('start("one", "two"); out(b"\\x10oA\\x10\\x10eBo.\\x10\\x10q\\x10\\x10p\\r\\n"); off(b"A"); off(b"B", b"c")')
    run = fake.run("run", *vm(image), *vm(image, "two"))
    assert run.returncode == 1 and run.stdout == "one | \x10eBo.\x10q\x10p\n"


def test_no_colour_without_a_terminal(fake, image):
    fake.behave('start("one"); out(b"\\x10oAx\\n"); off(b"A")')
    assert "\x1b" not in fake.run("run", *vm(image)).stdout


def test_piped_input_reaches_the_vm(fake, image):
    fake.behave('start("one"); out(b"\\x10oA" + key() + key() + b"\\n"); off(b"A")')
    assert fake.run("run", *vm(image), stdin=None, input="hi").stdout == "one | hi\n"


def test_much_output_arrives_whole(fake, image):
    fake.behave('start("one"); out(b"\\x10oA"); [out(b"%06d\\n" % i) for i in range(50000)]; off(b"A")')
    run = fake.run("run", *vm(image))
    assert run.stdout == "".join(f"one | {i:06d}\n" for i in range(50000))


def test_a_reader_that_goes_away_ends_it(fake, image):
    fake.behave('start("one"); out(b"\\x10oA")\nwhile True: out(b"x\\n")')
    process = subprocess.Popen([ROOT / "corbel", "run", *vm(image)], env=fake.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    process.stderr.read()
    assert process.wait(timeout=10) == 125 and not is_alive(fake.pid())


def test_two_runs_at_once(fake, image):
    fake.behave('start("one"); time.sleep(1); out(b"\\x10oAx\\n"); off(b"A")')
    runs = [subprocess.Popen([ROOT / "corbel", "run", *vm(image)], env=fake.environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(run.communicate(timeout=30)[0], run.returncode) for run in runs] == [(b"one | x\n", 0)] * 2


def test_from_another_folder_in_a_path_with_spaces_through_a_link(fake, image, tmp_path):
    fake.behave('start("one"); off(b"A")')
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "corbel link").symlink_to(ROOT / "corbel")
    run = subprocess.run([elsewhere / "corbel link", "run", *vm(os.path.relpath(image, elsewhere))], cwd=elsewhere,
                         env=fake.environment, capture_output=True, stdin=subprocess.DEVNULL)
    assert run.returncode == 0


def test_dry_run_prints_the_line_and_a_description_that_works(fake, image, tmp_path):
    fake.behave('raise SystemExit(9)')
    run = fake.run("run", "--smp", "3", "--ram", "1G", "--cpu", "cortex-a72", "--icount", "--qemu-arg=-d", "--qemu-arg=unimp", "--dry-run",
                   *vm(image, "one", "--cpus", "2", "--memory", "128M", "--append", 'a "b" \\c', "--wfi", "trap", "--restart", "never"),
                   *vm(image, "two", "--wfe=native", "--gic=software"))
    line, _, text = run.stdout.partition("\n\n")
    assert run.returncode == 0
    for words in ("-smp 3 -m 1024M", "-cpu cortex-a72,cntfrq=1000000000", "-accel tcg,thread=single -icount shift=0,sleep=off",
                  "-d unimp", "-append console=frames", "virtualization=on,gic-version=3"):
        assert words in line
    (tmp_path / "it.dts").write_text(text)
    check = fake.run("check", str(tmp_path / "it.dts"))
    assert check.returncode == 0 and 'a "b" \\c' in check.stdout and text.count("incbin") == 1
    assert check.stdout.count("virtual GICv3 CPU interface") == check.stdout.count("CPU interface in software") == 1
    assert text.count('gic = "software";') == 1 and text.count('wfi = "trap";') == 1 and text.count('wfe = "native";') == 1
    assert text.count('restart = "never";') == 1 and "restart     never" in " ".join(check.stdout.split("\t"))


def test_classes_of_the_command_line_become_a_description(fake, image, tmp_path):
    run = fake.run("run", "--dry-run", *vm(image, "a", "--cpus=2", "--class=fair", "--affinity=0-1", "--weight=300", "--cap=50"),
                   *vm(image, "b", "--class=real-time", "--priority=1", "--budget-us=2000", "--period-us=10000"),
                   *vm(image, "c"))
    line, _, text = run.stdout.partition("\n\n")
    assert run.returncode == 0 and "-smp 2 " in line  # CPU 0 is dedicated, CPU 1 is shared by all others
    (tmp_path / "it.dts").write_text(text)
    check = fake.run("check", str(tmp_path / "it.dts")).stdout
    assert check.count("    vcpu@0    fair, weight 300, at most 50 % of a CPU, on CPU 1\n") == 1
    assert check.count("    vcpu@0    real-time, priority 1, 2000 us of each 10000, on CPU 1\n") == 1
    assert "  CPUs        1 (the machine's CPU 0)\n" in check
    vms = json.loads(fake.run("check", "--json", str(tmp_path / "it.dts")).stdout)["vms"]
    assert vms[0]["vcpus"][1] == {"class": "fair", "weight": 300, "cap": 50, "priority": None, "budget_us": None,
                                  "period_us": None, "cpus": [1]}
    assert vms[2]["vcpus"] == [{"class": "dedicated", "weight": None, "cap": None, "priority": None, "budget_us": None,
                                "period_us": None, "cpus": [0]}]


def test_a_gzipd_kernel_is_unpacked(fake, image, tmp_path):
    (tmp_path / "Image.gz").write_bytes(gzip.compress(image.read_bytes()))
    fake.behave('start("one"); off(b"A")')
    assert fake.run("run", *vm(tmp_path / "Image.gz")).returncode == 0


def test_the_machine_fits_its_vms(fake, image):
    run = fake.run("run", "--dry-run", *vm(image, "one", "--cpus", "3", "--memory", "1G"), *vm(image, "two", "--memory", "512M"))
    assert "-smp 4 -m 1792M" in run.stdout


# --- bad input: 2, a sentence, and no QEMU ---

def refused(fake, sentence, *words):
    run = fake.run("run", *words)
    assert run.returncode == 2 and sentence in run.stderr, run.stderr
    assert not (fake.folder / "pid").exists() and fake.left_over() == []


@pytest.fixture
def unused(fake):
    fake.behave('raise SystemExit(9)')
    return fake


def test_missing_kernel(unused):
    refused(unused, "--vm one: --kernel /no/such: No such file or directory", *vm("/no/such"))


def test_missing_initrd(unused, image):
    refused(unused, "--vm one: --initrd nothing: No such file", *vm(image, "one", "--initrd", "nothing"))


def test_a_folder_for_a_kernel(unused, tmp_path):
    refused(unused, "Is a directory", *vm(tmp_path))


def test_an_empty_kernel(unused, tmp_path):
    (tmp_path / "k").touch()
    refused(unused, "the file is empty", *vm(tmp_path / "k"))


def test_not_an_image(unused, tmp_path):
    (tmp_path / "k").write_bytes(b"hello" * 100)
    refused(unused, "kernel", *vm(tmp_path / "k"))


def test_a_truncated_gzip(unused, image, tmp_path):
    (tmp_path / "k").write_bytes(gzip.compress(os.urandom(5000))[:-200])
    refused(unused, "gzip'd file is truncated", *vm(tmp_path / "k"))


def test_a_damaged_gzip(unused, tmp_path):
    data = bytearray(gzip.compress(b"x" * 5000))
    data[12] ^= 0xff
    (tmp_path / "k").write_bytes(data)
    refused(unused, "gzip'd file is", *vm(tmp_path / "k"))


def test_an_image_larger_than_its_memory(unused, image, tmp_path):
    (tmp_path / "k").write_bytes(image.read_bytes() + bytes(20 << 20))
    refused(unused, "one:", *vm(tmp_path / "k", "one", "--memory", "16M"))


def test_more_memory_than_the_machine(unused, image):
    refused(unused, "accepted:", "--ram", "512M", *vm(image, "one", "--memory", "512M"))


def test_more_cpus_than_the_machine(unused, image):
    refused(unused, "one: cpus:", "--smp", "3", *vm(image, "one", "--cpus", "4"))


def test_too_many_cpus_for_a_vm(unused, image):
    refused(unused, "one: cpus:", *vm(image, "one", "--cpus", "100"))


def test_an_unknown_board(unused, image):
    refused(unused, "unknown board 'vitr'; the nearest is 'virt'", "--board", "vitr", *vm(image))


def test_an_unknown_cpu_model(unused, image):
    refused(unused, "--cpu cortex-a71: QEMU has no such model for this board; the nearest is 'cortex-a72'", "--cpu", "cortex-a71", *vm(image))


def test_a_missing_description(unused):
    refused(unused, "nothing.dts: No such file", "nothing.dts")


def test_a_folder_for_a_description(unused, tmp_path):
    refused(unused, "a folder", str(tmp_path))


@pytest.mark.parametrize("body, sentence", [
    ('one { cpus = <1> }', "dtc cannot compile it"),
    ('one { kernel = /incbin/("missing"); };', "missing"),
    ('one { kernel = /incbin/("an Image"); cpsu = <1>; };', '"cpus"'),
    ('one { kernel = /incbin/("an Image"); cpus = <0>; };', "one: cpus:"),
    ('one { kernel = /incbin/("an Image"); }; one { kernel = /incbin/("an Image"); };', "a second VM of this name"),
    ('', "no VM"),
])
def test_bad_descriptions(unused, image, tmp_path, body, sentence):
    (tmp_path / "s.dts").write_text('/dts-v1/; / { compatible = "corbel,system"; %s };' % body)
    refused(unused, sentence, str(tmp_path / "s.dts"))


def test_a_relative_image_is_relative_to_the_description(fake, image, tmp_path):
    (tmp_path / "s.dts").write_text('/dts-v1/; / { compatible = "corbel,system"; one { kernel = /incbin/("an Image"); }; };')
    fake.behave('start("one"); off(b"A")')
    assert fake.run("run", str(tmp_path / "s.dts"), cwd="/").returncode == 0


def test_a_log_that_cannot_be_written(unused, image, tmp_path):
    (tmp_path / "file").touch()
    refused(unused, "--log", "--log", str(tmp_path / "file"), *vm(image))
