# SPDX-License-Identifier: Apache-2.0
"""The parser of the framed console: whole and in pieces, and what a guest tries to forge."""
import random

import pytest

from frames import Event, Name, Output, Panic, Parser, Quit, View

ALL = (b"\x10n@corbel\n\x10o@hi\r\n\x10nAlinux1\n\x10eAs+\x10oAone\x10\x10two\x10eAr+\x10oBx\x10v*\x10vB\x10eAo.\x10eBc.\x10q\x10p!")


def flat(found):
    """Neighbouring outputs of one source joined."""
    joined = []
    for frame in found:
        if joined and isinstance(frame, Output) and isinstance(joined[-1], Output) and joined[-1].source == frame.source:
            joined[-1] = Output(frame.source, joined[-1].data + frame.data)
        else:
            joined.append(frame)
    return joined


WHOLE = [Name("@", "corbel"), Output("@", b"hi\r\n"), Name("A", "linux1"), Event("A", "s", True), Output("A", b"one\x10two"),
         Event("A", "r", True), Output("B", b"x"), View(None), View("B"), Event("A", "o", False), Event("B", "c", False),
         Quit(), Panic(), Output("B", b"!")]


def test_everything_in_one_piece():
    assert flat(Parser().feed(ALL)) == WHOLE


def test_byte_by_byte():
    parser = Parser()
    assert flat([frame for byte in ALL for frame in parser.feed(bytes([byte]))]) == WHOLE


@pytest.mark.parametrize("seed", range(20))
def test_any_pieces(seed):
    chance, parser, found, at = random.Random(seed), Parser(), [], 0
    while at < len(ALL):
        step = chance.randint(1, 9)
        found += parser.feed(ALL[at:at + step])
        at += step
    assert flat(found) == WHOLE


def test_before_any_frame_output_is_the_hypervisors():
    assert Parser().feed(b"early") == [Output("@", b"early")]


def test_a_doubled_marker_is_one_byte_of_output():
    assert Parser().feed(b"\x10oA\x10\x10\x10\x10") == [Output("A", b"\x10\x10")]


@pytest.mark.parametrize("forged", [b"\x10eBo.", b"\x10oB", b"\x10q", b"\x10p", b"\x10nBroot\n", b"\x10v*", b"\x10", b"\x10\x10eA"])
def test_what_a_guest_forges_is_its_output(forged):
    sent = b"\x10oA" + forged.replace(b"\x10", b"\x10\x10") + b"\x10oB."
    assert flat(Parser().feed(sent)) == [Output("A", forged), Output("B", b".")]


def test_random_output_comes_back_as_it_was():
    chance, parser = random.Random(1), Parser()
    for _ in range(200):
        data = bytes(chance.choice(b"\x10\x10oqA\nx\x1d") for _ in range(chance.randint(1, 60)))
        assert flat(parser.feed(b"\x10oC" + data.replace(b"\x10", b"\x10\x10"))) == [Output("C", data)]


def test_an_unknown_frame_is_shown():
    assert flat(Parser().feed(b"\x10oA\x10zb")) == [Output("A", b"\x10zb")]


def test_a_name_without_end_does_not_grow_for_ever():
    found = Parser().feed(b"\x10nA" + b"x" * 200)
    assert found[0] == Name("A", "x" * 63)
    assert found[1] == Output("@", b"x" * 137)
