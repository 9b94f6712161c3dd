/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: a TLBI of another VM. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	mrs	x1, vttbr_el2
	mov	x2, #(2 << 48)
	msr	vttbr_el2, x2
	isb
	tlbi	vmalls12e1is
	dsb	ish
	msr	vttbr_el2, x1
	isb
	.endm
#include "frame.inc"
