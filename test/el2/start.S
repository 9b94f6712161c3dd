/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs of this folder share: the first instructions at EL2 of the bare virt board (QEMU -kernel, an
 * ELF), MMU off; a stack, main(), and power-off by PSCI. An exception is fatal, and said.
 */
	.set	SYSTEM_OFF, 0x84000008

	.text
	.global	_start
_start:
	adr	x0, vectors
	msr	vbar_el2, x0
	adrp	x0, stack_top
	add	x0, x0, :lo12:stack_top
	mov	sp, x0
	bl	main
power_off:
	ldr	x0, =SYSTEM_OFF
	smc	#0
	b	power_off

fatal:
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	bl	fault
	b	power_off
	.ltorg

	.balign	2048
vectors:
	.rept	16
	.balign	128
	b	fatal
	.endr

	.bss
	.balign	16
	.skip	16384
stack_top:
