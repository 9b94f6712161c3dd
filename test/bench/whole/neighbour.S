/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that does ROUNDS rounds of a fixed mix of traps and stores, prints the virtual counter before and after
 * as `ticks: begin N` and `ticks: end N`, hexadecimal, and powers off. Nothing in it waits, so its instructions are
 * conserved whoever else runs. Position-independent; the addresses are those of the machine a guest sees.
 */
#define GICD_TYPER	0x08000004
#define PL011		0x09000000
#define PSCI_VERSION	0x84000000
#define SYSTEM_OFF	0x84000008

	.macro	counter to
	isb
	mrs	\to, cntvct_el0
	.endm

	.globl	_start
_start:
	b	begin
	.long	0
	.quad	0                       /* text_offset */
	.quad	end - _start
	.quad	0xa                     /* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

begin:
	ldr	x19, =ROUNDS
	ldr	x20, =GICD_TYPER
	ldr	x21, =PL011
	adr	x22, memory
	counter	x23
	cbz	x19, 2f
1:	ldr	w0, =PSCI_VERSION
	hvc	#0
	ldr	w1, [x20]
	ldr	w1, [x21, #0x18]        /* UARTFR */
	mrs	x1, id_aa64pfr0_el1
	str	x1, [x22]
	subs	x19, x19, #1
	b.ne	1b
2:	counter	x24
	adr	x1, word_begin
	mov	x2, x23
	bl	say
	adr	x1, word_end
	mov	x2, x24
	bl	say
	ldr	w0, =SYSTEM_OFF
	hvc	#0
	b	.

/* Prints the text at x1 and the number in x2. */
say:	ldrb	w3, [x1], #1
	cbz	w3, 3f
	str	w3, [x21]
	b	say
3:	mov	x4, #60
4:	lsr	x3, x2, x4
	and	x3, x3, #15
	cmp	x3, #10
	add	x5, x3, #'0'
	add	x6, x3, #'a' - 10
	csel	x3, x5, x6, lo
	str	w3, [x21]
	subs	x4, x4, #4
	b.pl	4b
	mov	w3, #'\n'
	str	w3, [x21]
	ret

word_begin:
	.asciz	"ticks: begin "
word_end:
	.asciz	"ticks: end "
	.balign	8
	.ltorg
memory:
	.quad	0
end:
