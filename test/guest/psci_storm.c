/* SPDX-License-Identifier: Apache-2.0 */
/* Four CPUs turn each other on and themselves off at random: every successful CPU_ON becomes exactly one run. */
#include "lib/guest.h"

enum { CPUS = 4, STARTS = 600, RUNS = 20 };
static volatile u64 starts[CPUS], start_sum[CPUS], runs[CPUS], run_sum[CPUS], refused[CPUS];
static volatile bool stop;
static u64 seed[CPUS] = {1, 22, 333, 4444};

static u64 random(u32 cpu)
{
	seed[cpu] = seed[cpu] * 6364136223846793005 + 1442695040888963407;
	return seed[cpu] >> 33;
}

static u64 total(volatile u64 *of) { return of[0] + of[1] + of[2] + of[3]; }

static void work(u64 context);

static void poke(void)
{
	u32 me = guest_cpu();
	u32 other = (u32)random(me) % CPUS;
	u64 token = random(me) << 32 | random(me);
	s64 answer = smp_try(other, work, token);

	if (answer == 0) {
		starts[me]++;
		start_sum[me] += token;
	} else if (answer == PSCI_ALREADY_ON || answer == -5 /* ON_PENDING */) {
		refused[me]++;
	} else {
		guest_fail(__LINE__, "CPU_ON answered %ld", (long)answer);
	}
}

static void work(u64 context)
{
	u32 me = guest_cpu();

	runs[me]++;
	run_sum[me] += context;
	for (u64 n = random(me) % 5; n > 0 && !stop; n--) {
		poke();
		timer_sleep(random(me) % 20000);
		CHECK(smp_state(me) == 0);
	}
}

void test(void)
{
	CHECK_EQUAL(tree_cpu_count(), CPUS);
	while (total(starts) < STARTS || total(runs) < RUNS) { /* on a busy host CPUs come late */
		poke();
		timer_sleep(random(0) % 20000);
	}
	stop = true;
	dsb();
	WAIT_FOR(smp_state(1) == 1 && smp_state(2) == 1 && smp_state(3) == 1);
	timer_sleep(timer_milliseconds(100));
	guest_print("%lu starts, %lu refused, %lu runs\n", total(starts), total(refused), total(runs));
	CHECK_EQUAL(runs[0], 0);
	if (tree_word("no-pending")) {
		CHECK(total(runs) <= total(starts));
		return;
	}
	/* A CPU that was told to start just before the others went off may come late. */
	WAIT_FOR(total(runs) == total(starts));
	CHECK_EQUAL(total(run_sum), total(start_sum));
}
