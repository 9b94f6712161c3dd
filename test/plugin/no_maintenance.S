/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: an entry is taken away, and nothing else is done. */
	.macro	body
	str	xzr, [x20]
	.endm
#include "frame.inc"
