/* SPDX-License-Identifier: Apache-2.0 */
/* fp: the FP control register at EL2. */
	.macro	body
	msr	cptr_el2, xzr
	isb
	mrs	x1, fpcr
	.endm
#include "frame.inc"
