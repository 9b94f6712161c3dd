/* SPDX-License-Identifier: Apache-2.0 */
/* Two CPUs invalidate TLBs without end, with operands that mean nothing too, and both read and write memory all the while. */
#include "lib/guest.h"

enum { WORDS = 64 };
static volatile u64 words[2][WORDS];

static void storm(u64 seed)
{
	volatile u64 *mine = words[guest_cpu()];
	u64 x = seed, rounds = guest_rounds(1000);

	mmu_on();
	for (u64 round = 0; round < rounds; round++) {
		u64 before = x;

		for (u32 i = 0; i < WORDS; i++)
			mine[i] = x + i;
		x = x * 6364136223846793005 + 1442695040888963407;
		asm volatile("tlbi vae1is, %0\n\ttlbi vale1is, %1\n\ttlbi aside1is, %0\n\ttlbi vaae1, %1\n\t"
		             "tlbi vmalle1is\n\tdsb ish\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::"r"(x),
		             "r"(x << 7)
		             : "memory");
		for (u32 i = 0; i < WORDS; i++)
			CHECK_EQUAL(mine[i], before + i);
	}
}

void test(void)
{
	smp_start(1, storm, 99);
	storm(1);
	smp_wait_off(1);
}
