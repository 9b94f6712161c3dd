/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields are four bits wide, and more is a greater number (Arm ARM D19.1.3), but for those listed: signed ones,
 * where 15 is less than 0, and registers of single bits. No state.
 */
#include "machine/feature.h"

#include "lib/bits.h"

static const struct {
	u8 at, nibble;
} signed_fields[] = {
	{FEATURE_AT(3, 5), 0},  /* ID_DFR1_EL1.MTPMU */
	{FEATURE_AT(4, 0), 4},  /* ID_AA64PFR0_EL1.FP */
	{FEATURE_AT(4, 0), 5},  /* ID_AA64PFR0_EL1.AdvSIMD */
	{FEATURE_AT(4, 1), 10}, /* ID_AA64PFR1_EL1.MTE_frac */
	{FEATURE_AT(5, 0), 9},  /* ID_AA64DFR0_EL1.DoubleLock */
	{FEATURE_AT(5, 0), 12}, /* ID_AA64DFR0_EL1.MTPMU */
	{FEATURE_AT(7, 0), 6},  /* ID_AA64MMFR0_EL1.TGran64 */
	{FEATURE_AT(7, 0), 7},  /* ID_AA64MMFR0_EL1.TGran4 */
	{FEATURE_AT(7, 4), 6},  /* ID_AA64MMFR4_EL1.E2H0 */
};

static bool is_signed(u32 at, u32 nibble)
{
	for (u32 i = 0; i < ARRAY_COUNT(signed_fields); i++)
		if (signed_fields[i].at == at && signed_fields[i].nibble == nibble)
			return true;
	return false;
}

/* ID_AA64SMFR0_EL1, ID_AA64FPFR0_EL1 */
static bool has_single_bits(u32 at) { return at == FEATURE_AT(4, 5) || at == FEATURE_AT(4, 7); }

u64 feature_common(u32 at, u64 a, u64 b)
{
	u64 common = 0;

	if (a == b)
		return a;
	if (has_single_bits(at))
		return a & b;
	for (u32 n = 0; n < 16; n++) {
		u64 field = 0xfUL << 4 * n, turn = is_signed(at, n) ? 8 : 0; /* so that -8 is the least */
		u64 less = min_u64(field_get(field, a) ^ turn, field_get(field, b) ^ turn) ^ turn;

		common |= field_put(field, less);
	}
	return common;
}

/* ZCR_ELx.LEN only limits: a length below that one CPU lacks would be rounded down there, and not elsewhere. */
u32 feature_quadwords(u32 all, u32 any)
{
	u32 differ = all ^ any, same = differ ? (differ & -differ) - 1 : ~0U, fit = all & same;

	return fit ? 32 - (u32)__builtin_clz(fit) : 0;
}
