# SPDX-License-Identifier: Apache-2.0
"""One run: QEMU with the framed console on its standard streams, from start to exit status.

One loop, one thread. Signals end it through a pipe. Nothing that was started outlives it (terminal.Guard).
"""
import os
import pathlib
import selectors
import signal
import subprocess
import sys
import time

import counters
import frames
import terminal
from screen import Screen
from trouble import FAULT, INTERRUPTED, POWERED_OFF, STOPPED, TIME_OUT, Trouble

ESCAPE, QUIT, STATE, TRACE = 0x1d, ord("q"), ord("s"), ord("t")
PATIENCE = 2.0    # seconds that the hypervisor may take to quit
LAST_LINES = 12
WORDS = {"s": "started", "r": "reset itself", "o": "powered itself off", "c": "crashed",
         "w": "was bitten by its watchdog"}


class Logs:
    """DIR/NAME.log: what each source printed, byte for byte. Without a DIR only the hypervisor's, in `folder`."""

    def __init__(self, folder, wanted):
        self.folder = pathlib.Path(wanted or folder)
        self.all = wanted is not None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.qemu = open(self.folder / "qemu.log", "wb")
        except OSError as error:
            raise Trouble(f"--log {self.folder}: {error.strerror}") from None
        self.files = {}

    def write(self, source, name, data):
        if source not in self.files:
            if not self.all and source != frames.HYPERVISOR:
                return
            self.files[source] = open(self.folder / f"{name.replace('/', '_')}.log", "wb", buffering=0)
        self.files[source].write(data)

    def last_lines(self):
        lines = []
        for name in ("corbel.log", "qemu.log"):
            path = self.folder / name
            if path.exists():
                lines += path.read_text(errors="replace").replace("\r", "").splitlines()[-LAST_LINES:]
        return [line for line in lines if line.strip()][-LAST_LINES:]

    def close(self):
        for file in [self.qemu, *self.files.values()]:
            file.close()


class Session:
    """control: what others may ask of us. driver: types and watches instead of a user (host/headless.py)."""

    def __init__(self, line, folder, control, log=None, timeout=None, driver=None):
        self.line, self.folder, self.control, self.timeout, self.driver = line, folder, control, timeout, driver
        self.logs = Logs(folder / "log", log)
        self.terminal = terminal.Terminal()
        self.screen = Screen(self.put, raw=self.terminal.saved is not None, colour=terminal.wants_colour())
        self.parser = frames.Parser()
        self.typed = bytearray()
        self.escaped = False
        self.last, self.alive = {}, set()  # each VM's last event; who will still run
        self.panicked = False
        self.status = None
        self.quit_by = None
        self.gentle = False  # QEMU is asked to end before it is killed: it has a report to write

    def put(self, data):
        view = memoryview(data)
        try:
            while view:
                try:
                    view = view[os.write(1, view):]
                except BlockingIOError:
                    time.sleep(0.01)
        except OSError:
            self.end(STOPPED if self.status is None else self.status)  # nobody reads us any more

    def end(self, status):
        if self.status is None:
            self.status = status

    # --- what the hypervisor says ---

    def hear(self, data):
        for frame in self.parser.feed(data):
            if isinstance(frame, frames.Output) and frame.source == frames.REPORT:
                self.control.report(frame.data)
            elif isinstance(frame, frames.Output):
                self.control.hear(frame.source, frame.data)
                self.logs.write(frame.source, self.screen.name(frame.source), frame.data)
                self.screen.write(frame.source, frame.data)
            elif isinstance(frame, frames.Name):
                self.screen.names[frame.source] = frame.name
            elif isinstance(frame, frames.Event):
                self.last[frame.source] = frame
                (self.alive.add if frame.again else self.alive.discard)(frame.source)
            elif isinstance(frame, frames.View):
                if not self.driver:
                    self.screen.view(frame.source)
            elif isinstance(frame, frames.Quit):
                self.end(POWERED_OFF)
            elif isinstance(frame, frames.Panic):
                self.panicked = True
            if self.driver:
                self.driver.hear(frame, self)

    def sources(self):
        """The letters of the VMs that we know of."""
        return sorted(source for source in self.screen.names if source not in (frames.HYPERVISOR, frames.REPORT))

    # --- what the user types ---

    def type(self, data):
        """Sends bytes. An escape waits for its key, so that what others type cannot come between them."""
        for byte in data:
            if self.escaped:
                self.escaped = False
                self.command(byte)
            elif byte == ESCAPE:
                self.escaped = True
            else:
                self.typed.append(byte)

    def command(self, key):
        """Ctrl-] q must work even if the hypervisor does not; a report is asked for as all others are."""
        if key == STATE:
            self.control.ask("counters", self.show_counters)
        elif key == TRACE:
            self.screen.say("corbel trace, in another terminal, shows the trace")
        else:
            self.typed += bytes([ESCAPE, key])
        if key == QUIT and self.quit_by is None:
            self.quit_by = time.monotonic() + PATIENCE

    def show_counters(self, lines):
        for line in counters.summary(counters.parse(lines)):
            self.screen.say(line)

    def type_to(self, source, data):
        """Sends bytes to one VM, whatever the user is attached to (doc/console.md)."""
        for byte in data:
            self.typed += bytes([ESCAPE, ord("i"), ord(source), byte])

    def press(self, source):
        """Presses the power button of one VM."""
        self.typed += bytes([ESCAPE, ord("b"), ord(source)])

    def send_keys(self, keys):
        self.typed += keys

    def send(self, stdin, selector):
        try:
            sent = os.write(stdin.fileno(), self.typed[:4096]) if self.typed else 0
            del self.typed[:sent]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.typed.clear()
        if not self.typed:
            selector.unregister(stdin)

    # --- the loop ---

    def verdict(self, code):
        """The exit status once QEMU has ended by itself."""
        if self.panicked or code != 0 or not self.last or self.alive:
            return STOPPED
        return FAULT if any(event.what in frames.FAULTS for event in self.last.values()) else POWERED_OFF

    def wait(self, deadline):
        """Seconds until something must be looked at, None for ever."""
        now = time.monotonic()
        driver = self.driver.tick(self) if self.driver else None
        due = [seconds for seconds in (self.screen.tick(), driver) if seconds is not None]
        for moment, status in ((deadline, TIME_OUT), (self.quit_by, POWERED_OFF)):
            if moment is not None and moment <= now:
                self.end(status)
            elif moment is not None:
                due.append(moment - now)
        return min(due) if due else None

    def loop(self, process, wake):
        deadline = time.monotonic() + self.timeout if self.timeout else None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, "hear")
            selector.register(wake, selectors.EVENT_READ, "wake")
            self.control.join(selector, self)
            if not self.driver:
                try:
                    selector.register(0, selectors.EVENT_READ, "type")
                except (PermissionError, OSError):
                    pass  # a plain file, or closed: nobody types
            while self.status is None:
                seconds = self.wait(deadline)
                if self.typed and process.stdin not in selector.get_map():
                    selector.register(process.stdin, selectors.EVENT_WRITE, "send")
                for key, events in selector.select(seconds) if self.status is None else []:
                    if callable(key.data):
                        key.data(events)
                    elif key.data == "hear":
                        data = os.read(process.stdout.fileno(), 1 << 16)
                        self.hear(data)
                        if not data:
                            return self.end(self.verdict(process.wait()))
                    elif key.data == "type":
                        data = os.read(0, 1024)
                        self.type(data)
                        if not data:
                            selector.unregister(0)
                    elif key.data == "send":
                        self.send(process.stdin, selector)
                    else:
                        os.read(wake, 64)

    def catch_signals(self):
        """Any of them ends the loop; answers the pipe that wakes it."""
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            status = INTERRUPTED if number == signal.SIGINT else 128 + number
            signal.signal(number, lambda *_, status=status: self.end(status))
        signal.signal(signal.SIGCONT, lambda *_: self.terminal.set_raw())
        return wake

    def run(self):
        wake = self.catch_signals()
        try:
            process = subprocess.Popen(self.line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.logs.qemu,
                                       bufsize=0, start_new_session=True)
        except OSError as error:
            raise Trouble(f"{self.line[0]}: {error.strerror}") from None
        guard = terminal.Guard(process.pid, self.terminal, self.folder, self.control.folder)
        try:
            os.set_blocking(process.stdin.fileno(), False)
            with self.terminal:
                self.loop(process, wake)
                self.screen.finish()
        finally:
            if process.poll() is None:
                if self.gentle:
                    self.ask_to_end(process)
                terminal.kill_group(process.pid)
                process.wait()
            guard.release()
            self.logs.close()
        self.explain(process.returncode)
        return self.status

    def ask_to_end(self, process):
        process.terminate()
        try:
            process.wait(PATIENCE * 5)
        except subprocess.TimeoutExpired:
            pass

    def explain(self, code):
        """Why it ended, if not as it should."""
        say = lambda sentence: print(f"corbel: {sentence}", file=sys.stderr)
        names = sorted(source for source in self.last if source != frames.HYPERVISOR)
        if self.status == FAULT:
            for source in names:
                if self.last[source].what in frames.FAULTS:
                    say(f"{self.screen.name(source)} {WORDS[self.last[source].what]}; its report is above")
        elif self.status == TIME_OUT:
            say(f"not done after {self.timeout:g} s; stopped")
            for source in names:
                say(f"{self.screen.name(source)} last {WORDS.get(self.last[source].what, 'did something unknown')}")
        elif self.status == STOPPED:
            say("the hypervisor stopped" if self.panicked else
                f"QEMU ended with status {code}" if code else "the machine stopped before its VMs had ended")
            for line in self.logs.last_lines():
                print(f"  {line}", file=sys.stderr)
            say(f"the logs are in {self.logs.folder}")
