/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills registers from memory, keeps them until the counter reads x2, with no call of the kernel, and stores them.
 * The members of struct fp_image and struct sve_image (registers.h) are where these say.
 */
	.arch	armv8-a+sve

	.macro	keep_d8_to_d15
	stp	d8, d9, [sp, #-64]!
	stp	d10, d11, [sp, #16]
	stp	d12, d13, [sp, #32]
	stp	d14, d15, [sp, #48]
	.endm
	.macro	restore_d8_to_d15
	ldp	d10, d11, [sp, #16]
	ldp	d12, d13, [sp, #32]
	ldp	d14, d15, [sp, #48]
	ldp	d8, d9, [sp], #64
	.endm
	.macro	wait_until_x2
1:	isb
	mrs	x3, cntvct_el0
	cmp	x3, x2
	b.lo	1b
	.endm
	.macro	z_registers what, base
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\what	z\n, [\base, #\n, mul vl]
	.endr
	.endm
	.macro	p_registers what, base
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\what	p\n, [\base, #\n, mul vl]
	.endr
	.endm
	.macro	q_registers what, base
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\what	q\n, [\base, #16 + 16 * \n]
	.endr
	.endm

	/* fp_keep(const struct fp_image *x0, struct fp_image *x1, x2) */
	.globl	fp_keep
	.type	fp_keep, %function
fp_keep:
	keep_d8_to_d15
	mrs	x6, fpcr
	ldp	x4, x5, [x0]
	msr	fpcr, x4
	msr	fpsr, x5
	q_registers ldr, x0
	wait_until_x2
	q_registers str, x1
	mrs	x4, fpcr
	mrs	x5, fpsr
	stp	x4, x5, [x1]
	msr	fpcr, x6
	restore_d8_to_d15
	ret

	/* fp_nap(const struct fp_image *x0, struct fp_image *x1, const struct timespec *x2): asleep meanwhile */
	.globl	fp_nap
	.type	fp_nap, %function
fp_nap:
	keep_d8_to_d15
	mrs	x6, fpcr
	mov	x7, x1
	ldp	x4, x5, [x0]
	msr	fpcr, x4
	msr	fpsr, x5
	q_registers ldr, x0
	mov	x0, x2
	mov	x1, #0
	mov	x8, #101	// nanosleep
	svc	#0
	q_registers str, x7
	mrs	x4, fpcr
	mrs	x5, fpsr
	stp	x4, x5, [x7]
	msr	fpcr, x6
	restore_d8_to_d15
	ret

	/* sve_keep(const struct sve_image *x0, struct sve_image *x1, x2): x4, x5 the predicates, x6, x7 FFR */
	.globl	sve_keep
	.type	sve_keep, %function
sve_keep:
	keep_d8_to_d15
	add	x4, x0, #8192
	add	x5, x1, #8192
	add	x6, x4, #512
	add	x7, x5, #512
	ldr	p0, [x6]
	wrffr	p0.b
	z_registers ldr, x0
	p_registers ldr, x4
	wait_until_x2
	z_registers str, x1
	p_registers str, x5
	rdffr	p0.b
	str	p0, [x7]
	restore_d8_to_d15
	ret

	/* sve_length(): bytes of a Z register now */
	.globl	sve_length
	.type	sve_length, %function
sve_length:
	rdvl	x0, #1
	ret

	.section .note.GNU-stack, "", %progbits
