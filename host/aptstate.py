# SPDX-License-Identifier: Apache-2.0
"""A private apt state for one suite and architecture: it knows and fetches packages, and installs none.

The mirror is the one that the machine's own apt uses; signatures are checked with the Debian archive's keys.
Lock: <state>/lock is held from open to close, so that two runs take turns.
"""
import fcntl
import pathlib
import re
import shutil
import subprocess

from trouble import Trouble

HERE = pathlib.Path(__file__).resolve().parent
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def mirror(suite):
    """The address that the machine's apt uses for suites like this one."""
    run = subprocess.run([HERE / "sources"], capture_output=True, text=True)
    rows = [line.split() for line in run.stdout.splitlines()]
    if run.returncode or not rows:
        raise Trouble((run.stderr.strip().splitlines() or ["host/sources failed"])[-1])
    security = suite.endswith("-security")
    fitting = [uri for uri, known in rows if known.endswith("-security") == security]
    return fitting[0] if fitting else rows[0][0]


class AptState:
    def __init__(self, folder, suite, arch):
        self.folder, self.suite, self.arch = pathlib.Path(folder), suite, arch
        self.fresh = False

    def __enter__(self):
        for name in ("lists/partial", "cache/archives/partial", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        (self.folder / "status").touch()
        return self

    def __exit__(self, *_):
        self.lock.close()

    def run(self, tool, *words, cwd=None):
        """apt-get or apt-cache on this state."""
        private = {
            "Dir::Etc::SourceList": self.folder / "sources.list", "Dir::Etc::SourceParts": "/nonexistent",
            "Dir::State": self.folder, "Dir::State::Lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status", "Dir::Cache": self.folder / "cache",
            "Dir::Log": self.folder / "log", "APT::Architecture": self.arch, "APT::Architectures": self.arch,
            "APT::Sandbox::User": "root", "Acquire::Retries": "3",
        }
        options = [word for key, value in private.items() for word in ("-o", f"{key}={value}")]
        return subprocess.run([tool, "-q", *options, *words], cwd=cwd, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)

    def update(self):
        """Reads the suite's index, once; its signature is checked."""
        if self.fresh:
            return
        line = f"deb [arch={self.arch} signed-by={KEYRING} target=Packages lang=none] {mirror(self.suite)}"
        (self.folder / "sources.list").write_text(f"{line} {self.suite} main\n")
        run = self.run("apt-get", "update", "-o", "APT::Update::Error-Mode=any")
        if run.returncode:
            raise Trouble(f"apt-get cannot read {self.suite} ({self.arch}): {complaint(run)}")
        self.fresh = True

    def candidates(self, pattern):
        """{(package, version): size} of what the suite has under names that fit a pattern with *."""
        self.update()
        name = re.escape(pattern).replace(r"\*", "[0-9.]*")
        found, row = {}, {}
        for line in self.run("apt-cache", "dumpavail").stdout.splitlines() + [""]:
            key, _, value = line.partition(": ")
            if key in ("Package", "Version", "Size"):
                row[key] = value
            elif not line:
                if re.fullmatch(name, row.get("Package", "")):
                    found[row["Package"], row["Version"]] = int(row["Size"])
                row = {}
        return found

    def download(self, package, version, folder):
        """Fetches one package into `folder`; apt has checked its hash. The file's path."""
        run = self.run("apt-get", "download", f"{package}={version}", cwd=folder)
        files = list(pathlib.Path(folder).glob("*.deb"))
        if run.returncode or len(files) != 1:
            raise Trouble(f"apt-get cannot fetch {package} {version}: {complaint(run)}")
        return files[0]


def newest(keys):
    """Of (package, version) pairs the one that dpkg holds for the newest."""
    best = None
    for key in keys:
        if best is None or subprocess.run(["dpkg", "--compare-versions", key[1], "gt", best[1]]).returncode == 0:
            best = key
    return best


def is_here():
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg", "dpkg-deb"))


def complaint(run):
    lines = [line for line in (run.stderr + run.stdout).splitlines() if line.startswith(("E:", "W:"))]
    return lines[0][3:] if lines else f"status {run.returncode}"
