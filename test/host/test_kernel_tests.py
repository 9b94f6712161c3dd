# SPDX-License-Identifier: Apache-2.0
"""test/linux/kernel judges what the kernel's own tests print: lines of TAP, and how each program ended."""
import importlib.machinery
import importlib.util

import pytest

from conftest import ROOT

BOARD = """noise
<<< arm64/fp/one\r
TAP version 13\r
1..3\r
ok 1 first\r
not ok 2 second\r
ok 3 third # SKIP not here\r
>>> arm64/fp/one 1\r
<<< ptrace/two\r
ok 1 - dashed # takes 3 ms\r
>>> ptrace/two 0\r
"""


@pytest.fixture(scope="module")
def kernel():
    loader = importlib.machinery.SourceFileLoader("kernel_tests", str(ROOT / "test/linux/kernel"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("kernel_tests", loader))
    loader.exec_module(module)
    return module


def test_results(kernel):
    assert kernel.results(BOARD) == {
        ("arm64/fp/one", ""): "not ok", ("arm64/fp/one", "first"): "ok", ("arm64/fp/one", "second"): "not ok",
        ("arm64/fp/one", "third"): "skip", ("ptrace/two", ""): "ok", ("ptrace/two", "dashed"): "ok"}


@pytest.mark.parametrize("old, new, worse", [
    ("ok 1 first", "not ok 1 first", [(("arm64/fp/one", "first"), "not ok")]),
    ("ok 1 first", "ok 1 first # SKIP no", [(("arm64/fp/one", "first"), "skip")]),
    ("ok 1 first", "", [(("arm64/fp/one", "first"), "missing")]),
    (">>> ptrace/two 0", ">>> ptrace/two 143", [(("ptrace/two", ""), "not ok")]),
    (">>> ptrace/two 0", "", [(("ptrace/two", ""), "missing"), (("ptrace/two", "dashed"), "missing")]),
    ("not ok 2 second", "ok 2 second", []),
])
def test_worse(kernel, old, new, worse):
    board, vm = kernel.results(BOARD), kernel.results(BOARD.replace(old, new, 1))
    assert kernel.worse(vm, board) == worse


def test_the_report_fails_if_something_is_worse_or_silent(kernel, capsys):
    board = kernel.results(BOARD)
    names = ["arm64/fp/one", "ptrace/two"]
    assert kernel.report(board, board, names)
    assert not kernel.report(kernel.results(BOARD.replace("ok 1 first", "")), board, names)
    assert "arm64/fp/one first: missing in the VM, ok on the board" in capsys.readouterr().out
    assert not kernel.report(board, board, [*names, "ptrace/three"])
