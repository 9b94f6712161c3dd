# SPDX-License-Identifier: Apache-2.0
"""The runs of this user: each has a folder NAME-PID in ${XDG_RUNTIME_DIR:-/tmp}/corbel-UID, with the socket `control`.

What is said over the socket stands in doc/watch.md: a request and its answer are a line of JSON each.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import stat

from trouble import Trouble, nearest

SOCKET = "control"
PATIENCE = 30.0   # seconds that an answer may take: an emulated machine may be slow
PATH_MAX = 100    # of a socket's address, which is shorter than that of a file


def root():
    return pathlib.Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"corbel-{os.getuid()}"


def own_root():
    """The same; it is ours alone, or Trouble."""
    folder = root()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError as error:
        raise Trouble(f"{folder}: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Trouble(f"{folder}: accepted: a folder that is yours and that nobody else may enter (mode 0700)")
    return folder


def make(name):
    """A folder for this run."""
    folder = own_root() / f"{re.sub(r'[^A-Za-z0-9_]', '_', name)}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier process of our number
    folder.mkdir(mode=0o700)
    return folder


@contextlib.contextmanager
def address(folder):
    """What bind() and connect() take for the socket in a folder, however long its path is."""
    path = folder / SOCKET
    if len(os.fsencode(path)) <= PATH_MAX:
        yield str(path)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def listen(folder):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(folder) as where:
            listener.bind(where)
        listener.listen()
    except OSError as error:
        listener.close()
        raise Trouble(f"{folder / SOCKET}: {error.strerror}") from None
    listener.setblocking(False)
    return listener


def connect(folder):
    """A socket, or None: nobody is there."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    try:
        with address(folder) as where:
            client.connect(where)
        return client
    except OSError:
        client.close()
        return None


def is_dead(name):
    try:
        os.kill(int(name.rpartition("-")[2]), 0)
    except (ProcessLookupError, ValueError):
        return True
    except PermissionError:
        pass
    return False


def everyone():
    """The names of the runs that answer; what a killed one left is removed."""
    found = []
    for folder in sorted(own_root().iterdir()):
        client = connect(folder)
        if client:
            client.close()
            found.append(folder.name)
        elif is_dead(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    return found


def find(word=None):
    """The run that a word means (its name, its number, or both), or the only one."""
    runs = everyone()
    if not runs:
        raise Trouble("nothing is running: start it with ./corbel run or ./corbel demo")
    if word is None and len(runs) > 1:
        raise Trouble(f"which of them? {' '.join(runs)}")
    matching = [run for run in runs if word is None or word == run or word in run.rsplit("-", 1)]
    if len(matching) > 1:
        raise Trouble(f"{word}: which of them? {' '.join(matching)}")
    if not matching:
        raise Trouble(f"no run '{word}'; the nearest is '{nearest(word, runs)}'")
    return matching[0]


class Link:
    """A connection to a run."""

    def __init__(self, name):
        self.name = name
        self.socket = connect(root() / name)
        if self.socket is None:
            raise Trouble(f"{name} does not answer")
        self.received = b""

    def ask(self, **request):
        """The answer, or Trouble with what the run says."""
        try:
            self.socket.sendall(json.dumps(request).encode() + b"\n")
            while b"\n" not in self.received:
                data = self.socket.recv(1 << 16)
                if not data:
                    raise Gone(self.name)
                self.received += data
        except socket.timeout:
            raise Trouble(f"{self.name}: its hypervisor did not answer within {PATIENCE:g} s", 1) from None
        except OSError:
            raise Gone(self.name) from None
        line, _, self.received = self.received.partition(b"\n")
        answer = json.loads(line)
        if "error" in answer:
            raise Trouble(answer["error"])
        return answer

    def close(self):
        self.socket.close()


class Gone(Trouble):
    """The run ended while we were connected."""

    def __init__(self, name):
        super().__init__(f"{name} has ended", 1)
