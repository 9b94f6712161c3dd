# SPDX-License-Identifier: Apache-2.0
"""Trouble that is told in one line, and the exit statuses of ./corbel."""
import difflib

POWERED_OFF, FAULT, USAGE, TIME_OUT, STOPPED, INTERRUPTED = 0, 1, 2, 124, 125, 130


class Trouble(Exception):
    """What went wrong, as a sentence for the user; the program ends with `status`."""

    def __init__(self, sentence, status=USAGE):
        super().__init__(sentence)
        self.status = status


def nearest(word, words):
    """The known word that `word` was most likely meant to be."""
    words = list(words)
    return (difflib.get_close_matches(word, words, 1, 0.0) or words)[0]


def unknown(what, word, words):
    """Trouble with a word that is not among `words`."""
    return Trouble(f"unknown {what} '{word}'; the nearest is '{nearest(word, words)}'")


def amount(count):
    """Bytes for people: 256 MiB, 1.5 GiB, 800 KiB."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            text = f"{count / unit:.1f}"
            return f"{text.removesuffix('.0')} {name}"
    return f"{count} bytes"
