/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: the TLBI may not be complete. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	tlbi	vmalls12e1is
	isb
	.endm
#include "frame.inc"
