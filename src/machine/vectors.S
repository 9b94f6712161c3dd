/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into a guest and out of it. guest_enter() is a function that the guest's next trap
 * returns from; nothing here looks at why. Vectors lie at their architectural offsets (D1.3.1).
 */
#define EXIT_SYNC   0
#define EXIT_IRQ    1
#define EXIT_SERROR 2
#define REGS_PC     248             /* struct regs, machine/context.h */

	.text
	/* enum exit_kind guest_enter(struct regs *r, struct exit *e) */
	.global guest_enter
guest_enter:
	ldp	x2, x3, [x0, #REGS_PC]
	/* The last gate: EL0 or EL1 of AArch64, or User mode of AArch32; never EL2. */
	and	x4, x3, #0x1f
	cmp	x4, #0x10               /* AArch32 User */
	b.eq	1f
	tst	x4, #0x18               /* AArch32, or EL2 and EL3 */
	b.ne	guest_refuse
1:	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	x0, x1, [sp, #96]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	ldp	x30, x1, [x0, #240]     /* x1 is loaded again below */
	ldp	x28, x29, [x0, #224]
	ldp	x26, x27, [x0, #208]
	ldp	x24, x25, [x0, #192]
	ldp	x22, x23, [x0, #176]
	ldp	x20, x21, [x0, #160]
	ldp	x18, x19, [x0, #144]
	ldp	x16, x17, [x0, #128]
	ldp	x14, x15, [x0, #112]
	ldp	x12, x13, [x0, #96]
	ldp	x10, x11, [x0, #80]
	ldp	x8, x9, [x0, #64]
	ldp	x6, x7, [x0, #48]
	ldp	x4, x5, [x0, #32]
	ldp	x2, x3, [x0, #16]
	ldp	x0, x1, [x0]
	eret
	dsb	nsh                     /* no straight-line speculation past ERET */
	isb

guest_refuse:
	mov	x0, x4
	b	panic_bad_pstate

	/* Saves the guest, restores what guest_enter() saved and returns \kind from it. */
	.macro leave_guest kind
	stp	x0, x1, [sp, #-16]!
	ldr	x0, [sp, #112]          /* struct regs */
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	b	leave_\kind
	.endm

	.macro finish_leaving kind
leave_\kind:
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	mrs	x4, elr_el2
	mrs	x5, spsr_el2
	stp	x30, x4, [x0, #240]
	str	x5, [x0, #256]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	ldr	x1, [sp, #104]          /* struct exit */
	.if \kind == EXIT_SYNC
	mrs	x2, esr_el2
	mrs	x3, far_el2
	mrs	x4, hpfar_el2
	stp	x2, x3, [x1]
	str	x4, [x1, #16]
	.endif
	mov	w0, #\kind
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
	.endm

	/*
	 * An exception of EL2 itself. The stack may be what is wrong, so a stack of its own is used;
	 * the guest's SP_EL0 is lost, as is the guest. \kind: 0 sync, 1 IRQ, 2 FIQ, 3 SError.
	 */
	.macro fault kind
	msr	sp_el0, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	ldr	x0, =fault_stack_top
	mov	sp, x0
	mrs	x0, sp_el0
	sub	sp, sp, #256
	stp	x0, x1, [sp]
	mov	x0, #\kind
	b	fault_common
	.endm

	.section .vectors, "ax"
	.balign	2048
	.global vectors
vectors:
	.org	vectors + 0x000         /* current EL with SP_EL0: never used */
	fault	0
	.org	vectors + 0x080
	fault	1
	.org	vectors + 0x100
	fault	2
	.org	vectors + 0x180
	fault	3
	.org	vectors + 0x200         /* current EL with SP_EL2 */
	fault	0
	.org	vectors + 0x280
	fault	1
	.org	vectors + 0x300
	fault	2
	.org	vectors + 0x380
	b	serror_here
	.org	vectors + 0x400         /* lower EL, AArch64 */
	leave_guest 0
	.org	vectors + 0x480
	leave_guest 1
	.org	vectors + 0x500         /* FIQ: nothing of ours is group 0; looked at like an IRQ */
	leave_guest 1
	.org	vectors + 0x580
	leave_guest 2
	.org	vectors + 0x600         /* lower EL, AArch32 */
	leave_guest 0
	.org	vectors + 0x680
	leave_guest 1
	.org	vectors + 0x700
	leave_guest 1
	.org	vectors + 0x780
	leave_guest 2
	.org	vectors + 0x800

	finish_leaving 0
	finish_leaving 1
	finish_leaving 2

	/* SErrors are unmasked in one place only, cpu_take_serror(); it wants to know, no more. */
serror_here:
	stp	x0, x1, [sp, #-16]!
	mrs	x0, esr_el2
	orr	x0, x0, #(1 << 63)
	msr	tpidrro_el0, x0         /* saved and restored by the caller */
	ldp	x0, x1, [sp], #16
	eret
	dsb	nsh
	isb

fault_common:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mrs	x1, tpidrro_el0
	str	x1, [sp, #248]
	mov	x1, sp
	b	panic_fault
	.ltorg

	.bss
	.balign	16
	.skip	8192
fault_stack_top:
