/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_SUSPEND to standby returns 0 when an interrupt pends, masked or not, and keeps the CPU's state (DEN0022
 * §5.4). */
#include "lib/guest.h"

static volatile u32 timers, wakes, rounds;

void irq(u32 intid)
{
	if (intid == TIMER_VIRTUAL) {
		write_register(cntv_ctl_el0, 0);
		isb();
		timers++;
	} else {
		wakes++;
	}
}

static void suspend(void) { CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 0, 0, 0), 0); }

static void sleeper(u64 unused)
{
	(void)unused;
	gic_enable(1, 2, 0x80);
	for (rounds = 0; rounds < 50; rounds++) {
		u32 before = wakes;

		while (wakes == before) {
			suspend();
			irq_unmask();
			irq_mask();
		}
	}
}

void test(void)
{
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	write_register(tpidr_el1, 0x1234567);
	for (u32 i = 1; i <= 20; i++) {
		u64 until = timer_now() + timer_milliseconds(2);

		write_register(cntv_cval_el0, until);
		write_register(cntv_ctl_el0, 1);
		while (!(read_register(cntv_ctl_el0) & 4))
			suspend();
		CHECK(timer_now() >= until);
		CHECK_EQUAL(timers, i - 1);
		suspend(); /* pending: at once */
		irq_unmask();
		WAIT_FOR(timers == i);
		irq_mask();
	}
	CHECK_EQUAL(read_register(tpidr_el1), 0x1234567);
	smp_start(1, sleeper, 0);
	for (u32 i = 0; i < 50; i++) {
		WAIT_FOR(rounds == i);
		timer_sleep(timer_milliseconds(1));
		CHECK_EQUAL(smp_state(1), 0);
		gic_sgi(1, 2);
		WAIT_FOR(rounds > i);
	}
	smp_wait_off(1);
}
