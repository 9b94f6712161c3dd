/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves its timer every 100 us, periods=N times, and says after each that it is over: SMCCC_VERSION, which
 * host/interference.py counts by. The boot word `sleeps`: it waits in WFI, else it spins.
 */
#include "lib/guest.h"

enum { PERIODS_IN_A_SECOND = 10000, SETTLE_MS = 20 };

static volatile bool ticked;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	write_register(cntv_ctl_el0, 0);
	isb();
	ticked = true;
}

/* The next tick is a period after this call, and there is one at most: a victim that is late has none twice. */
static void wait_for_tick(void)
{
	ticked = false;
	write_register(cntv_cval_el0, timer_now() + timer_frequency() / PERIODS_IN_A_SECOND);
	write_register(cntv_ctl_el0, 1);
	if (!tree_word("sleeps")) {
		while (!ticked)
			asm volatile("yield");
		return;
	}
	irq_mask();
	while (!ticked) {
		wfi();
		irq_unmask();
		irq_mask();
	}
	irq_unmask();
}

void test(void)
{
	u64 periods = tree_number("periods");

	timer_sleep(timer_milliseconds(SETTLE_MS)); /* the others have started by then */
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	irq_unmask();
	for (u64 i = 0; i <= periods; i++) {
		wait_for_tick();
		CHECK(psci_call(SMCCC_VERSION, 0, 0, 0) > 0);
	}
	irq_mask();
}
