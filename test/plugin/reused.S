/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-reused: the page is given to another IPA too early. */
	.macro	body
	str	xzr, [x20]
	ldr	x1, =(PAGE + LEAF)
	str	x1, [x20, #8]
	flush
	.endm
#include "frame.inc"
