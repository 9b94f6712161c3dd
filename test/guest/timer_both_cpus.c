/* SPDX-License-Identifier: Apache-2.0 */
/* Both timers of both CPUs at once: each CPU takes its own interrupts, all of them. */
#include "lib/guest.h"

enum { TICKS = 200 };
static volatile u32 virtual_ticks[CPUS_MAX], physical_ticks[CPUS_MAX];

void irq(u32 intid)
{
	u32 cpu = guest_cpu();

	CHECK(intid == TIMER_VIRTUAL || intid == TIMER_PHYSICAL);
	if (intid == TIMER_VIRTUAL) {
		CHECK_EQUAL(read_register(cntv_ctl_el0), 5);
		write_register(cntv_cval_el0, read_register(cntv_cval_el0) + timer_milliseconds(1));
		if (++virtual_ticks[cpu] == TICKS)
			write_register(cntv_ctl_el0, 0);
	} else {
		CHECK_EQUAL(read_register(cntp_ctl_el0), 5);
		write_register(cntp_cval_el0, read_register(cntp_cval_el0) + timer_milliseconds(1));
		if (++physical_ticks[cpu] == TICKS)
			write_register(cntp_ctl_el0, 0);
	}
	isb();
}

static void tick(u64 unused)
{
	u32 cpu = guest_cpu();

	(void)unused;
	gic_enable(cpu, TIMER_VIRTUAL, 0x80);
	gic_enable(cpu, TIMER_PHYSICAL, 0x80);
	write_register(cntv_cval_el0, timer_now());
	write_register(cntp_cval_el0, read_register(cntpct_el0));
	write_register(cntv_ctl_el0, 1);
	write_register(cntp_ctl_el0, 1);
	irq_unmask();
	WAIT_FOR(virtual_ticks[cpu] == TICKS && physical_ticks[cpu] == TICKS);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(virtual_ticks[cpu] + physical_ticks[cpu], 2 * TICKS);
	CHECK_EQUAL(cpus[cpu].spurious, 0);
}

void test(void)
{
	smp_start(1, tick, 0);
	tick(0);
	smp_wait_off(1);
	CHECK_EQUAL(virtual_ticks[1] + physical_ticks[1], 2 * TICKS);
}
