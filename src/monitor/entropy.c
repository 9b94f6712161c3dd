/* SPDX-License-Identifier: Apache-2.0 */
/* One generator for the machine. Lock: RANK_RANDOM. Every draw mixes in RNDR where the CPU has it. */
#include "monitor/entropy.h"

#include "lib/random.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/smccc.h"
#include "machine/spinlock.h"
#include "machine/timer.h"

static struct spinlock entropy_lock = SPINLOCK(RANK_RANDOM);
static struct random generator;

static void mix(void)
{
	u64 sample[2] = {timer_now(), 0};

	cpu_random(&sample[1]);
	random_seed(&generator, sample, sizeof(sample));
}

void entropy_init(const void *seed, u32 size)
{
	random_seed(&generator, seed, size);
	mix();
}

void entropy_bytes(void *to, u32 size)
{
	spinlock_take(&entropy_lock);
	mix();
	random_bytes(&generator, to, size);
	spinlock_give(&entropy_lock);
}

bool entropy_has_source(void) { return smccc_has_entropy() || cpu_has_rndr(); }

bool entropy_from_source(u64 *value)
{
	return smccc_has_entropy() ? smccc_entropy(value) : cpu_random_fresh(value);
}

void entropy_source_uuid(u32 uuid[4])
{
	static const u32 own[4] = {0x3b9e4dc0, 0x8e4a526f, 0x257e1d9b,
	                           0x0c13a6f8}; /* of RNDRRS behind Corbel */

	if (smccc_has_entropy())
		smccc_entropy_uuid(uuid);
	else
		memcpy(uuid, own, sizeof(own));
}
