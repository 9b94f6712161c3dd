/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU's counters go where it goes: what it counts is neither lost nor added to by whoever has its CPU meanwhile, and what
 * nothing of its own increments stays. Counted are increments by software: of instructions QEMU counts other CPUs', too.
 */
#include "lib/guest.h"

enum { SW_INCR = 0, INST_RETIRED = 8, ROUNDS = 50, INCREMENTS = 20 };
#define PMCR_E  BIT(0)
#define PMCR_LC BIT(6)
#define NOT_EL1 BIT(31)
#define LOW     0xffffffffUL

void irq(u32 intid) { timer_rested(intid); }

static void check(u64 counted, u64 untouched)
{
	CHECK_EQUAL(read_register(pmevcntr0_el0), counted);
	CHECK_EQUAL(read_register(pmevcntr1_el0), untouched);
}

static void count(u64 seed)
{
	u64 rounds = guest_rounds(ROUNDS), counted = seed, instructions = 0;

	write_register(pmevtyper0_el0, SW_INCR);
	write_register(pmevtyper1_el0, SW_INCR | NOT_EL1);
	write_register(pmevtyper2_el0, INST_RETIRED);
	write_register(pmevcntr0_el0, counted);
	write_register(pmevcntr1_el0, ~seed & LOW);
	write_register(pmevcntr2_el0, 0);
	write_register(pmcntenset_el0, 7);
	write_register(pmcr_el0, PMCR_LC | PMCR_E);
	isb();
	for (u64 round = 0; round < rounds; round++) {
		for (u32 i = 0; i < INCREMENTS; i++, counted++)
			write_register(pmswinc_el0, 3);
		isb();
		check(counted, ~seed & LOW);
		timer_rest(timer_milliseconds(1));
		check(counted, ~seed & LOW);
		u64 now = read_register(pmevcntr2_el0);

		CHECK(now > instructions);
		instructions = now;
	}
}

void test(void)
{
	smp_start(1, count, guest_seed(1000003));
	count(guest_seed(5));
	smp_wait_off(1);
}
