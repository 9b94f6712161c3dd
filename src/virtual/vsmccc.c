/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function id has an answer: its row, or NOT_SUPPORTED (DEN0028 §5.2). Nothing of a guest reaches the machine's
 * firmware: a workaround is a call of our own, without an argument of the guest's.
 */
#include "virtual/vsmccc.h"

#include "lib/index.h"
#include "lib/require.h"
#include "machine/smccc.h"
#include "monitor/vm.h"
#include "virtual/vpsci.h"
#include "virtual/vtrng.h"

enum { SMCCC_VERSION_1_3 = 0x10003, SMCCC_FAST = (s32)0x80000000 };
enum { ARCH_OWNER = (s32)0xbf000000, ARCH_FIRST = (s32)0x80000000 }; /* bits of an id; SMC64 apart */
enum { WORKAROUND_1 = (s32)0x80008000, WORKAROUND_2 = (s32)0x80007fff, WORKAROUND_3 = (s32)0x80003fff };
enum { SOC_ID = (s32)0x80000002 };

struct row {
	u32 function;
	enum verdict (*call)(struct vcpu *v);
};

#define ANSWERED(id, name, function, says) {id, function},
#define REFUSED(id, name, why)
#define RANGE(first, last, owner, why)
static const struct row rows[] = {
#include "virtual/vsmccc.def"
};

static struct index by_function;

void vsmccc_init(void)
{
	index_clear(&by_function);
	for (u32 row = 0; row < ARRAY_COUNT(rows); row++)
		require(index_add(&by_function, rows[row].function, row));
}

bool vsmccc_has(u32 function) { return index_find(&by_function, function) != 0; }

enum verdict vsmccc_refuse(struct vcpu *v) { return vsmccc_answer(v, SMCCC_NOT_SUPPORTED); }

enum { HINTED = SMCCC_FAST | SMCCC_SVE_HINT };

/* Of an id without a row. It may have one without the hint that SVE's registers hold nothing: we keep them anyway. */
static __attribute__((noinline)) enum verdict call_without_hint(struct vcpu *v)
{
	u32 function = (u32)v->regs.x[0], row = 0;

	if ((function & (u32)HINTED) == (u32)HINTED)
		row = index_find(&by_function, function & ~(u32)SMCCC_SVE_HINT);
	return row ? rows[row - 1].call(v) : vsmccc_refuse(v);
}

enum verdict vsmccc_call(struct vcpu *v)
{
	u32 row = index_find(&by_function, (u32)v->regs.x[0]);

	return likely(row) ? rows[row - 1].call(v) : call_without_hint(v);
}

enum verdict vsmccc_version(struct vcpu *v) { return vsmccc_answer(v, SMCCC_VERSION_1_3); }

/* Of WORKAROUND_1 and _3: 0: call it; 1: it is there, and not needed; not told of: nobody knows (§7.3, §7.5). */
static s64 flush_feature(enum smccc_flaw flaw)
{
	switch (smccc_need(flaw)) {
	case SMCCC_CALL:
		return 0;
	case SMCCC_SAFE:
		return 1;
	case SMCCC_UNKNOWN:
		break;
	}
	return SMCCC_NOT_SUPPORTED;
}

/* What could be needed is always on, so a guest never needs to ask (§7.4). */
static s64 store_bypass_feature(void)
{
	return smccc_need(SMCCC_STORE_BYPASS) == SMCCC_UNKNOWN ? SMCCC_NOT_SUPPORTED : SMCCC_NOT_REQUIRED;
}

static s64 soc_feature(void) { return smccc_soc(SMCCC_SOC_VERSION) < 0 ? SMCCC_NOT_SUPPORTED : 0; }

enum verdict vsmccc_arch_features(struct vcpu *v)
{
	u32 asked = (u32)v->regs.x[1];

	switch (asked) {
	case (u32)WORKAROUND_1:
		return vsmccc_answer(v, flush_feature(SMCCC_BRANCH_TARGET));
	case (u32)WORKAROUND_2:
		return vsmccc_answer(v, store_bypass_feature());
	case (u32)WORKAROUND_3:
		return vsmccc_answer(v, flush_feature(SMCCC_BRANCH_HISTORY));
	case (u32)SOC_ID:
		return vsmccc_answer(v, soc_feature());
	case (u32)PV_TIME_FEATURES: /* of another range, but asked for here (DEN0057A §3.2.1) */
		return vsmccc_answer(v, v->vm->stolen ? 0 : SMCCC_NOT_SUPPORTED);
	default:
		break;
	}
	bool ours = (asked & (u32)ARCH_OWNER) == (u32)ARCH_FIRST && vsmccc_has(asked);
	return vsmccc_answer(v, ours ? 0 : SMCCC_NOT_SUPPORTED);
}

/* A guest's errata are its CPUs' and their SoC's: it has the machine's number as it has the machine's MIDR. */
enum verdict vsmccc_soc_id(struct vcpu *v)
{
	u32 type = (u32)v->regs.x[1];

	if (soc_feature() < 0)
		return vsmccc_refuse(v);
	return vsmccc_answer(v, type < SMCCC_SOC_TYPES ? smccc_soc((enum smccc_soc)type)
	                                               : SMCCC_INVALID_PARAMETERS);
}

static enum verdict flush(struct vcpu *v, enum smccc_flaw flaw)
{
	s64 feature = flush_feature(flaw);

	if (feature == 0)
		smccc_flush(flaw);
	return vsmccc_answer(v, feature < 0 ? feature : 0);
}

enum verdict vsmccc_branch_target(struct vcpu *v) { return flush(v, SMCCC_BRANCH_TARGET); }

enum verdict vsmccc_branch_history(struct vcpu *v) { return flush(v, SMCCC_BRANCH_HISTORY); }

enum verdict vsmccc_store_bypass(struct vcpu *v)
{
	s64 feature = store_bypass_feature();

	return vsmccc_answer(v, feature == SMCCC_NOT_REQUIRED ? 0 : feature);
}
