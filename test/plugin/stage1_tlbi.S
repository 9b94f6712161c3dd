/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: a TLBI of the guest's stage 1 only. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	tlbi	vmalle1is
	dsb	ish
	.endm
#include "frame.inc"
