/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three CPUs turn the same fourth on at once: one of them does, and the CPU has that one's context. Then one turns it on while it goes
 * off: each success is one run, and no CPU_ON is left pending (DEN0022 §5.6, §6.6). rounds=N of each.
 */
#include "lib/guest.h"

enum { CALLERS = 3, TARGET = 3, ON_PENDING = -5 };
extern u8 secondary[];
static volatile u64 round_now, done[CALLERS], winner[CALLERS];
static volatile u64 runs, context_seen, release;
static volatile bool stop;

/* The target: stays on until all callers have their answers. */
static void once(u64 context)
{
	context_seen = context;
	runs++;
	dsb();
	WAIT_FOR(release == round_now || stop);
}

static void try(u32 me, u64 round)
{
	s64 answer = psci_call(PSCI_CPU_ON, TARGET, (u64)secondary, round << 8 | me);

	if (answer != 0 && answer != PSCI_ALREADY_ON && answer != ON_PENDING)
		guest_fail(__LINE__, "CPU_ON answered %ld", (long)answer);
	winner[me] = answer == 0;
	dsb();
	done[me] = round;
}

static void caller(u64 me)
{
	for (u64 round = 1; !stop; round++) {
		while (round_now < round && !stop)
			asm volatile("yield");
		if (!stop)
			try((u32)me, round);
	}
}

static void together(u64 rounds)
{
	for (u64 round = 1; round <= rounds; round++) {
		dsb();
		round_now = round;
		try(0, round);
		WAIT_FOR(done[1] == round && done[2] == round);
		CHECK_EQUAL(winner[0] + winner[1] + winner[2], 1);
		WAIT_FOR(runs == round);
		CHECK_EQUAL(context_seen, round << 8 | (winner[0] ? 0 : winner[1] ? 1 : 2));
		release = round;
		smp_wait_off(TARGET);
	}
	stop = true;
	dsb();
	smp_wait_off(1);
	smp_wait_off(2);
}

static void brief(u64 context)
{
	CHECK_EQUAL(context, runs + 1);
	runs++;
	dsb();
}

/* As soon as it goes off it is wanted again: most calls meet it on its way. */
static void against_off(u64 rounds)
{
	u64 refused = 0;

	runs = 0;
	cpus[TARGET].main = brief;
	dsb();
	for (u64 round = 1; round <= rounds; round++) {
		s64 answer;

		while ((answer = psci_call(PSCI_CPU_ON, TARGET, (u64)secondary, round)) != 0) {
			CHECK(answer == PSCI_ALREADY_ON || answer == ON_PENDING);
			s64 state = smp_state(TARGET);
			CHECK(state >= 0 && state <= 2);
			refused++;
		}
		WAIT_FOR(runs == round);
	}
	smp_wait_off(TARGET);
	CHECK_EQUAL(runs, rounds);
	guest_print("%lu starts, %lu refused\n", runs, refused);
}

void test(void)
{
	u64 rounds = guest_rounds(500);

	CHECK_EQUAL(tree_cpu_count(), TARGET + 1);
	cpus[TARGET].main = once;
	smp_start(1, caller, 1);
	smp_start(2, caller, 2);
	together(rounds);
	against_off(rounds);
}
