/* SPDX-License-Identifier: Apache-2.0 */
/* Only permissions change: no break is needed, maintenance is. */
	.macro	body
	ldr	x1, [x20]
	and	x1, x1, #~0x80          /* S2AP: no writes */
	str	x1, [x20]
	flush
	.endm
#include "frame.inc"
