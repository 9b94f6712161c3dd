/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the firmware (PSCI, DEN0022) that start CPUs, each by HVC and by SMC. x0 to x17 are lost in a call, so
 * what is needed behind it is in x19 and x20 (DEN0028 2.6).
 */
	.equ	CPU_ON, 0xc4000003
	.equ	CPU_OFF, 0x84000002
	.equ	WAIT_MAX, 1 << 16
	.equ	SLED, 64

	.macro	power conduit
	.text
/*
 * u64 power_on_CONDUIT(target, struct powered *p): the counter before CPU_ON; returns when the target has written
 * *p, or the call is refused. YIELD lets the target go on (see interrupt_post).
 */
	.globl	power_on_\conduit
power_on_\conduit:
	stp	x19, x20, [sp, #-16]!
	mov	x20, x1
	mov	x3, x1
	mov	x1, x0
	adr	x2, powered_\conduit
	ldr	x0, =CPU_ON
	isb
	mrs	x19, cntvct_el0
	\conduit #0
	yield
	mov	x13, #WAIT_MAX
	cbnz	x0, 2f
1:	ldr	x2, [x20, #8]
	cbnz	x2, 2f
	yield
	subs	x13, x13, #1
	b.ne	1b
2:	mov	x0, x19
	ldp	x19, x20, [sp], #16
	ret

/* The started CPU, x0 = p: the counter at its first instruction, then ticks of its first FP instruction; off. */
powered_\conduit:
	isb
	mrs	x17, cntvct_el0
	mov	x1, #3 << 20           /* CPACR_EL1.FPEN */
	msr	cpacr_el1, x1
	isb
	mrs	x16, cntvct_el0
	fadd	d0, d0, d0
	isb
	mrs	x1, cntvct_el0
	sub	x16, x1, x16
	str	x16, [x0]
	dmb	sy
	str	x17, [x0, #8]
	dsb	sy
	ldr	x0, =CPU_OFF
	\conduit #0
	b	.

/*
 * power_call_at_CONDUIT(when, function): the call is the instruction that begins when the counter reads `when`,
 * where an instruction is a tick: near it, it jumps into as many NOPs as are left.
 */
	.globl	power_call_at_\conduit
power_call_at_\conduit:
	mov	x3, x0
	mov	x0, x1
1:	isb
	mrs	x1, cntvct_el0
	sub	x1, x3, x1
	cmp	x1, #SLED
	b.gt	1b
	subs	x1, x1, #8             /* the instructions from SUB to BR */
	b.lt	2f
	adr	x2, 2f
	sub	x2, x2, x1, lsl #2
	br	x2
	.rept	SLED
	nop
	.endr
2:	\conduit #0
	b	.
	.ltorg
	.endm

	power	hvc
	power	smc
