/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: the CPU sleeps over a change, and nothing wakes it. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	wfi
	.endm
#include "frame.inc"
