# SPDX-License-Identifier: Apache-2.0
"""The report of counters: read, compared with an earlier one, and refused if it is not one."""
import counters
import pytest
import top
from trouble import Trouble

FIRST = """time 1000000 1000000
vm A linux1 running
vcpu A 0 3 on ran 500000 waited 100 stolen 200 switches 7 listed 40 spilled 1 resampled 2 postponed 0
exits A 0 hvc 10 2000 300
exits A 0 timer 5 500 120
histogram A 0 deadline 7:4 12:1
vcpu A 1 4 off ran 0 waited 0 stolen 0 switches 0 listed 0 spilled 0 resampled 0 postponed 0
vm B two crashed""".splitlines()
SECOND = """time 3000000 1000000
vm A linux1 running
vcpu A 0 3 on ran 2000000 waited 100 stolen 500200 switches 7 listed 80 spilled 1 resampled 2 postponed 0
exits A 0 hvc 30 6000 300
exits A 0 timer 5 500 120
exits A 0 mmio 200 9000 99
vcpu A 1 4 on ran 1000 waited 0 stolen 0 switches 1 listed 0 spilled 0 resampled 0 postponed 0
vm B two crashed""".splitlines()


@pytest.fixture
def found():
    return counters.between(counters.parse(FIRST), counters.parse(SECOND))


def test_a_report_is_read():
    report = counters.parse(FIRST)
    vcpu = report.vms["A"].vcpus[0]
    assert (report.time, report.frequency, report.vms["B"].name, report.vms["B"].state) == (1000000, 1000000, "two", "crashed")
    assert (vcpu.cpu, vcpu.power, vcpu.ran, vcpu.resampled, vcpu.exits["hvc"]) == (3, "on", 500000, 2, (10, 2000, 300))
    assert vcpu.histograms == {"deadline": {7: 4, 12: 1}} and report.vms["A"].vcpus[1].power == "off"


def test_rates_are_of_the_time_between(found):
    vcpu = found["vms"][0]["vcpus"][0]
    assert found["interval"] == 2 and found["seconds"] == 3
    assert vcpu["ran_percent"] == 75 and vcpu["stolen_percent"] == 25 and vcpu["waited_percent"] == 0
    assert vcpu["interrupts_per_second"] == 20 and vcpu["exits_per_second"] == 110
    assert vcpu["exits"]["hvc"] == {"count": 30, "ticks": 6000, "worst": 300, "per_second": 10}
    assert vcpu["exits"]["mmio"]["per_second"] == 100 and vcpu["exits"]["timer"]["per_second"] == 0


def test_a_counter_that_began_anew_is_no_negative_rate():
    later = [line.replace("3000000", "5000000").replace("listed 80", "listed 10").replace("ran 2000000", "ran 400000")
             for line in SECOND]
    vcpu = counters.between(counters.parse(SECOND), counters.parse(later))["vms"][0]["vcpus"][0]
    assert vcpu["interrupts_per_second"] == 5 and vcpu["ran_percent"] == 20


def test_a_vm_that_was_not_there_before_has_no_rate_yet():
    vcpu = counters.between(counters.parse(FIRST[:1]), counters.parse(SECOND))["vms"][0]["vcpus"][0]
    assert vcpu["exits_per_second"] == 0 and vcpu["exits"]["mmio"]["count"] == 200


def test_two_causes_of_one_name_are_added():
    report = counters.parse([*FIRST[:3], "exits A 0 other 3 40 20", "exits A 0 other 2 10 9"])
    assert report.vms["A"].vcpus[0].exits["other"] == (5, 50, 20)


@pytest.mark.parametrize("line", ["vcpu A", "time soon 1", "exits Z 0 hvc 1 2 3", "exits A 0 hvc 1 2", "histogram A 0 raised x"])
def test_a_broken_line_is_told(line):
    with pytest.raises(Trouble, match="cannot be read"):
        counters.parse([*FIRST, line])


def test_the_table_has_a_line_per_vcpu(found):
    lines = list(top.table("demo-1", found))
    assert lines[1].split()[:3] == ["VM", "vCPU", "CPU"] and len(lines) == 4
    assert lines[2].split() == "linux1 0 3 on 75.0 25.0 20 110 mmio 100 hvc 10".split()
    assert lines[3].split()[:4] == ["linux1", "1", "4", "on"]


def test_the_summary_is_for_people():
    assert next(counters.summary(counters.parse(FIRST))) == (
        "linux1 is running: vCPU 0 on CPU 3 is on, ran 0.500 s, stolen 0.000 s, 15 exits, 40 interrupts")
