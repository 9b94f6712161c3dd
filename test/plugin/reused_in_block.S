/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-reused: a block that contains the page is mapped too early. */
	.macro	body
	str	xzr, [x20]
	ldr	x1, =(PAGE + LEAF - 2)
	str	x1, [x21, #1032]
	flush
	.endm
#include "frame.inc"
