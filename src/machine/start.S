/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the boot loader to C. Entered as an arm64 Linux Image (Documentation/arch/arm64/booting):
 * MMU off, x0 = physical address of the device tree, at whatever address the loader chose.
 * Nothing is taken for granted but that: every register EL2 relies on is written here or in
 * machine/cpu.c.
 */
#include "machine/layout.h"

#define HCR_OFF   0x80000000        /* RW; above all E2H off, which changes the layout of other registers */
#define SCTLR_OFF 0x30c50830        /* RES1 bits; MMU and caches off, little endian */
#define SCTLR_ON  0x30cd183d        /* M, A off, C, SA, I, WXN */
#define MAIR      0xffff04          /* 0: Device-nGnRE, 1: Normal write-back, 2: windows; cpu_init() may give those tags */
#define TCR       0x80803510        /* RES1, T0SZ 16, inner shareable, write-back; PS is added */

	.section .head, "ax"
	.global image_head
image_head:
	b	start
	.long	0
	.quad	0                       /* text_offset */
	.quad	image_size
	.quad	0xa                     /* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	wrong_level
	mov	x20, x0
	ldr	x1, =HCR_OFF
	msr	hcr_el2, x1
	ldr	x1, =SCTLR_OFF
	msr	sctlr_el2, x1
	isb
	adrp	x1, start_stack_top
	add	sp, x1, :lo12:start_stack_top

	/*
	 * Clear .bss with the caches off. The loader only cleaned what it loaded: lines over what is
	 * written so are dropped before, lest a dirty one is written back later, and after, lest a stale
	 * one is read.
	 */
	adrp	x0, boot_bss_start
	adrp	x1, data_end
	bl	drop_lines
	adrp	x0, clear_start         /* the boot stack and tables before it are whole pages */
	adrp	x1, data_end
1:	stp	xzr, xzr, [x0, #16]
	stp	xzr, xzr, [x0, #32]
	stp	xzr, xzr, [x0, #48]
	stp	xzr, xzr, [x0], #64
	cmp	x0, x1
	b.lo	1b
	adrp	x0, image_head
	bl	mmu_boot
	adrp	x1, boot_ttbr
	str	x0, [x1, :lo12:boot_ttbr]
	dsb	sy
	adrp	x0, const_end
	adrp	x1, file_end
	bl	drop_lines
	adrp	x0, boot_bss_start
	adrp	x1, data_end
	bl	drop_lines

	adrp	x21, image_head
	adr	x30, main_virtual_literal
	ldr	x30, [x30]
	adrp	x1, boot_ttbr
	ldr	x0, [x1, :lo12:boot_ttbr]
	b	mmu_on

	/* Invalidates the data cache from x0 to x1, whole pages. Uses x2 and x3. */
drop_lines:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x3, x3, x2
2:	dc	ivac, x0                /* two at once: a line is half a page at most */
	add	x0, x0, x3
	dc	ivac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	2b
	dsb	sy
	ret

wrong_level:
	adrp	x2, start_stack_top
	add	sp, x2, :lo12:start_stack_top
	lsr	x0, x1, #2
	bl	uart_refuse_level
3:	wfi
	b	3b

	.balign	8
main_virtual_literal:
	.quad	main_virtual
secondary_virtual_literal:
	.quad	start_virtual_secondary

	/*
	 * Turns the MMU on with the tables at x0 and continues at the virtual address in x30.
	 * This page is mapped at its physical address too. Uses x0 to x3.
	 */
	.section .identity, "ax"
mmu_on:
	ldr	x1, =MAIR
	msr	mair_el2, x1
	ldr	x1, =TCR
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #7              /* PARange; 6 and 7 need more than 48 bits, which we do not use */
	cmp	x2, #5
	mov	x3, #5
	csel	x2, x2, x3, ls
	bfi	x1, x2, #16, #3
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	ldr	x1, =SCTLR_ON
	msr	sctlr_el2, x1
	isb
	ret

	/* A secondary CPU, from PSCI CPU_ON: x0 = physical address of its struct cpu_boot. */
	.global start_secondary
start_secondary:
	msr	daifset, #0xf
	mov	x20, x0
	ldr	x1, =HCR_OFF
	msr	hcr_el2, x1
	ldr	x1, =SCTLR_OFF
	msr	sctlr_el2, x1
	isb
	ldp	x0, x30, [x20]          /* tables, where to go */
	ldp	x21, x22, [x20, #16]    /* stack top, index */
	b	mmu_on
	.ltorg

	.text
main_virtual:
	ldr	x1, =start_stack_top
	mov	sp, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	msr	tpidr_el2, xzr          /* CPU 0 */
	isb
	mov	x0, x20
	mov	x1, x21
	mov	x29, xzr
	mov	x30, xzr
	b	main_primary

	.global start_virtual_secondary
start_virtual_secondary:
	mov	sp, x21
	ldr	x1, =vectors
	msr	vbar_el2, x1
	msr	tpidr_el2, x22
	isb
	mov	x0, x22
	mov	x29, xzr
	mov	x30, xzr
	b	main_secondary

	/* _Noreturn void cpu_switch_stack(u64 top, void (*continue_at)(void)) */
	.global cpu_switch_stack
cpu_switch_stack:
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	br	x1
	.ltorg

	.section .bss.boot, "aw", %nobits
	.balign	4096
	.global start_stack, start_stack_top
start_stack:
	.skip	16384
start_stack_top:

	.bss
	.balign	16
	.global boot_ttbr
boot_ttbr:
	.skip	8
