/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of EL2 that are looked at more closely (Arm ARM C4, C5, C6). */
#pragma once
#include "lib/types.h"

enum operation {
	OPERATION_PLAIN,
	OPERATION_FP, /* FP, SIMD, SVE or SME, or FPCR and FPSR */
	OPERATION_WFI,
	OPERATION_ERET,
	OPERATION_DSB,
	OPERATION_TLBI,
	OPERATION_ZERO,  /* DC ZVA, DC GZVA */
	OPERATION_VTTBR, /* MSR VTTBR_EL2 */
};

enum { XZR = 31 };

enum operation decode(u32 word);
/* The register that an instruction of the groups above names last: x0 to x30, or XZR. */
static inline u32 decode_register(u32 word) { return word & 31; }
/* A DSB beyond this CPU: whether the stores before it, and the TLBIs before it, are complete after it. */
bool decode_dsb_stores(u32 word);
bool decode_dsb_all(u32 word);
/* A TLBI of stage 1 and 2 of guests on all CPUs: of the current VMID, or of all. */
bool decode_tlbi_vmid(u32 word);
bool decode_tlbi_all(u32 word);
