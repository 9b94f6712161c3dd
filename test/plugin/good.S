/* SPDX-License-Identifier: Apache-2.0 */
/* The right order: break, DSB, TLBI, DSB, then the page is written, and made again. */
	.macro	body
	str	xzr, [x20]
	flush
	ldr	x1, =PAGE
	str	xzr, [x1]
	ldr	x2, =(OTHER + LEAF)
	str	x2, [x20]
	dsb	ish
	.endm
#include "frame.inc"
