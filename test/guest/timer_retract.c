/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer interrupt whose cause goes away before it is taken is not taken (IHI 0069 §4.1, level-sensitive).
 * Where the word one-spurious allows it, a timer that was silenced behind EL2's back may show once.
 */
#include "lib/guest.h"

static volatile u32 taken, expected;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	taken++;
	if (read_register(cntv_ctl_el0) == 5) /* enabled, not masked, its condition met */
		expected++;
	write_register(cntv_ctl_el0, 0);
	isb();
}

void test(void)
{
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	for (u32 i = 0; i < 100; i++) {
		irq_mask();
		write_register(cntv_cval_el0, timer_now() + timer_milliseconds(1) / 4);
		write_register(cntv_ctl_el0, 1);
		timer_sleep(timer_milliseconds(1));
		write_register(cntv_ctl_el0, i & 1 ? 0 : 3); /* off, or masked */
		isb();
		irq_unmask();
		timer_sleep(timer_milliseconds(1) / 4);
		if (!tree_word("one-spurious"))
			CHECK_EQUAL(taken, 0);
		CHECK(taken <= i + 1);
	}
	guest_print("taken without cause: %u of 100\n", taken);
	CHECK_EQUAL(expected, 0);
	/* And the next real one is not lost. */
	taken = 0;
	write_register(cntv_cval_el0, timer_now());
	write_register(cntv_ctl_el0, 1);
	WAIT_FOR(expected == 1);
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(taken, 1);
}
