/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-made-early: made again after the TLBI, before its DSB. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	tlbi	vmalls12e1is
	ldr	x1, =(OTHER + LEAF)
	str	x1, [x20]
	dsb	ish
	.endm
#include "frame.inc"
