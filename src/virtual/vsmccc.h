/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of a guest to its firmware, by HVC and SMC alike (SMCCC 1.3, DEN0028): each id has a declared answer (vsmccc.def). */
#pragma once
#include "monitor/vcpu.h"
#include "virtual/reg.h"

enum { SMCCC_NOT_SUPPORTED = -1, SMCCC_NOT_REQUIRED = -2, SMCCC_INVALID_PARAMETERS = -3 };
enum { SMCCC_64 = 1 << 30, SMCCC_SVE_HINT = 1 << 16 }; /* of an id: arguments are 64 bits wide; §2.5 */

/* Makes the index; before the first guest. */
void vsmccc_init(void);
/* The call in x0 with arguments in x1..x3. The answer goes to x0, of TRNG_RND* and TRNG_GET_UUID to x1..x3 too; all else is kept. */
enum verdict vsmccc_call(struct vcpu *v);
/* Of a call whose immediate is not 0: those are nobody's (§2.9). */
enum verdict vsmccc_refuse(struct vcpu *v);
/* Whether the id has a row that answers it. */
bool vsmccc_has(u32 function);

static inline enum verdict vsmccc_answer(struct vcpu *v, s64 value)
{
	v->regs.x[0] = (u64)value;
	return DONE;
}

/* An argument as wide as the call's convention says. */
static inline u64 vsmccc_argument(const struct vcpu *v, u32 n)
{
	return v->regs.x[0] & SMCCC_64 ? v->regs.x[n] : (u32)v->regs.x[n];
}

/* Rows of the table. */
enum verdict vsmccc_version(struct vcpu *v);
enum verdict vsmccc_arch_features(struct vcpu *v);
enum verdict vsmccc_soc_id(struct vcpu *v);
enum verdict vsmccc_branch_target(struct vcpu *v);
enum verdict vsmccc_store_bypass(struct vcpu *v);
enum verdict vsmccc_branch_history(struct vcpu *v);
