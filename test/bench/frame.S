/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_NAME(x0, x1): the operation NAME between two reads of the counter; returns their difference. What a frame
 * around nothing costs is subtracted by the caller. Operands are in low registers, as compilers have them; the
 * first read is kept in x19, which no call to the firmware changes (DEN0028 2.6).
 */
	.macro	frame name, instructions
	.globl	frame_\name
frame_\name:
	stp	x19, x30, [sp, #-16]!
	isb
	mrs	x19, cntvct_el0
	\instructions
	isb
	mrs	x0, cntvct_el0
	sub	x0, x0, x19
	ldp	x19, x30, [sp], #16
	ret
	.endm

	.text
	frame empty
	frame hvc, "hvc #0"
	frame smc, "smc #0"
	frame id_register, "mrs x0, id_aa64pfr0_el1"
	frame sysreg_write, "msr actlr_el1, x0"
	frame read32, "ldr w1, [x0]"
	frame read64, "ldr x1, [x0]"
	frame write32, "str w1, [x0]"
	frame fp, "fadd d0, d0, d0"
	frame tlb, "tlbi vae1, x0"
	frame cache, "dc cvac, x0; ic ivau, x0"
	frame timer, "msr cntv_cval_el0, x0; msr cntv_ctl_el0, x1; mrs x2, cntvct_el0"
	frame interrupt_end, "mrs x0, icc_iar1_el1; msr icc_eoir1_el1, x0"
	/* 2 * x0 instructions */
	frame busy, "1: subs x0, x0, #1; b.ne 1b"
