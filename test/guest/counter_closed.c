/* SPDX-License-Identifier: Apache-2.0 */
/* A CPU that closes the counters to its EL0 (CNTKCTL_EL1) closes them there alone: not on another CPU, nor after a reset. */
#include "lib/guest.h"

static u8 stacks[2][256] __attribute__((aligned(16)));
static volatile bool closed, done;

static void user(u64 unused) { asm volatile("mrs x0, cntvct_el0\n\tsvc #0" ::"r"(unused) : "x0", "memory"); }

static bool is_open(void)
{
	fault_expect();
	guest_run_el0((u64)user, 0, (u64)stacks[guest_cpu()] + sizeof(stacks[0]));
	return !fault_result(0).taken;
}

static void other(u64 unused)
{
	(void)unused;
	CHECK_EQUAL(read_register(cntkctl_el1), 0);
	write_register(cntkctl_el1, 3);
	isb();
	CHECK(is_open());
	WAIT_FOR(closed);
	for (u32 round = 0; round < 100; round++)
		CHECK(is_open());
	done = true;
}

void test(void)
{
	CHECK_EQUAL(read_register(cntkctl_el1), 0);
	write_register(cntkctl_el1, 3);
	isb();
	CHECK(is_open());
	smp_start(1, other, 0);
	write_register(cntkctl_el1, 0);
	isb();
	closed = true;
	while (!done) {
		CHECK(!is_open());
		asm volatile("yield");
	}
	smp_wait_off(1);
}
