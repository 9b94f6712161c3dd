/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-reused: the table below an entry is filled again too early. */
	.macro	body
	str	xzr, [x21, #1024]
	ldr	x1, =(OTHER + LEAF)
	str	x1, [x20, #16]
	flush
	.endm
#include "frame.inc"
