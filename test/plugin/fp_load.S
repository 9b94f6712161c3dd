/* SPDX-License-Identifier: Apache-2.0 */
/* fp: a load of a SIMD register at EL2. */
	.macro	body
	msr	cptr_el2, xzr
	isb
	ldr	q0, [x19]
	.endm
#include "frame.inc"
