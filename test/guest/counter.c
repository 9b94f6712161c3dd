/* SPDX-License-Identifier: Apache-2.0 */
/* One time: virtual and physical counter agree, never step back, not across CPUs, not at EL0; and began with
 * the machine. */
#include "lib/guest.h"

static volatile u64 turn, last;
static volatile bool backwards;

static u64 physical(void)
{
	isb();
	return read_register(cntpct_el0);
}

/* CPU 0 on even turns, CPU 1 on odd ones. */
static void alternate(u64 parity)
{
	while (turn < 2000) {
		u64 now;

		if ((turn & 1) != parity) {
			asm volatile("yield");
			continue;
		}
		now = timer_now();
		if (now < last)
			backwards = true;
		last = now;
		dsb();
		turn = turn + 1;
		dsb();
	}
}

static void user(u64 to)
{
	asm volatile("isb\n\tmrs x1, cntvct_el0\n\tmrs x2, cntpct_el0\n\tmrs x3, cntfrq_el0\n\t"
	             "stp x1, x2, [%0]\n\tstr x3, [%0, #16]\n\tsvc #0" ::"r"(to)
	             : "x1", "x2", "x3", "memory");
}

void test(void)
{
	static volatile u64 seen[3];
	static u8 stack[256] __attribute__((aligned(16)));

	CHECK(timer_now() < 120 * timer_frequency());
	for (u32 i = 0; i < 1000; i++) {
		u64 a = physical(), b = timer_now(), c = physical();

		if (a > b || b > c)
			guest_fail(__LINE__, "physical 0x%lx, virtual 0x%lx, physical 0x%lx", a, b, c);
	}
	/* FEAT_ECV: the self-synchronised views CNTPCTSS_EL0, CNTVCTSS_EL0. */
	if (field_get(FIELD(63, 60), read_register(id_aa64mmfr0_el1))) {
		u64 a = timer_now(), b = read_register(s3_3_c14_c0_5), c = read_register(s3_3_c14_c0_6);

		CHECK(a <= b && b <= c && c <= physical());
	}
	write_register(cntkctl_el1, 3); /* EL0PCTEN, EL0VCTEN */
	guest_run_el0((u64)user, (u64)seen, (u64)stack + sizeof(stack));
	CHECK(seen[0] > 0 && seen[0] <= timer_now() && seen[1] >= seen[0] && seen[1] <= timer_now());
	CHECK_EQUAL(seen[2], timer_frequency());
	smp_start(1, alternate, 1);
	alternate(0);
	smp_wait_off(1);
	CHECK(!backwards);
}
