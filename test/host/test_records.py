# SPDX-License-Identifier: Apache-2.0
"""Traces: decoded from a report, a saved file and a dump of memory; as text and for viewers of timelines."""
import json
import re
import struct
import subprocess

import perfetto
import pytest
import records
from conftest import ROOT, run_corbel

EXIT, INTERRUPT, BOOT, START = records.EXIT, records.INTERRUPT, records.BOOT, records.START
HVC, MMIO_WRITE, SYSREG_READ = 0x16 << 26 | 1 << 25, 0x24 << 26 | 1 << 25 | 1 << 24 | 2 << 22 | 1 << 6 | 6, 0x62380001 | 3 << 10
REPORT = ["time 5000 1000000", "vm A linux1 running", "vm B two off"]


def who(vm, vcpu, kind):
    return (vm << 10 | vcpu << 4 | kind) << 48


def ring(cpu, raws, head=None, version=1, frequency=1000000, magic=b"crbtrace"):
    """struct trace, written here from its description in C."""
    head = len(raws) if head is None else head
    slots = [(0,) * 5] * 512
    for i, raw in enumerate(raws):
        slots[(head - len(raws) + i) % 512] = raw
    return magic + struct.pack("<IIQQ32x", version, cpu, frequency, head) + b"".join(struct.pack("<QQQII", *raw) for raw in slots)


def lines(cpu, raws):
    return [f"trace {cpu:x} " + " ".join(f"{number:x}" for number in raw) for raw in raws]


RAWS = [(100, 0x40200000, who(1, 0, START), 0, 0), (200, 0x40200010, who(1, 0, EXIT) | 0x84000000, HVC, 30),
        (300, 0x40200020, who(1, 0, EXIT) | 0x09000000, MMIO_WRITE, 50), (400, 0x40200030, who(1, 0, INTERRUPT), 64, 20)]


def test_a_report_is_decoded_in_the_order_of_time():
    trace = records.from_report([*REPORT, *lines(1, RAWS), *lines(0, [(250, 0x1000, who(2, 3, EXIT), SYSREG_READ, 9)])])
    assert [record.time for record in trace.records] == [100, 200, 250, 300, 400]
    assert [records.cause(record) for record in trace.records] == ["start", "hvc", "sysreg", "mmio", "timer"]
    text = list(records.text(trace))
    assert text[2].split() == "0.000200000 1 linux1.0 40200010 hvc 30 PSCI_VERSION".split()
    assert text[3].split()[1:] == "0 two.3 1000 sysreg 9 read s3_0_c3_c0_4".split()
    assert text[4].split()[3:] == "40200020 mmio 50 write 4 PL011+0x0".split()


def test_a_dump_is_searched_for_rings(tmp_path):
    dump = tmp_path / "memory"
    dump.write_bytes(bytes(4096) + b"crbtrace" + bytes(100) + ring(0, RAWS) + bytes(99) + ring(1, RAWS[:2]) +
                     ring(2, RAWS, version=9) + ring(77, RAWS) + ring(3, RAWS, frequency=0) + b"crbtrace")
    trace = records.load(dump)
    assert sorted(record.cpu for record in trace.records) == [0, 0, 0, 0, 1, 1] and trace.frequency == 1000000
    assert trace.name(1) == "vm1"


def test_a_ring_that_went_round_begins_with_its_oldest():
    raws = [(1000 + i, i, who(1, 0, INTERRUPT), 64, 1) for i in range(512)]
    trace = records.from_memory(ring(0, raws, head=1300))
    assert [record.pc for record in trace.records] == list(range(512))


def test_of_two_copies_the_newer_is_taken():
    trace = records.from_memory(ring(0, RAWS) + ring(0, RAWS[:1]))
    assert len(trace.records) == 4


def test_a_life_before_a_reset_comes_first():
    before = [(9000, 1, who(1, 0, INTERRUPT), 64, 5), (9500, 2, who(1, 0, INTERRUPT), 64, 5)]
    after = [(10, 0, who(0, 0, BOOT), 0, 0), (20, 3, who(1, 0, INTERRUPT), 64, 5)]
    trace = records.from_memory(ring(0, before + after) + ring(1, after))
    assert [record.life for record in trace.records] == [-1, -1, 0, 0, 0, 0]
    assert [record.pc for record in trace.records if record.vm] == [1, 2, 3, 3]
    text = list(records.text(trace))
    assert text.index("--- the machine was reset") == 3
    times = [event["ts"] for event in perfetto.document(trace)["traceEvents"] if event.get("cat") == "exit" and event["tid"] == 0]
    assert times == sorted(times)


def test_perfetto_has_what_the_format_demands():
    trace = records.from_report([*REPORT, *lines(1, RAWS)])
    document = json.loads(json.dumps(perfetto.document(trace)))
    events = document["traceEvents"]
    for event in events:
        assert event["ph"] in "XiM" and {"name", "pid", "tid"} <= event.keys()
        if event["ph"] == "X":
            assert event["ts"] >= 0 and event["dur"] >= 0
        elif event["ph"] == "i":
            assert event["ts"] >= 0 and event["s"] == "t"
        else:
            assert event["name"] in ("process_name", "thread_name") and event["args"]["name"]
    exits = [event for event in events if event.get("cat") == "exit"]
    assert [(event["name"], event["ts"], event["dur"], event["pid"], event["tid"]) for event in exits] == [
        ("hvc", 200, 30, 0, 1), ("mmio", 300, 50, 0, 1), ("timer", 400, 20, 0, 1)]
    assert exits[0]["args"]["vm"] == "linux1" and exits[0]["args"]["what"] == "PSCI_VERSION"
    guest = [(event["ts"], event["dur"], event["pid"], event["tid"]) for event in events if event["name"] == "guest"]
    assert guest == [(230, 70, 1, 0), (350, 50, 1, 0)]
    assert {"corbel", "linux1", "CPU 1", "vCPU 0"} == {event["args"]["name"] for event in events if event["ph"] == "M"}


def test_names_of_causes_are_the_hypervisors():
    code = (ROOT / "src/monitor/counters.c").read_text()
    numbers = {name: 64 + i for i, name in enumerate(
        re.findall(r"^\t(COUNTER_\w+)(?: = 64)?,", (ROOT / "src/monitor/counters.h").read_text(), re.M))}
    found = {int(index, 0) if index[0] == "0" else numbers[index]: name
             for index, name in re.findall(r'\[(0x\w+|COUNTER_\w+)\] = "([\w-]+)"', code)}
    assert found == records.CAUSES


def test_the_file_of_the_rings_is_laid_out_as_in_c():
    code = (ROOT / "src/monitor/trace.h").read_text()
    assert re.search(r"TRACE_RECORDS = (\d+)", code)[1] == str(records.RECORDS)
    assert re.search(r"TRACE_VERSION = (\d+)", code)[1] == str(records.VERSION)
    assert int(re.search(r"TRACE_MAGIC (0x\w+)UL", code)[1], 16).to_bytes(8, "little") == records.MAGIC
    kinds = re.findall(r"^\tTRACE_(\w+),", code[:code.index("};")], re.M)
    assert [getattr(records, kind) for kind in kinds] == list(range(6))


# --- the verb ---

@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "a dump"
    path.write_bytes(bytes(123) + ring(0, RAWS))
    return path


def test_a_dump_is_printed(dump):
    run = run_corbel("trace", str(dump))
    assert run.returncode == 0 and run.stderr == "" and len(run.stdout.splitlines()) == 5
    assert "write 4 PL011+0x0" in run.stdout


def test_json_is_written_from_any_folder(dump, tmp_path):
    run = run_corbel("trace", dump.name, "--json", "out.json", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())["traceEvents"]
    assert json.loads(run_corbel("trace", "--json=-", str(dump)).stdout)["traceEvents"]


def test_a_saved_file_is_read_back(tmp_path):
    path = tmp_path / "saved"
    records.save(path, [*REPORT, *lines(0, RAWS)])
    assert "linux1.0" in run_corbel("trace", str(path)).stdout


def test_a_file_cannot_write_to_the_terminal(tmp_path):
    path = tmp_path / "evil"
    records.save(path, ["time 1 1", "vm A \x1b[2Jx running", *lines(0, RAWS)])
    run = run_corbel("trace", str(path))
    assert run.returncode == 0 and "\x1b" not in run.stdout


@pytest.mark.parametrize("data, sentence", [
    (b"", "no trace in it"), (b"hello", "no trace in it"), (b"crbtrace", "no trace in it"),
    (b"corbel trace 1\ntrace 0 1 2\n", "cannot be read"), (b"corbel trace 1\ntrace 0 1 2 x 4 5\n", "cannot be read"),
])
def test_a_bad_file_is_told(tmp_path, data, sentence):
    path = tmp_path / "bad"
    path.write_bytes(data)
    run = run_corbel("trace", str(path))
    assert run.returncode == 2 and sentence in run.stderr and "Traceback" not in run.stderr


def test_a_file_that_is_not_there_is_2(tmp_path):
    run = run_corbel("trace", str(tmp_path / "nowhere"))
    assert run.returncode == 2 and "no such file" in run.stderr


def test_a_reader_that_has_seen_enough_is_no_trouble(dump):
    run = subprocess.run(f"'{ROOT}/corbel' trace '{dump}' | head -1", shell=True, capture_output=True, text=True, timeout=60)
    assert run.stderr == "" and "cause" in run.stdout
