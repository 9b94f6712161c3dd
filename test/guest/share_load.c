/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All its CPUs are busy for the same stretch of time as those of other VMs: from second=S of the clock, which all VMs
 * share, for ms=N. Says how much of it each could not run (DEN0057A). Run by ../system/test_share.py.
 */
#include "lib/guest.h"

#define PLACE 0xc5000021UL
enum { TIME = 8 };

static struct {
	u64 busy_us, lacked_us;
} found[CPUS_MAX];

void irq(u32 intid) { timer_tick(intid); }

static u64 stolen(void) { return read64((u64)psci_call(PLACE, 0, 0, 0) + TIME); }

static void load(u64 unused)
{
	u32 cpu = guest_cpu();

	(void)unused;
	gic_enable(cpu, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now());
	write_register(cntv_ctl_el0, 1);
	irq_unmask();
	while (read32(PL031 + RTC_DR) < tree_number("second"))
		timer_suspend();
	write_register(cntv_ctl_el0, 0);
	irq_mask();

	u64 begin = timer_now(), end = begin + timer_milliseconds(tree_number("ms")), before = stolen();
	while (timer_now() < end)
		asm volatile("nop");
	found[cpu].busy_us = (timer_now() - begin) * 1000 / timer_milliseconds(1);
	found[cpu].lacked_us = (stolen() - before) / 1000;
}

void test(void)
{
	for (u32 cpu = 1; cpu < tree_cpu_count(); cpu++)
		smp_start(cpu, load, 0);
	load(0);
	for (u32 cpu = 1; cpu < tree_cpu_count(); cpu++)
		smp_wait_off(cpu);
	for (u32 cpu = 0; cpu < tree_cpu_count(); cpu++)
		guest_print("cpu %u was busy for %lu us, of which it lacked %lu\n", cpu, found[cpu].busy_us,
		            found[cpu].lacked_us);
}
