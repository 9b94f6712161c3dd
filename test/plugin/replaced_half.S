/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-replaced: likewise, half of the entry at a time. */
	.macro	body
	ldr	w1, =(OTHER + LEAF)
	str	w1, [x20]
	flush
	.endm
#include "frame.inc"
