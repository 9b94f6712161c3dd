/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into a guest and out of it. While a guest runs, EL2's stack pointer is the address of
 * its struct regs, so that a trap stores registers without a scratch register; the monitor's own
 * is kept in struct exit. A stop goes to monitor/dispatch.c with x19 to x29 still the guest's: C
 * keeps them. If it answers the vCPU, the guest goes on; if it answers NULL, they are stored and
 * guest_enter() returns to the loop. Nothing here looks at why the guest stopped.
 * Vectors lie at their architectural offsets (D1.3.1).
 */
#define REGS_X30    240             /* struct regs and, right behind it, struct exit: machine/context.h */
#define REGS_PC     248
#define REGS_PSTATE 256
#define EXIT_STACK  272

	.text
	/* void guest_enter(struct regs *r) */
	.global guest_enter
guest_enter:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x1, sp
	str	x1, [x0, #EXIT_STACK]
	ldp	x28, x29, [x0, #224]
	ldp	x26, x27, [x0, #208]
	ldp	x24, x25, [x0, #192]
	ldp	x22, x23, [x0, #176]
	ldp	x20, x21, [x0, #160]
	ldr	x19, [x0, #152]

	/* x0: struct regs. x19 to x29 are the guest's. */
go_on:
	ldp	x2, x3, [x0, #REGS_PC]
	tst	x3, #0x18               /* the last gate: AArch32, EL2 and EL3 have one of these bits */
	b.ne	check_user
1:	msr	elr_el2, x2
	msr	spsr_el2, x3
	mov	sp, x0
	ldr	x30, [x0, #REGS_X30]
	ldp	x18, x1, [x0, #144]     /* x1 is loaded again below */
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

check_user:
	and	x4, x3, #0x1f
	cmp	x4, #0x10               /* User mode of AArch32 is EL0 */
	b.eq	1b
	mov	x0, x4
	b	panic_bad_pstate

leave_guest:
	ldr	x0, [sp, #96]
	str	x19, [x0, #152]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret

	/* In a vector: everything that fits its 32 instructions. */
	.macro stop function
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	str	x18, [sp, #144]
	mrs	x0, elr_el2
	stp	x30, x0, [sp, #REGS_X30]
	mrs	x0, spsr_el2
	mrs	x1, esr_el2             /* of an interrupt: not looked at */
	stp	x0, x1, [sp, #REGS_PSTATE]
	ldr	x1, [sp, #EXIT_STACK]
	mov	x0, sp                  /* struct regs, which struct vcpu begins with */
	mov	sp, x1
	bl	\function
	cbnz	x0, go_on
	b	leave_guest
	.endm

	/*
	 * An exception of EL2 itself. The stack may be what is wrong, so a stack of its own is used;
	 * the guest's SP_EL0 is lost, as is the guest. \kind: 0 sync, 1 IRQ, 2 FIQ, 3 SError.
	 */
	.macro fault kind
	msr	sp_el0, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	adrp	x0, fault_stack_top
	add	x0, x0, :lo12:fault_stack_top
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
	stop	dispatch
	.org	vectors + 0x480
	stop	dispatch_interrupt
	.org	vectors + 0x500         /* FIQ: nothing of ours is group 0; looked at like an IRQ */
	stop	dispatch_interrupt
	.org	vectors + 0x580
	stop	dispatch_serror
	.org	vectors + 0x600         /* lower EL, AArch32 */
	stop	dispatch
	.org	vectors + 0x680
	stop	dispatch_interrupt
	.org	vectors + 0x700
	stop	dispatch_interrupt
	.org	vectors + 0x780
	stop	dispatch_serror
	.org	vectors + 0x800

	.text
	/* SErrors are unmasked in one place only, cpu_take_serror(); it wants to know the syndrome, no more. */
serror_here:
	stp	x0, x1, [sp, #-16]!
	mrs	x0, esr_el2
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

	.section .bss.not_cleared, "aw", %nobits
	.balign	16
	.skip	8192
fault_stack_top:
