/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of a CPU: arm64 Image header (Linux, booting.rst), general registers
 * kept as found, a stack, then C. The boot CPU loses TPIDRRO_EL0, the others TPIDR_EL1, and all
 * lose SP: a store needs a base register.
 */
	.section .head, "ax"
	.globl	image_start
image_start:
	b	boot
	.long	0
	.quad	0                      /* text_offset: the start of a 2 MiB block */
	.quad	image_end - image_start
	.quad	0xa                    /* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.macro	adr_l register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

/*
 * boot_registers[Aff0] = x0..x30, and the counter at the first instruction, where an instruction is a tick; then
 * x19 = Aff0, SP = its stack. `before`: instructions that came before the macro.
 */
	.macro	keep_registers scratch, before
.Lkeep\@:
	msr	\scratch, x30
	mrs	x30, mpidr_el1
	and	x30, x30, #0xff
	lsl	x30, x30, #8
	mov	sp, x30
	adr_l	x30, boot_registers
	add	sp, sp, x30
	stp	x0, x1, [sp]
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
	mrs	x30, \scratch
	mrs	x1, cntvct_el0
	sub	x1, x1, #(. - .Lkeep\@) / 4 + \before
	stp	x30, x1, [sp, #240]
	mrs	x19, mpidr_el1
	and	x19, x19, #0xff
	adr_l	x1, stacks + STACK_SIZE
	mov	x2, #STACK_SIZE
	madd	x1, x19, x2, x1
	mov	sp, x1
	.endm
	.equ	STACK_SIZE, 0x8000

	.text
boot:
	keep_registers tpidrro_el0, 1
	/* The loader need not clear what lies behind the file. */
	adr_l	x1, bss_start
	adr_l	x2, bss_end
1:	cmp	x1, x2
	b.hs	2f
	str	xzr, [x1], #8
	b	1b
	/* R_AARCH64_RELATIVE alone (ELF for the Arm 64-bit Architecture): {where, kind, value}, from 0. */
2:	adr_l	x1, relocations_start
	adr_l	x2, relocations_end
	adr_l	x5, image_start
3:	cmp	x1, x2
	b.hs	4f
	ldp	x3, x4, [x1], #16
	ldr	x4, [x1], #8
	add	x4, x4, x5
	str	x4, [x3, x5]
	b	3b
4:	mov	x1, x19
	bl	guest_boot
	b	.

	.globl	secondary
secondary:
	keep_registers tpidr_el1, 0
	mov	x1, x19
	bl	smp_secondary
	b	.

/* el0_enter(entry, argument, stack): runs entry(argument) at EL0 until it executes SVC, with x0 kept. */
	.globl	el0_enter, el0_return
el0_enter:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	msr	elr_el1, x0
	msr	sp_el0, x2
	mov	x3, #0x3c0             /* EL0t, all masked */
	msr	spsr_el1, x3
	mov	x0, x1
	isb
	eret
/*
 * el0_enter_aarch32(x): the same in AArch32, with R0 to R14 from x[0..14], PC x[15] and PSTATE x[16]; what the registers
 * are at the SVC goes back to x[0..14].
 */
	.globl	el0_enter_aarch32
el0_enter_aarch32:
	stp	x0, x30, [sp, #-16]!
	bl	1f
	ldp	x15, x30, [sp], #16    /* R0 to R14 are X0 to X14 */
	stp	x0, x1, [x15]
	stp	x2, x3, [x15, #16]
	stp	x4, x5, [x15, #32]
	stp	x6, x7, [x15, #48]
	stp	x8, x9, [x15, #64]
	stp	x10, x11, [x15, #80]
	stp	x12, x13, [x15, #96]
	str	x14, [x15, #112]
	ret
1:	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	ldp	x1, x2, [x0, #120]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x13, x14, [x0, #104]
	ldp	x11, x12, [x0, #88]
	ldp	x9, x10, [x0, #72]
	ldp	x7, x8, [x0, #56]
	ldp	x5, x6, [x0, #40]
	ldp	x3, x4, [x0, #24]
	ldp	x1, x2, [x0, #8]
	ldr	x0, [x0]
	isb
	eret
/* fault.c sends an SVC from EL0 here, at EL1 with SP_EL1 as it was. */
el0_return:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

/* psci_raw_hvc(x), psci_raw_smc(x): the call with x0..x30 from x[31], and what they are afterwards into it. */
	.macro	raw_call name, call
	.globl	\name
\name:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x30, x0
	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	ldp	x4, x5, [x30, #32]
	ldp	x6, x7, [x30, #48]
	ldp	x8, x9, [x30, #64]
	ldp	x10, x11, [x30, #80]
	ldp	x12, x13, [x30, #96]
	ldp	x14, x15, [x30, #112]
	ldp	x16, x17, [x30, #128]
	ldp	x18, x19, [x30, #144]
	ldp	x20, x21, [x30, #160]
	ldp	x22, x23, [x30, #176]
	ldp	x24, x25, [x30, #192]
	ldp	x26, x27, [x30, #208]
	ldp	x28, x29, [x30, #224]
	ldr	x30, [x30, #240]
	\call	#0
	str	x30, [sp, #104]
	ldr	x30, [sp, #96]
	stp	x0, x1, [x30, #0]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	stp	x18, x19, [x30, #144]
	stp	x20, x21, [x30, #160]
	stp	x22, x23, [x30, #176]
	stp	x24, x25, [x30, #192]
	stp	x26, x27, [x30, #208]
	stp	x28, x29, [x30, #224]
	ldr	x0, [sp, #104]
	str	x0, [x30, #240]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
	.endm
	raw_call psci_raw_hvc, hvc
	raw_call psci_raw_smc, smc

	.data
	.balign	256
	.globl	boot_registers
boot_registers:                        /* not in BSS: it is written before BSS is cleared */
	.fill	8 * 32, 8, 0

	.section .stacks, "aw", %nobits
	.balign	16
stacks:
	.skip	8 * STACK_SIZE
