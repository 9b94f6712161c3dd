/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: the TLBI may come before the store is seen by walks. */
	.macro	body
	str	xzr, [x20]
	tlbi	vmalls12e1is
	dsb	ish
	isb
	.endm
#include "frame.inc"
