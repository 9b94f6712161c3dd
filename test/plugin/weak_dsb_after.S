/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: a DSB of stores does not wait for a TLBI. */
	.macro	body
	str	xzr, [x20]
	dsb	ishst
	tlbi	vmalls12e1is
	dsb	ishst
	.endm
#include "frame.inc"
