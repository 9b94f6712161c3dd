/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-written: EL2 writes to the page while the guest may still see it. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	ldr	x1, =PAGE
	str	xzr, [x1, #64]
	flush
	.endm
#include "frame.inc"
