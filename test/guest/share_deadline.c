/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control loop: every 10 ms from second=S of the clock, periods=N times, it has work=I instructions to do, and until
 * the next time to do it. Says how often it was late, and how long it took. Run by ../system/test_share.py.
 */
#include "lib/guest.h"

enum { PERIOD_MS = 10, TURN = 2 /* instructions */ };

static volatile bool released;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	write_register(cntv_ctl_el0, 0);
	isb();
	released = true;
}

static void sleep_until(u64 when)
{
	released = false;
	write_register(cntv_cval_el0, when);
	write_register(cntv_ctl_el0, 1);
	irq_mask();
	while (!released) {
		wfi();
		irq_unmask();
		irq_mask();
	}
}

static void work(u64 turns) { asm volatile("1:	subs %0, %0, #1\n\tb.ne 1b" : "+r"(turns)::"cc"); }

void test(void)
{
	u64 period = timer_milliseconds(PERIOD_MS), longest = 0, late = 0, next;

	gic_enable(0, TIMER_VIRTUAL, 0x80);
	while (read32(PL031 + RTC_DR) < tree_number("second"))
		sleep_until(timer_now() + timer_milliseconds(1));
	next = timer_now() + period;
	for (u64 i = 0; i < tree_number("periods"); i++, next += period) {
		sleep_until(next);
		work(tree_number("work") / TURN);
		u64 took = timer_now() - next;

		late += took > period;
		longest = took > longest ? took : longest;
	}
	guest_print("late %lu times of %lu, at most %lu us\n", late, tree_number("periods"),
	            longest * 1000 / timer_milliseconds(1));
}
