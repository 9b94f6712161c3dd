/* SPDX-License-Identifier: Apache-2.0 */
/* Four CPUs at once clean and invalidate by set and way, with operands that name no set, way or level too: nothing is lost. */
#include "lib/guest.h"

enum { CPUS = 4, WORDS = 512 };
static u64 words[CPUS][WORDS] __attribute__((aligned(4096)));

static void storm(u64 seed)
{
	u64 *mine = words[guest_cpu()], rounds = guest_rounds(20), x = seed + 1;

	for (u64 round = 0; round < rounds; round++) {
		for (u32 i = 0; i < WORDS; i++)
			write64((u64)&mine[i], x + i);
		for (u32 i = 0; i < 32; i++) {
			x = x * 6364136223846793005 + 1442695040888963407;
			asm volatile("dc cisw, %0\n\tdc csw, %1\n\tdc isw, %0" ::"r"(x >> 8), "r"(x)
			             : "memory");
		}
		x -= seed;
		for (u32 i = 0; i < WORDS; i++)
			write64((u64)&mine[i], read64((u64)&mine[i]) ^ seed);
		dsb();
	}
}

static void check(u64 seed)
{
	u64 first;

	storm(seed);
	first = read64((u64)&words[guest_cpu()][0]) ^ seed;
	for (u32 i = 0; i < WORDS; i++)
		CHECK_EQUAL(read64((u64)&words[guest_cpu()][i]), (first + i) ^ seed);
}

void test(void)
{
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		smp_start(cpu, check, cpu * 1000);
	check(7);
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		smp_wait_off(cpu);
}
