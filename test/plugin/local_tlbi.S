/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: a TLBI of this CPU only. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	tlbi	vmalls12e1
	dsb	ish
	.endm
#include "frame.inc"
