/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: an entry is taken away, with barriers only. */
	.macro	body
	str	xzr, [x20]
	dsb	ish
	dsb	ish
	.endm
#include "frame.inc"
