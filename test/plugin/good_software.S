/* SPDX-License-Identifier: Apache-2.0 */
/* Only bits change that are software's. */
	.macro	body
	ldr	x1, [x20]
	orr	x1, x1, #(1 << 55)
	str	x1, [x20]
	.endm
#include "frame.inc"
