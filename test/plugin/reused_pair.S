/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-reused: the page is mapped again by a store of two entries. */
	.macro	body
	stp	xzr, xzr, [x20]
	ldr	x1, =(PAGE + LEAF)
	stp	xzr, x1, [x20, #16]
	flush
	.endm
#include "frame.inc"
