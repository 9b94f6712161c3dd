/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU that closes the counters to its EL0 (CNTKCTL_EL1) closes them there alone: not on another CPU, nor after a reset. Which of
 * the two does is another one in every other copy.
 */
#include "lib/guest.h"

static u8 stacks[2][256] __attribute__((aligned(16)));
void irq(u32 intid) { timer_rested(intid); }

static void user(u64 unused) { asm volatile("mrs x0, cntvct_el0\n\tsvc #0" ::"r"(unused) : "x0", "memory"); }

static bool is_open(void)
{
	fault_expect();
	guest_run_el0((u64)user, 0, (u64)stacks[guest_cpu()] + sizeof(stacks[0]));
	return !fault_result(0).taken;
}

static void keep(u64 open)
{
	u64 rounds = guest_rounds(100);

	CHECK_EQUAL(read_register(cntkctl_el1), 0);
	write_register(cntkctl_el1, 3);
	isb();
	CHECK(is_open());
	write_register(cntkctl_el1, open ? 3 : 0);
	isb();
	for (u64 round = 0; round < rounds; round++) {
		CHECK_EQUAL(is_open(), open);
		timer_rest(timer_milliseconds(1) / 8);
		CHECK_EQUAL(is_open(), open);
		CHECK_EQUAL(read_register(cntkctl_el1), open ? 3 : 0);
	}
}

void test(void)
{
	u64 first_is_open = tree_number("copy") % 2;

	smp_start(1, keep, !first_is_open);
	keep(first_is_open);
	smp_wait_off(1);
}
