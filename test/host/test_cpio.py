# SPDX-License-Identifier: Apache-2.0
"""The archive writer, and the guests' RAM disk that it makes."""
import gzip
import importlib.machinery
import importlib.util
import stat

import pytest

from conftest import ROOT
from cpio import Cpio


def read(data):
    """{name: (mode, data, device)} and the order of the names: a reader that shares nothing with the writer."""
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b"070701" and at % 4 == 0
        field = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        name = data[at + 110:at + 110 + field[11]]
        assert name[-1] == 0
        body = (at + 110 + field[11] + 3) & ~3
        if name == b"TRAILER!!!\0":
            assert (body + field[6] + 3) & ~3 == len(data)
            return found
        found[name[:-1].decode()] = (field[1], data[body:body + field[6]], (field[9], field[10]))
        at = (body + field[6] + 3) & ~3


def test_what_goes_in_comes_out():
    archive = Cpio()
    archive.folder("dev")
    archive.character("dev/console", 5, 1)
    archive.file("init", b"#!/bin/sh\n", executable=True)
    archive.file("note", b"12345")
    archive.link("sh", "busybox")
    assert read(archive.bytes()) == {
        "dev": (stat.S_IFDIR | 0o755, b"", (0, 0)), "dev/console": (stat.S_IFCHR | 0o600, b"", (5, 1)),
        "init": (stat.S_IFREG | 0o755, b"#!/bin/sh\n", (0, 0)), "note": (stat.S_IFREG | 0o644, b"12345", (0, 0)),
        "sh": (stat.S_IFLNK | 0o777, b"busybox", (0, 0))}


@pytest.mark.parametrize("length", range(9))
def test_every_padding(length):
    archive = Cpio()
    archive.file("x" * (length + 1), b"y" * length)
    assert read(archive.bytes())["x" * (length + 1)][1] == b"y" * length


def test_an_empty_archive_is_its_trailer():
    assert read(Cpio().bytes()) == {}


@pytest.fixture
def maker():
    loader = importlib.machinery.SourceFileLoader("initramfs", str(ROOT / "host/initramfs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("initramfs", loader))
    loader.exec_module(module)
    return module


def test_the_ram_disk_holds_what_its_scripts_call(maker):
    found = read(gzip.decompress(maker.initramfs(b"busy", {"driver": b"code"})))
    assert found["bin/busybox"][1] == b"busy" and found["bin/sh"][1] == b"busybox"
    assert found["lib/modules/driver.ko"][1] == b"code"
    for name in ("init", "demo"):
        assert found[name][0] == stat.S_IFREG | 0o755
    for folder in ("proc", "sys", "dev", "tmp"):
        assert stat.S_ISDIR(found[folder][0])


def test_the_ram_disk_is_the_same_every_time(maker):
    assert maker.initramfs(b"busy", {}) == maker.initramfs(b"busy", {})


def test_an_unchanged_file_is_left_alone(maker, tmp_path):
    maker.put(tmp_path / "f", b"1")
    before = (tmp_path / "f").stat().st_ino
    maker.put(tmp_path / "f", b"1")
    assert (tmp_path / "f").stat().st_ino == before
    maker.put(tmp_path / "f", b"2")
    assert (tmp_path / "f").read_bytes() == b"2" and len(list(tmp_path.iterdir())) == 1
