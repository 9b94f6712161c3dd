/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that does ROUNDS rounds of a fixed mix of traps and stores, says `done`, and sleeps for ever, since to end
 * it would be work for the hypervisor. In its rounds it does not touch its PL011: the console is the one thing that
 * all VMs share. Position-independent; the addresses are those of the machine a guest sees.
 */
#define GICD_TYPER	0x08000004
#define GICD_ISENABLER1	0x08000104
#define PL011		0x09000000
#define PSCI_VERSION	0x84000000

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
	ldr	x21, =GICD_ISENABLER1
	adr	x22, memory
1:	ldr	w0, =PSCI_VERSION
	hvc	#0
	ldr	w1, [x20]
	str	w1, [x21]
	mrs	x1, id_aa64pfr0_el1
	str	x1, [x22]
	subs	x19, x19, #1
	b.ne	1b

	ldr	x20, =PL011
	adr	x22, word
2:	ldrb	w1, [x22], #1
	cbz	w1, 3f
	str	w1, [x20]
	b	2b
3:	wfi
	b	3b

word:	.asciz	"done\n"
	.balign	8
	.ltorg
memory:
	.quad	0
end:
