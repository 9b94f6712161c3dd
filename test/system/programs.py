# SPDX-License-Identifier: Apache-2.0
"""Tiny guests, each for one test: programs at EL1 that print bytes, wait, and end in some way.

Position-independent; CPU 0 only; no stack. Built by the cross compiler as an arm64 Image (with the header of
Documentation/arch/arm64/booting.rst §4), as a raw binary without it, and as an ELF.
"""
import os
import subprocess

CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
LOAD = 0x40200000

HEADER = """
	b	start
	.word	0
	.quad	0
	.quad	end - head
	.quad	1 << 1 | 1 << 3
	.quad	0, 0, 0
	.ascii	"ARM\\x64"
	.word	0
"""
TEXT = """
	.globl	_start
_start:
head:
{header}
start:
{acts}
	b	off
put:	/* x0: bytes, x1: how many */
	mov	x2, #0x09000000
1:	cbz	x1, 3f
2:	ldr	w3, [x2, #0x18]
	tbnz	w3, #5, 2b
	ldrb	w3, [x0], #1
	strb	w3, [x2]
	sub	x1, x1, #1
	b	1b
3:	ret
sleep:	/* x0: milliseconds */
	mrs	x1, cntfrq_el0
	mul	x0, x0, x1
	mov	x1, #1000
	udiv	x0, x0, x1
	isb
	mrs	x1, cntvct_el0
	add	x0, x0, x1
1:	yield
	isb
	mrs	x1, cntvct_el0
	cmp	x1, x0
	b.lo	1b
	ret
off:	ldr	w0, =0x84000008
	hvc	#0
reset:	ldr	w0, =0x84000009
	hvc	#0
crash:	msr	vbar_el1, xzr
	isb
	udf	#0
wait:	wfi
	b	wait
hang:	/* which its watchdog ends in two periods of 1/32 s */
	bl	watch
	b	wait
vanish:	/* no CPU is on then */
	bl	watch
	ldr	w0, =0x84000002
	hvc	#0
	b	crash
watch:	mov	x1, #0x0c000000
	mrs	x0, cntfrq_el0
	lsr	x0, x0, #5
	str	w0, [x1, #8]
	mov	w0, #1
	str	w0, [x1]
	ret
	.ltorg
{data}
	.balign	16
end:
"""


# Ways to sleep; they may end early.
SUSPEND = ("ldr w0, =0xc4000001", "mov x1, #0", "hvc #0", "cbnz x0, crash")
WFI = ("wfi",)


def naps(count, sleep):
    """Enables the virtual timer's interrupt, masked by PSTATE, then sleeps `count` times until it is pending, 1 ms each."""
    return ("ldr x1, =0x080a0000", "str wzr, [x1, #0x14]", "ldr x1, =0x080b0000", "mov w2, #-1", "str w2, [x1, #0x80]",
            "ldr w2, =0x08000000", "str w2, [x1, #0x100]", "ldr x1, =0x08000000", "mov w2, #0x12", "str w2, [x1]",
            "mov x2, #0xff", "msr s3_0_c4_c6_0, x2", "mov x2, #1", "msr s3_0_c12_c12_7, x2", "isb",
            "mrs x6, cntfrq_el0", "mov x7, #1000", "udiv x6, x6, x7", f"ldr x5, ={count}",
            "1: msr cntv_tval_el0, x6", "mov x2, #1", "msr cntv_ctl_el0, x2", "isb", *sleep,
            "mrs x3, s3_0_c12_c12_0", "msr cntv_ctl_el0, xzr", "isb", "msr s3_0_c12_c12_1, x3", "subs x5, x5, #1", "b.ne 1b")


def act(number, what, text_path):
    """The instructions of one act: bytes to print, milliseconds to sleep, a tuple of instructions, or how to end."""
    if isinstance(what, bytes):
        text_path.write_bytes(what)
        return (f"\tadrp\tx0, text{number}\n\tadd\tx0, x0, :lo12:text{number}\n\tldr\tx1, ={len(what)}\n\tbl\tput\n",
                f'text{number}:\t.incbin "{text_path.name}"\n\t.balign 8\n')
    if isinstance(what, int):
        return f"\tldr\tx0, ={what}\n\tbl\tsleep\n", ""
    if isinstance(what, tuple):
        return "".join(f"\t{line}\n" for line in what), ""
    return f"\tb\t{what}\n", ""


def run(*words, folder):
    subprocess.run(words, cwd=folder, check=True, timeout=60)


def build(folder, name, *acts, kind="image"):
    """The path of a program that does `acts`; kind: image, raw (to be loaded at LOAD) or elf."""
    parts = [act(i, what, folder / f"{name}.{i}.text") for i, what in enumerate(acts)]
    source = TEXT.format(header=HEADER if kind == "image" else "", acts="".join(code for code, _ in parts),
                         data="".join(data for _, data in parts))
    (folder / f"{name}.S").write_text(source)
    elf, binary = folder / f"{name}.elf", folder / f"{name}.{kind}"
    run(f"{CROSS}gcc", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", f"-Wl,-Ttext={LOAD:#x}", "-o", elf.name,
        f"{name}.S", folder=folder)
    if kind != "elf":
        run(f"{CROSS}objcopy", "-O", "binary", elf.name, binary.name, folder=folder)
    return binary


def zeros(folder):
    """A raw image that is no program: its first instruction is undefined, and so are its vectors."""
    path = folder / "zeros"
    path.write_bytes(bytes(4096))
    return path
