# SPDX-License-Identifier: Apache-2.0
"""The cache of unpacked packages and the table of pins: with an apt made of a table, and packages made by dpkg-deb."""
import os
import subprocess
import threading

import pytest

import aptstate
import debcache
import pins
from conftest import ROOT
from debcache import DebCache
from trouble import Trouble

PIN = pins.Pin("kernel", "bookworm", "suite", "arm64", "linux-image-6.12.1+deb12-arm64", "6.12.1-1", 90 << 20,
               "linux-image-6.12.*+deb12-arm64")


class FakeApt:
    """An AptState whose suite is `has`; counts what is fetched."""

    has, fetched, offline = {}, [], False

    def __init__(self, folder, suite, arch):
        self.suite = suite

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def candidates(self, pattern):
        if self.offline:
            raise Trouble("no network")
        head, _, tail = pattern.partition("*")
        return {key: size for key, size in self.has.items()
                if key[0] == pattern or (tail and key[0].startswith(head) and key[0].endswith(tail))}

    def download(self, package, version, folder):
        tree = folder / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "boot").mkdir()
        (tree / "boot/file").write_text(version)
        (tree / "DEBIAN/control").write_text(f"Package: x\nVersion: {version}\nArchitecture: arm64\nMaintainer: x\nDescription: x\n")
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, folder / "x.deb"], check=True, capture_output=True)
        self.fetched.append((package, version))
        return folder / "x.deb"


@pytest.fixture
def cache(tmp_path):
    FakeApt.has, FakeApt.fetched, FakeApt.offline = {(PIN.package, PIN.version): 5}, [], False
    return DebCache("suite", "arm64", tmp_path, FakeApt)


def test_a_pinned_package_is_fetched_once(cache):
    first = cache.get(PIN.package, PIN)
    assert (first / "boot/file").read_text() == "6.12.1-1"
    assert cache.get(PIN.package, PIN) == first and len(FakeApt.fetched) == 1


def test_what_is_there_needs_no_network(cache):
    cache.get(PIN.package, PIN)
    FakeApt.offline = True
    assert cache.get(PIN.package, PIN).is_dir() and cache.get(PIN.package).is_dir()


def test_offline_says_what_is_missing_and_how_large(cache):
    FakeApt.offline = True
    with pytest.raises(Trouble, match=r"linux-image-6.12.1\+deb12-arm64 .*about 90 MiB.*is not in the cache.*no network"):
        cache.get(PIN.package, PIN)


def test_a_vanished_version_is_replaced_by_one_of_its_series(cache, capsys):
    FakeApt.has = {("linux-image-6.12.9+deb12-arm64", "6.12.9-1"): 5, ("linux-image-6.12.10+deb12-arm64", "6.12.10-1"): 5,
                   ("linux-image-6.13.0+deb12-arm64", "6.13.0-1"): 5}
    found = cache.get(PIN.package, PIN)
    assert (found / "boot/file").read_text() == "6.12.10-1"
    assert "no longer has linux-image-6.12.1+deb12-arm64 6.12.1-1; taking linux-image-6.12.10+deb12-arm64" in capsys.readouterr().err
    FakeApt.offline = True
    assert cache.get(PIN.package, PIN) == found
    assert capsys.readouterr().err == ""


def test_a_vanished_series_is_told(cache):
    FakeApt.has = {("linux-image-6.13.0+deb12-arm64", "6.13.0-1"): 5}
    with pytest.raises(Trouble, match="the suite has no linux-image-6.12"):
        cache.get(PIN.package, PIN)


def test_a_package_without_pin_is_the_suites_newest(cache):
    FakeApt.has = {("hello", "1:2.9"): 5, ("hello", "1:2.10"): 5}
    assert (cache.get("hello") / "boot/file").read_text() == "1:2.10"


def test_paths_have_no_colon(cache):
    FakeApt.has = {("hello", "1:2.9"): 5}
    assert ":" not in str(cache.get("hello"))


def test_a_failed_fetch_leaves_nothing(cache, monkeypatch):
    monkeypatch.setattr(FakeApt, "download", lambda *_: (_ for _ in ()).throw(Trouble("broken pipe")))
    with pytest.raises(Trouble, match="broken pipe"):
        cache.get(PIN.package, PIN)
    assert list(cache.folder.iterdir()) == []


def test_two_at_once(cache):
    found = []
    threads = [threading.Thread(target=lambda: found.append(cache.get(PIN.package, PIN))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1
    assert [path.name for path in cache.folder.iterdir()] == [found[0].name]


def test_without_apt_it_says_what_is_needed(cache, monkeypatch):
    monkeypatch.setattr(aptstate, "is_here", lambda: False)
    with pytest.raises(Trouble, match="has no apt to fetch it: unpack it into"):
        cache.get(PIN.package, PIN)


def test_the_cache_is_where_xdg_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert debcache.root() == tmp_path / "corbel"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/somewhere")
    assert str(debcache.root()) == "/somewhere/.cache/corbel"


# --- the private apt state, with files for a mirror's answers ---

def test_candidates_are_read_from_the_index(tmp_path, monkeypatch):
    text = ("Package: linux-image-6.12.9+deb12-arm64\nVersion: 6.12.9-1\nSize: 7\n\n"
            "Package: linux-image-6.12.9+deb12-cloud-arm64\nVersion: 6.12.9-1\nSize: 8\n\n"
            "Package: linux-image-6.12.9+deb12-arm64-unsigned\nVersion: 6.12.9-1\nSize: 8\n\nPackage: hello\nVersion: 2\nSize: 3\n")
    with aptstate.AptState(tmp_path, "s", "arm64") as state:
        monkeypatch.setattr(state, "update", lambda: None)
        monkeypatch.setattr(state, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, text, ""))
        assert state.candidates("linux-image-6.12.*+deb12-arm64") == {("linux-image-6.12.9+deb12-arm64", "6.12.9-1"): 7}
        assert state.candidates("hello") == {("hello", "2"): 3}


def test_newest_is_dpkgs_order():
    assert aptstate.newest([("a", "1~rc1"), ("a", "1"), ("a", "0:0.9")]) == ("a", "1")


# --- pins ---

def test_every_release_pins_the_same_names():
    names = {release: sorted(pin.name for pin in pins.read() if pin.release == release) for release in ("bookworm", "trixie")}
    assert names["bookworm"] == names["trixie"] == ["busybox", "kernel", "libfdt", "xen"]


@pytest.mark.parametrize("text, expected", [("VERSION_CODENAME=trixie\n", "trixie"), ('VERSION_CODENAME="bookworm"\n', "bookworm"),
                                            ("VERSION_CODENAME=noble\n", "trixie"), ("ID=arch\n", "trixie")])
def test_release_of_the_machine(tmp_path, text, expected):
    (tmp_path / "os-release").write_text("NAME=x\n" + text)
    assert pins.release(tmp_path / "os-release") == expected


def test_an_unknown_pin_names_the_nearest():
    with pytest.raises(Trouble, match="unknown pinned package 'kernle'; the nearest is 'kernel'"):
        pins.find("kernle")


@pytest.mark.parametrize("words, sentence", [(["--pined"], "the nearest is '--pinned'"), (["bookworm"], "wants SUITE ARCH PACKAGE"),
                                             (["--pinned", "kernle"], "the nearest is 'kernel'")])
def test_usage_of_the_helper(words, sentence):
    run = subprocess.run([ROOT / "host/deb", *words], capture_output=True, text=True)
    assert run.returncode == 2 and sentence in run.stderr and not run.stdout


def test_the_helper_needs_no_writable_tree(tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    run = subprocess.run([ROOT / "host/deb", "--list"], capture_output=True, text=True, env=environment)
    assert run.returncode == 0 and "not fetched" in run.stdout and not list(tmp_path.iterdir())
