/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that does ROUNDS rounds of a fixed mix of traps and stores, and later prints the virtual counter before and
 * after as `ticks: begin N` and `ticks: end N`, hexadecimal; then it sleeps for ever, since to end it would be work for
 * the hypervisor. It begins and prints at fixed times of its counter, so that no VM's start and no output falls into
 * another's rounds; nor does it touch its PL011 in them: the console is the one thing that all VMs share.
 * Position-independent; the addresses are those of the machine a guest sees.
 */
#define GICD_CTLR	0x08000000
#define GICD_TYPER	0x08000004
#define GICD_ISENABLER1	0x08000104
#define GICR_SGI_BASE	0x080b0000
#define PL011		0x09000000
#define TIMER		0x08000000      /* PPI 27, as a bit */
#define BEGIN_AT	50000000        /* nanoseconds */
#define PRINT_AT	2000000000
#define PSCI_VERSION	0x84000000

	.macro	counter to
	isb
	mrs	\to, cntvct_el0
	.endm

/* Sleeps until the counter has so many ticks; the timer's interrupt wakes, masked, and is taken by hand. */
	.macro	sleep until
	ldr	x1, =\until
	msr	cntv_cval_el0, x1
	mov	x2, #1                  /* CNTV_CTL_EL0.ENABLE */
	msr	cntv_ctl_el0, x2
9:	wfi
	counter	x2
	cmp	x2, x1
	b.lo	9b
	msr	cntv_ctl_el0, xzr
	mrs	x1, s3_0_c12_c12_0      /* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x1      /* ICC_EOIR1_EL1 */
	isb
	.endm

	.globl	_start
_start:
	b	begin
	.long	0
	.quad	0                       /* text_offset */
	.quad	end - _start
	.quad	0xa                     /* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

begin:
	ldr	x19, =ROUNDS
	ldr	x20, =GICD_TYPER
	ldr	x21, =PL011
	ldr	x25, =GICD_ISENABLER1
	adr	x22, memory
	bl	timer_enable
	sleep	BEGIN_AT
	counter	x23
	cbz	x19, 2f
1:	ldr	w0, =PSCI_VERSION
	hvc	#0
	ldr	w1, [x20]
	str	w1, [x25]
	mrs	x1, id_aa64pfr0_el1
	str	x1, [x22]
	subs	x19, x19, #1
	b.ne	1b
2:	counter	x24
	sleep	PRINT_AT
	adr	x1, word_begin
	mov	x2, x23
	bl	say
	adr	x1, word_end
	mov	x2, x24
	bl	say
3:	wfi
	b	3b

timer_enable:
	ldr	x1, =GICD_CTLR
	mov	w2, #0x12               /* ARE, EnableGrp1 */
	str	w2, [x1]
	ldr	x1, =GICR_SGI_BASE
	mov	w2, #TIMER
	str	w2, [x1, #0x80]         /* GICR_IGROUPR0 */
	str	w2, [x1, #0x100]        /* GICR_ISENABLER0 */
	mov	x2, #0xff
	msr	s3_0_c4_c6_0, x2        /* ICC_PMR_EL1 */
	mov	x2, #1
	msr	s3_0_c12_c12_7, x2      /* ICC_IGRPEN1_EL1 */
	isb
	ret

/* Prints the text at x1 and the number in x2. */
say:	ldrb	w3, [x1], #1
	cbz	w3, 4f
	str	w3, [x21]
	b	say
4:	mov	x4, #60
5:	lsr	x3, x2, x4
	and	x3, x3, #15
	cmp	x3, #10
	add	x5, x3, #'0'
	add	x6, x3, #'a' - 10
	csel	x3, x5, x6, lo
	str	w3, [x21]
	subs	x4, x4, #4
	b.pl	5b
	mov	w3, #'\n'
	str	w3, [x21]
	ret

word_begin:
	.asciz	"ticks: begin "
word_end:
	.asciz	"ticks: end "
	.balign	8
	.ltorg
memory:
	.quad	0
end:
