/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts, from the instruction that causes one to the first of its handler. The code that waits for one and
 * the handler agree on registers, so that the handler's first instruction can be the counter's read:
 *   x14 what follows the read     x15 interrupts still to come     x16 INTID of the last (none: 1023)
 *   x17 the counter at the last (none: 0)
 * Each wait ends after WAIT_MAX rounds, and the caller sees from x16 that nothing came. Handlers acknowledge, end
 * and return; a frame's two instructions, ISB and MRS, are at both ends of each figure.
 */
	.equ	WAIT_MAX, 1 << 16

	.text
	.balign	2048
	.globl	interrupt_vectors
interrupt_vectors:
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	.if	\index == 5            /* an IRQ at EL1 */
	isb
	mrs	x17, cntvct_el0
	br	x14
	.else
	b	vectors + \index * 128
	.endif
	.endr
	.balign	128

take_edge:
	mrs	x16, icc_iar1_el1
	msr	icc_eoir1_el1, x16
	eret

take_timer:
	mrs	x16, icc_iar1_el1
	msr	cntv_ctl_el0, xzr
	isb
	msr	icc_eoir1_el1, x16
	eret

/* x17: behind the end of the interrupt, not at the handler's start. */
take_next:
	mrs	x16, icc_iar1_el1
	msr	icc_eoir1_el1, x16
	isb
	mrs	x17, cntvct_el0
	sub	x15, x15, #1
	eret

	.macro	expect handler
	adr	x14, \handler
	mov	x16, #1023
	mov	x17, #0
	.endm

	.macro	begin name
	.globl	interrupt_\name
interrupt_\name:
	.endm

/* Returns {x17 - x9, x16}. */
	.macro	answer
	msr	daifset, #2
	sub	x0, x17, x9
	mov	x1, x16
	ret
	.endm

/* struct interrupt interrupt_self(ICC_SGI1R_EL1): ticks from the write to the handler */
	begin	self
	expect	take_edge
	mov	x13, #WAIT_MAX
	msr	daifclr, #2
	isb
	mrs	x9, cntvct_el0
	msr	icc_sgi1r_el1, x0
1:	cbnz	x17, 2f
	subs	x13, x13, #1
	b.ne	1b
2:	answer

/*
 * u64 interrupt_post(ICC_SGI1R_EL1, u64 *at): the counter before the write; returns as soon as the receiver's
 * read is in *at. With one emulator thread for all CPUs, YIELD lets the other CPU go on.
 */
	begin	post
	mov	x13, #WAIT_MAX
	isb
	mrs	x9, cntvct_el0
	msr	icc_sgi1r_el1, x0
1:	yield
	ldr	x2, [x1]
	cbnz	x2, 2f
	subs	x13, x13, #1
	b.ne	1b
2:	mov	x0, x9
	ret

/* struct interrupt interrupt_spin(void), interrupt_wfi(void): the counter at the handler */
	begin	spin
	expect	take_edge
	mov	x9, #0
	mov	x13, #WAIT_MAX
	msr	daifclr, #2
1:	cbnz	x17, 2f
	yield
	subs	x13, x13, #1
	b.ne	1b
2:	answer

/* Masked until awake: an interrupt taken before WFI would leave nothing to wake for. */
	begin	wfi
	expect	take_edge
	mov	x9, #0
1:	wfi
	msr	daifclr, #2
	msr	daifset, #2
	cbz	x17, 1b
	answer

/* struct interrupt interrupt_late(delay): ticks from the timer's deadline to the handler, of a busy CPU */
	begin	late
	expect	take_timer
	mov	x13, #WAIT_MAX
	mov	x10, #1
	isb
	mrs	x9, cntvct_el0
	add	x9, x9, x0
	msr	cntv_cval_el0, x9
	msr	cntv_ctl_el0, x10
	isb
	msr	daifclr, #2
1:	cbnz	x17, 2f
	subs	x13, x13, #1
	b.ne	1b
2:	msr	cntv_ctl_el0, xzr
	answer

/* struct interrupt interrupt_stolen(delay, n): ticks of a loop of 2n instructions in which the timer fires once */
	begin	stolen
	expect	take_timer
	mov	x10, #1
	isb
	mrs	x9, cntvct_el0
	add	x9, x9, x0
	msr	cntv_cval_el0, x9
	msr	cntv_ctl_el0, x10
	msr	daifclr, #2
	isb
	mrs	x9, cntvct_el0
1:	subs	x1, x1, #1
	b.ne	1b
	isb
	mrs	x17, cntvct_el0
	msr	cntv_ctl_el0, xzr
	answer

/* u64 interrupt_wake(deadline): the counter behind a WFI that the masked timer ends */
	begin	wake
	wfi
	isb
	mrs	x0, cntvct_el0
	ret

/* struct interrupt interrupt_pending(n): ticks from the unmasking to the end of the last of n interrupts */
	begin	pending
	expect	take_next
	mov	x13, #WAIT_MAX
	mov	x15, x0
	isb
	mrs	x9, cntvct_el0
	msr	daifclr, #2
1:	cbz	x15, 2f
	subs	x13, x13, #1
	b.ne	1b
	mov	x16, #1023
2:	answer
