# SPDX-License-Identifier: Apache-2.0
"""What the user sees of several consoles on one screen."""
import pytest

from screen import PATIENCE, Screen


class World:
    """A screen whose output is kept and whose time stands until it is moved."""

    def __init__(self, **options):
        self.shown, self.now = b"", 0.0
        self.screen = Screen(self.put, clock=lambda: self.now, **options)
        self.screen.names.update(A="one", B="two")

    def put(self, data):
        self.shown += bytes(data)

    def wait(self):
        self.now += PATIENCE * 1.01
        self.screen.tick()


@pytest.fixture
def world():
    return World()


def test_lines_get_the_names_of_their_vms(world):
    world.screen.write("A", b"hello\r\n")
    world.screen.write("B", b"there\r\n")
    assert world.shown == b"one | hello\ntwo | there\n"


def test_a_source_without_a_name_has_a_number(world):
    world.screen.write("C", b"x\n")
    assert world.shown == b"vm3 | x\n"


def test_lines_are_not_mixed(world):
    for one, two in zip(b"aaaa\n", b"bbbb\n"):
        world.screen.write("A", bytes([one]))
        world.screen.write("B", bytes([two]))
    assert world.shown == b"one | aaaa\ntwo | bbbb\n"


def test_an_unfinished_line_waits_for_silence(world):
    world.screen.write("A", b"login: ")
    assert world.shown == b""
    assert world.screen.tick() == pytest.approx(PATIENCE)
    world.wait()
    assert world.shown == b"one | login: "
    assert world.screen.tick() is None


def test_an_echo_on_the_shown_line_comes_at_once(world):
    world.screen.write("A", b"# ")
    world.wait()
    world.screen.write("A", b"l")
    world.screen.write("A", b"s")
    assert world.shown == b"one | # ls"


def test_an_interrupted_line_is_shown_again_whole(world):
    world.screen.write("A", b"# ")
    world.wait()
    world.screen.write("B", b"news\n")
    world.screen.write("A", b"ls\n")
    assert world.shown == b"one | # \ntwo | news\none | # ls\n"


def test_a_line_that_never_ends_is_shown(world):
    world.screen.write("A", b"x" * 10000)
    assert world.shown.startswith(b"one | xxxx")


def test_attached_is_raw_and_others_are_silent(world):
    world.screen.write("A", b"# ")
    world.wait()
    world.screen.view("A")
    world.shown = b""
    world.screen.write("B", b"news\n")
    world.screen.write("A", b"\x1b[2Jraw\r\n# ")
    assert world.shown == b"\x1b[2Jraw\r\n# "


def test_attaching_shows_the_prompt_that_waits(world):
    world.screen.write("B", b"two# ")
    world.wait()
    world.screen.write("A", b"line\n")
    world.shown = b""
    world.screen.view("B")
    assert world.shown == b"two# "


def test_the_hypervisor_is_heard_while_attached(world):
    world.screen.view("A")
    world.screen.write("A", b"half")
    world.screen.write("@", b"attached to one\r\n")
    assert world.shown == b"half\ncorbel | attached to one\n"


def test_all_again_has_prefixes(world):
    world.screen.view("A")
    world.screen.view(None)
    world.screen.write("B", b"x\n")
    assert world.shown == b"two | x\n"


def test_a_terminal_in_raw_mode_needs_carriage_returns():
    world = World(raw=True)
    world.screen.write("A", b"x\r\n")
    assert world.shown == b"one | x\r\n"


def test_a_bare_return_keeps_the_prefix_on_a_terminal():
    world = World(raw=True)
    world.screen.write("A", b"10%\r20%\r\n")
    assert world.shown == b"one | 10%\rone | 20%\r\n"


def test_colours_differ_by_vm():
    world = World(colour=True)
    world.screen.write("A", b"x\n")
    world.screen.write("B", b"x\n")
    assert world.shown == b"\x1b[32mone |\x1b[0m x\n\x1b[35mtwo |\x1b[0m x\n"


def test_questions_to_the_terminal_are_not_passed_on(world):
    world.screen.write("A", b"# \x1b[6nls\n")
    assert world.shown == b"one | # ls\n"


def test_the_end_shows_what_is_left(world):
    world.screen.write("A", b"last words")
    world.screen.finish()
    assert world.shown == b"one | last words\n"


def test_unfinished_lines_are_shown_soon_on_a_terminal_and_late_without():
    assert Screen(lambda data: None, raw=True).silence < 0.1
    assert Screen(lambda data: None).silence > 1
