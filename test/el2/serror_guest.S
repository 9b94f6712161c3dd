/* SPDX-License-Identifier: Apache-2.0 */
/* What runs at EL1 and EL0 in serror.c: short programs that end in an HVC, with their answers in x0 to x3. */
	.text
	.balign	2048
	/* x0: the offset of the vector, x1: ESR_EL1, x2: ISR_EL1 before it, if the program read it */
	.global	guest_vectors
guest_vectors:
	.set	offset, 0
	.rept	16
	.org	guest_vectors + offset
	mov	x0, #offset
	mrs	x1, esr_el1
	hvc	#1
	.set	offset, offset + 0x80
	.endr

	.global	guest_unmasks
guest_unmasks:
	mrs	x2, isr_el1
	msr	daifclr, #4
	isb
	hvc	#0

	.global	guest_asks
guest_asks:
	mrs	x2, isr_el1
	hvc	#0

	.global	guest_defers
guest_defers:
	hint	#16             /* ESB */
	mrs	x2, isr_el1
	hvc	#0

	.arch	armv8.2-a
	.global	guest_reads_disr
guest_reads_disr:
	mrs	x3, disr_el1
	mrs	x2, isr_el1
	hvc	#0
	/* Of AArch32 or at EL0: it never comes so far. */
	.global	guest_stays
guest_stays:
	b	guest_stays
