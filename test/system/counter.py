# SPDX-License-Identifier: Apache-2.0
"""A VM that counts and keeps time while its neighbour does something that must not be noticed."""
import contextlib
import re

from sessions import ESCAPE, GUEST, Shell

# Ctrl-C may come between two commands, where a shell without a trap would go on; and, with job control, when the last
# command has ended but is still the terminal's foreground: then nobody gets it.
COUNT = ("set +m; stop=; trap stop=1 INT; i=0; while [ -z \"$stop\" ]; do i=$((i+1)); read up rest </proc/uptime; "
         "echo count $i $up; sleep 0.3; done; trap - INT; set -m")
PAUSE = 0.3  # seconds between two numbers
# Told when the emulator itself was not scheduled for a while; the same kernel says it on the bare board.
OF_THE_HOST = re.compile(r"hrtimer: interrupt took \d+ ns")


def counted(shell):
    """(number, uptime) of each line."""
    # The kernel may print in the middle of a line: the UART is its and the shell's.
    heard = re.sub(rb"\[ *[\d.]+\] " + OF_THE_HOST.pattern.encode() + rb"\r*\n", b"", shell.heard.all())
    return [(int(number), float(uptime)) for number, uptime in re.findall(rb"^count (\d+) ([\d.]+)\r*\n", heard, re.M)]


def gaps(shell):
    """What came before each number that is missing."""
    numbers = [number for number, _ in counted(shell)]
    wanted = range(1, len(numbers) + 1)
    if numbers == list(wanted):
        return []
    return [shell.heard.all().partition(b"count %d " % (number - 1))[2][:300] for number in sorted({*wanted} - {*numbers})] or [numbers]


def kernel_lines(shell):
    return shell.do("dmesg -r")  # -r: told apart from what the kernel prints meanwhile


def news(before, after):
    """What a kernel has said meanwhile; None if it forgot what it had said."""
    if len(before) <= 100 or after[:len(before)] != before:
        return None
    return [line for line in after[len(before):] if not OF_THE_HOST.search(line)]


def two(path, name, words="", more="", initrd=GUEST / "initramfs.cpio.gz", memory="256M", cpus=2):
    """Writes the description of two Linux VMs: this one, and the one that counts."""
    path.write_text(f"""/dts-v1/;
/ {{
	compatible = "corbel,system";
	images {{
		image: image {{ data = /incbin/("{GUEST}/Image"); }};
		initrd: initrd {{ data = /incbin/("{initrd}"); }};
		plain: plain {{ data = /incbin/("{GUEST}/initramfs.cpio.gz"); }};
	}};
	{name} {{
		cpus = <{cpus}>; memory = "{memory}"; kernel = <&image>; initrd = <&initrd>;
		bootargs = "console=ttyAMA0 hostname={name} {words}"; {more}
	}};
	counter {{
		cpus = <2>; memory = "256M"; kernel = <&image>; initrd = <&plain>;
		bootargs = "console=ttyAMA0 hostname=counter";
	}};
}};
""")
    return path


class Neighbours:
    """The two in one run: the keys go to the first, the second counts from now on."""

    def __init__(self, run, name):
        self.run = run
        self.shell, self.counter = (Shell(self, run.log(of), of) for of in (name, "counter"))
        self.progress, self.after = [], None
        self.counter.prompt()
        self.attach(2)
        self.before = kernel_lines(self.counter)
        self.counter.start(COUNT)
        self.shell.prompt()
        self.attach(1)

    def type(self, data):
        self.run.type(data)

    def attach(self, number):
        self.type(ESCAPE + str(number).encode())

    @contextlib.contextmanager
    def meanwhile(self):
        """Notes how many numbers came while something was done."""
        before = len(counted(self.counter))
        yield
        self.progress.append(len(counted(self.counter)) - before)

    def stop_counting(self):
        self.attach(2)
        self.type(b"\x03")
        self.counter.prompt()
        self.after = kernel_lines(self.counter)

    def off(self):
        """Both power off; the exit status."""
        for number, shell in ((1, self.shell), (2, self.counter)):
            self.attach(number)
            shell.start("poweroff")
        return self.run.wait()

    def judge(self):
        """All numbers are there, the last while something was done too; time never goes back; the kernel says nothing."""
        uptimes = [uptime for _, uptime in counted(self.counter)]
        assert uptimes and gaps(self.counter) == []
        assert uptimes == sorted(uptimes)
        assert min(self.progress, default=1) > 0, self.progress
        assert news(self.before, self.after) == []
        return uptimes
