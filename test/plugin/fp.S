/* SPDX-License-Identifier: Apache-2.0 */
/* fp: an instruction of FP at EL2. */
	.macro	body
	mov	x1, #(3 << 20)
	msr	cptr_el2, xzr
	isb
	fmov	d0, x1
	.endm
#include "frame.inc"
