/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual counter (Arm ARM D12). */
#include "lib/guest.h"

u64 timer_now(void)
{
	isb();
	return read_register(cntvct_el0);
}

u64 timer_frequency(void) { return read_register(cntfrq_el0); }
u64 timer_milliseconds(u64 count) { return count * timer_frequency() / 1000; }

volatile u32 timer_ticks[CPUS_MAX];

void timer_tick(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	/* From now on, not from the last: a slow host must not fall behind. */
	write_register(cntv_cval_el0, timer_now() + timer_milliseconds(1) / 2);
	isb();
	timer_ticks[guest_cpu()]++;
}

void timer_suspend(void)
{
	u32 before = timer_ticks[guest_cpu()];

	irq_mask();
	CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 0, 0, 0), 0);
	irq_unmask();
	WAIT_FOR(timer_ticks[guest_cpu()] != before);
}

static volatile u32 rests[CPUS_MAX];

void timer_rested(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	write_register(cntv_ctl_el0, 0);
	isb();
	rests[guest_cpu()]++;
}

void timer_rest(u64 ticks)
{
	u32 cpu = guest_cpu(), before = rests[cpu];

	gic_enable(cpu, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now() + ticks);
	write_register(cntv_ctl_el0, 1);
	isb();
	CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 0, 0, 0), 0);
	irq_unmask();
	WAIT_FOR(rests[cpu] != before);
	irq_mask();
}

void timer_sleep(u64 ticks)
{
	u64 until = timer_now() + ticks;

	while (timer_now() < until)
		asm volatile("yield");
}
