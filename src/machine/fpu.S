/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's FP/SIMD file and SVE's registers: the only instructions of EL2 that touch them. machine/context.h. */
	.arch_extension fp
	.arch_extension simd
	.arch_extension sve
	.text
	.global fpu_save
fpu_save:
	stp	q0, q1, [x0]
	stp	q2, q3, [x0, #32]
	stp	q4, q5, [x0, #64]
	stp	q6, q7, [x0, #96]
	stp	q8, q9, [x0, #128]
	stp	q10, q11, [x0, #160]
	stp	q12, q13, [x0, #192]
	stp	q14, q15, [x0, #224]
	stp	q16, q17, [x0, #256]
	stp	q18, q19, [x0, #288]
	stp	q20, q21, [x0, #320]
	stp	q22, q23, [x0, #352]
	stp	q24, q25, [x0, #384]
	stp	q26, q27, [x0, #416]
	stp	q28, q29, [x0, #448]
	stp	q30, q31, [x0, #480]
	mrs	x1, fpcr
	mrs	x2, fpsr
	add	x0, x0, #512
	stp	x1, x2, [x0]
	ret

	.global fpu_load
fpu_load:
	add	x1, x0, #512
	ldp	x2, x3, [x1]
	msr	fpcr, x2
	msr	fpsr, x3
	ldp	q0, q1, [x0]
	ldp	q2, q3, [x0, #32]
	ldp	q4, q5, [x0, #64]
	ldp	q6, q7, [x0, #96]
	ldp	q8, q9, [x0, #128]
	ldp	q10, q11, [x0, #160]
	ldp	q12, q13, [x0, #192]
	ldp	q14, q15, [x0, #224]
	ldp	q16, q17, [x0, #256]
	ldp	q18, q19, [x0, #288]
	ldp	q20, q21, [x0, #320]
	ldp	q22, q23, [x0, #352]
	ldp	q24, q25, [x0, #384]
	ldp	q26, q27, [x0, #416]
	ldp	q28, q29, [x0, #448]
	ldp	q30, q31, [x0, #480]
	ret

	/* fpu_read(n, to), fpu_write(n, from): one register of the file in the CPU; two instructions for each n. */
	.macro	each_register instruction
	and	x0, x0, #31
	adr	x2, 1f
	add	x2, x2, x0, lsl #3
	br	x2
1:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\instruction	q\n, [x1]
	ret
	.endr
	.endm

	.global fpu_read
fpu_read:
	each_register str

	.global fpu_write
fpu_write:
	each_register ldr

	/* x1: Z0 to Z31; x0: P0 to P15; FFR only moves through a predicate. */
	.macro	each_vector op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	z\n, [x1, #\n, mul vl]
	.endr
	.endm
	.macro	each_predicate op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\op	p\n, [x0, #\n, mul vl]
	.endr
	.endm

	/* u64 fpu_vector_bytes(void): as ZCR_EL2 has it now */
	.global fpu_vector_bytes
fpu_vector_bytes:
	rdvl	x0, #1
	ret

	.global fpu_save_vectors
fpu_save_vectors:
	each_vector str
	each_predicate str
	mrs	x3, fpcr
	mrs	x4, fpsr
	add	x0, x0, #512
	stp	x3, x4, [x0], #16
	rdffr	p0.b
	str	p0, [x0]
	ret

	.global fpu_clear_vectors
fpu_clear_vectors:
	msr	fpcr, xzr
	msr	fpsr, xzr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pfalse	p\n\().b
	.endr
	wrffr	p0.b
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	dup	z\n\().d, #0
	.endr
	ret

	.global fpu_load_vectors
fpu_load_vectors:
	add	x2, x0, #512
	ldp	x3, x4, [x2], #16
	msr	fpcr, x3
	msr	fpsr, x4
	ldr	p0, [x2]
	wrffr	p0.b
	each_predicate ldr
	each_vector ldr
	ret
