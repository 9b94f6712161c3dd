# SPDX-License-Identifier: Apache-2.0
"""What a run serves on its control socket, inside the session's loop: reports, power buttons, and consoles for other terminals.

A client's bytes go to its VM one by one, each with the VM's letter (Ctrl-] i LETTER BYTE), so that neither the view
nor the VM that the user types to changes. A client that does not read is let go; nobody waits for it.
"""
import json
import selectors
import shutil

import frames
import runs
from trouble import Trouble, unknown

KEYS = {"counters": b"\x1ds", "trace": b"\x1dt"}
REQUEST_MAX, OUTBOX_MAX, HISTORY = 4096, 1 << 20, 4096


class Client:
    def __init__(self, socket):
        self.socket = socket
        self.request = b""
        self.outbox = bytearray()
        self.source = None  # the VM that it is attached to: bytes go through from then on


class Control:
    """name: of the run. Without a folder for it, the run goes on without being reached: .trouble says why."""

    def __init__(self, name):
        self.folder = self.listener = self.trouble = self.selector = self.session = None
        self.clients = set()
        self.waiting = {kind: [] for kind in KEYS}  # who wants the next report: functions of its lines
        self.text, self.lines, self.kind = b"", [], None
        self.tails = {}  # the last that each VM printed
        try:
            self.folder = runs.make(name)
            self.listener = runs.listen(self.folder)
        except Trouble as trouble:
            self.trouble = trouble
            self.close()

    def join(self, selector, session):
        """From now on the session's loop calls what is registered here."""
        self.selector, self.session = selector, session
        if self.listener:
            selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def close(self):
        """After the loop. What a client has not been sent yet goes now or never."""
        while self.clients:
            client = self.clients.pop()
            try:
                client.socket.send(client.outbox)
            except OSError:
                pass
            client.socket.close()
        if self.listener:
            self.listener.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- clients ---

    def accept(self, _events):
        try:
            socket, _ = self.listener.accept()
        except OSError:
            return
        socket.setblocking(False)
        client = Client(socket)
        self.clients.add(client)
        self.selector.register(socket, selectors.EVENT_READ, lambda events: self.serve(client, events))

    def drop(self, client):
        if client in self.clients:
            self.clients.remove(client)
            self.selector.unregister(client.socket)
            client.socket.close()

    def serve(self, client, events):
        try:
            if events & selectors.EVENT_WRITE:
                del client.outbox[:client.socket.send(client.outbox)]
                self.watch(client)
            if events & selectors.EVENT_READ:
                data = client.socket.recv(4096)
                if not data:
                    self.drop(client)
                elif client.source:
                    self.session.type_to(client.source, data)
                else:
                    self.receive(client, data)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(client)

    def watch(self, client):
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.outbox else 0)
        key = self.selector.get_key(client.socket)
        if key.events != wanted:
            self.selector.modify(client.socket, wanted, key.data)

    def send(self, client, data):
        if client not in self.clients:
            return
        client.outbox += data
        if len(client.outbox) > OUTBOX_MAX:
            self.drop(client)
        else:
            self.watch(client)

    def answer(self, client, **answer):
        self.send(client, json.dumps(answer).encode() + b"\n")

    # --- requests ---

    def receive(self, client, data):
        client.request += data
        while b"\n" in client.request and not client.source:
            line, _, client.request = client.request.partition(b"\n")
            try:
                self.obey(client, json.loads(line))
            except Trouble as trouble:
                self.answer(client, error=str(trouble))
            except (ValueError, AttributeError, TypeError, RecursionError):
                self.answer(client, error="accepted: a line of JSON, such as {\"ask\": \"counters\"}")
        if client.source and client.request:
            self.session.type_to(client.source, client.request)
            client.request = b""
        if len(client.request) > REQUEST_MAX:
            self.drop(client)

    def obey(self, client, request):
        what = request.get("ask")
        if what in KEYS:
            self.ask(what, lambda lines: self.answer(client, lines=lines))
        elif what == "vms":
            self.answer(client, vms=[self.session.screen.name(source) for source in self.session.sources()])
        elif what == "press":
            source = self.find(str(request.get("vm")))
            self.session.press(source)
            self.answer(client, pressed=self.session.screen.name(source))
        elif what == "attach":
            source = self.find(str(request.get("vm")))
            self.answer(client, attached=self.session.screen.name(source))
            self.send(client, self.tails.get(source, b"").rpartition(b"\n")[2])
            client.source = source
        else:
            raise unknown("request", str(what), [*KEYS, "vms", "press", "attach"])

    def find(self, word):
        """The letter of a VM, by its name or its number."""
        sources = self.session.sources()
        names = [self.session.screen.name(source) for source in sources]
        if word in names:
            return sources[names.index(word)]
        if word.isdecimal() and 0 < int(word) <= len(sources):
            return sources[int(word) - 1]
        raise unknown("VM", word, names) if names else Trouble(f"there is no VM '{word}' yet")

    # --- what the hypervisor says ---

    def ask(self, kind, then):
        """Calls then(lines) with a report; one report serves all who wait for it."""
        if not self.waiting[kind]:
            self.session.send_keys(KEYS[kind])
        self.waiting[kind].append(then)

    def report(self, data):
        """A piece of a report's text, from `begin KIND` to `end`."""
        *whole, self.text = (self.text + data).split(b"\n")
        for line in whole:
            line = line.decode(errors="replace")
            if line.startswith("begin "):
                self.kind, self.lines = line[6:], []
            elif line == "end" and self.kind in KEYS:
                waiting, self.waiting[self.kind] = self.waiting[self.kind], []
                for then in waiting:
                    then(self.lines)
            else:
                self.lines.append(line)

    def hear(self, source, data):
        """What a VM printed."""
        if source == frames.HYPERVISOR:
            return
        self.tails[source] = (self.tails.get(source, b"") + data)[-HISTORY:]
        for client in list(self.clients):
            if client.source == source:
                self.send(client, data)
