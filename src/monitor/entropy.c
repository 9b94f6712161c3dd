/* SPDX-License-Identifier: Apache-2.0 */
/* One generator for the machine. Lock: RANK_RANDOM. Every draw mixes in RNDR where the CPU has it. */
#include "monitor/entropy.h"

#include "lib/random.h"
#include "machine/cpu.h"
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
