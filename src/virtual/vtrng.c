/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each bit is a bit of entropy of the machine's source, straight: nothing that a generator stretched is handed out, and
 * no bit twice. Without a source there are no such calls. No state, no locks.
 */
#include "virtual/vtrng.h"

#include "lib/bits.h"
#include "monitor/entropy.h"
#include "virtual/vsmccc.h"

enum { TRNG_VERSION_1_0 = 0x10000, TRNG_INVALID_PARAMETERS = -2, TRNG_NO_ENTROPY = -3, RESULTS = 3 };
enum { TRNG_FIRST = (s32)0x84000050, TRNG_LAST = (s32)0x84000053, TRNG_RND64 = (s32)0xc4000053 };

enum verdict vtrng_version(struct vcpu *v)
{
	return vsmccc_answer(v, entropy_has_source() ? TRNG_VERSION_1_0 : SMCCC_NOT_SUPPORTED);
}

enum verdict vtrng_features(struct vcpu *v)
{
	u32 asked = (u32)v->regs.x[1];
	bool ours = (asked >= (u32)TRNG_FIRST && asked <= (u32)TRNG_LAST) || asked == (u32)TRNG_RND64;

	return vsmccc_answer(v, entropy_has_source() && ours ? 0 : SMCCC_NOT_SUPPORTED);
}

/* In w0 to w3, the first bytes in the lowest bits. */
enum verdict vtrng_get_uuid(struct vcpu *v)
{
	u32 uuid[RESULTS + 1];

	if (!entropy_has_source())
		return vsmccc_refuse(v);
	entropy_source_uuid(uuid);
	for (u32 i = 0; i <= RESULTS; i++)
		v->regs.x[i] = uuid[i];
	return DONE;
}

/* `bits` of them, the lowest in x3; the others of x1 to x3 are zero. */
static bool draw(struct vcpu *v, u64 bits, u32 width)
{
	for (u32 n = RESULTS; n > 0; n--) {
		u64 word = 0, take = bits < width ? bits : width;

		if (take && !entropy_from_source(&word))
			return false;
		v->regs.x[n] = take < 64 ? word & (BIT(take) - 1) : word;
		bits -= take;
	}
	return true;
}

enum verdict vtrng_rnd(struct vcpu *v)
{
	u32 width = v->regs.x[0] & SMCCC_64 ? 64 : 32;
	u64 bits = vsmccc_argument(v, 1);

	if (!entropy_has_source())
		return vsmccc_refuse(v);
	bool valid = bits > 0 && bits <= RESULTS * (u64)width;
	if (valid && draw(v, bits, width))
		return vsmccc_answer(v, 0);
	for (u32 n = 1; n <= RESULTS; n++)
		v->regs.x[n] = 0;
	return vsmccc_answer(v, valid ? TRNG_NO_ENTROPY : TRNG_INVALID_PARAMETERS);
}
