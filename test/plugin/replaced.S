/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-replaced: from one page to another, without having been invalid. */
	.macro	body
	ldr	x1, =(OTHER + LEAF)
	str	x1, [x20]
	flush
	.endm
#include "frame.inc"
