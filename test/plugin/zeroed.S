/* SPDX-License-Identifier: Apache-2.0 */
/* stage2-left: entries are taken away by DC ZVA. */
	.macro	body
	dc	zva, x20
	.endm
#include "frame.inc"
