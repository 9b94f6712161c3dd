# SPDX-License-Identifier: Apache-2.0
"""Which end of a VM boots it again (doc/vm.md, restart), with tiny guests that end at once."""
import pytest


def body(image, name, policy, limit=None):
    limit = f" restart-limit = <{limit}>;" if limit else ""
    return f'{name} {{ memory = "64M"; kernel = /incbin/("{image}"); restart = "{policy}";{limit} }};'


# policy, how the guest ends, the limit, how often it starts, the exit status
CASES = [
    ("never", "off", None, 1, 0),
    ("never", "reset", None, 1, 0),
    ("never", "crash", None, 1, 1),
    ("on-reset", "off", None, 1, 0),
    ("on-reset", "crash", None, 1, 1),
    ("on-reset", "reset", 2, 3, 1),
    ("on-crash", "off", None, 1, 0),
    ("on-crash", "reset", 3, 4, 1),
    ("on-crash", "crash", 2, 3, 1),
    ("never", "hang", None, 1, 1),
    ("on-reset", "hang", None, 1, 1),
    ("on-crash", "hang", 2, 3, 1),
    ("on-crash", "vanish", 2, 3, 1),
    ("always", "off", 2, 3, 1),
    ("always", "crash", 2, 3, 1),
    ("always", "hang", 2, 3, 1),
]


@pytest.mark.parametrize("policy, end, limit, starts, status", CASES)
def test_policy(start, tiny, describe, policy, end, limit, starts, status):
    run = start.done("run", describe(body(tiny(b"it starts\r\n", end), "one", policy, limit)))
    assert run.text().count("one | it starts\n") == starts
    assert run.text().count("starts again\n") == starts - 1
    assert run.status == status, run.complaint()
    assert ("it stays crashed" in run.text()) == (starts > 1)


def test_the_default_is_on_reset_five_times(start, tiny):
    run = start.done("run", "--vm", "one", "--memory", "64M", "--kernel", tiny(b"it starts\r\n", "reset"))
    assert run.status == 1
    assert run.text().count("one | it starts\n") == 6
    assert "corbel | one: restarted 5 times in 60 s: it stays crashed\n" in run.text()


def test_a_crash_loop_meets_its_limit_stays_crashed_and_says_so(start, tiny, describe):
    """Every crash with its report; the other VM comes to its own end."""
    run = start.done("run", describe(body(tiny(b"it starts\r\n", "hang"), "loops", "on-crash", 3)
                                     + body(tiny(2000, b"steady\r\n"), "other", "never")))
    text = run.text()
    for start_number in (1, 2, 3):
        assert f'restart = "on-crash": it starts again, {start_number} of 3 times within 60 s\n' in text
    assert text.count("loops was bitten by its watchdog and starts again\n") == 3
    assert text.count("loops: the machine was stopped: its watchdog was not refreshed in time\n") == 4
    assert "corbel | loops: restarted 3 times in 60 s: it stays crashed\n" in text
    assert "corbel | loops has crashed\n" in text and "other | steady\n" in text
    assert run.status == 1 and "corbel: loops crashed; its report is above\n" in run.complaint()


def test_many_restarts_of_one_leave_the_other_alone(start, tiny, describe):
    """Also their output: not a byte of either is missing or out of order."""
    lines = [part for i in range(150) for part in (b"line %d of the steady\r\n" % i, 10)]
    run = start.logged(describe(body(tiny(b"it starts\r\n", "crash"), "restless", "on-crash", 30)
                                + body(tiny(*lines), "steady", "never")))
    assert run.wait() == 1
    assert run.log("restless").all() == 31 * b"it starts\r\n"
    assert run.log("steady").all() == b"".join(part for part in lines if isinstance(part, bytes))
    assert run.text().count("restless was reset") == 0 and "corbel | steady is off\n" in run.text()


def test_a_start_is_from_the_pristine_image(start, tiny, describe):
    """What is printed is read from the image; the memory behind it is what a first start finds."""
    run = start.logged(describe(body(tiny(b"it starts\r\n", "reset"), "one", "on-reset", 4)))
    assert run.wait() == 1
    assert run.log("one").all() == 5 * b"it starts\r\n"
