/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All its CPUs are busy for the very stretch of time in which those of other VMs are: from second=S of the clock, which all
 * VMs share, for ms=N. Says how much of it each could not run (DEN0057A). Run by ../system/test_share.py.
 */
#include "lib/guest.h"

#define PLACE 0xc5000021UL
enum { TIME = 8, TIMER_MET = 4 };

static struct {
	u64 busy_us, lacked_us;
} found[CPUS_MAX];
static volatile u64 begin; /* by the counter */

void irq(u32 intid)
{
	if (intid == RTC_INTID) {
		write32(PL031 + RTC_ICR, 1);
		begin = timer_now() + timer_frequency();
	} else {
		CHECK_EQUAL(intid, TIMER_VIRTUAL);
		if (read_register(cntv_ctl_el0) &
		    TIMER_MET) /* else it is of a time that nobody waits for any more */
			write_register(cntv_ctl_el0, 0);
	}
	isb();
}

static u64 stolen(void) { return read64((u64)psci_call(PLACE, 0, 0, 0) + TIME); }

/* All VMs see a second begin at once: a second before they are busy, while nobody is. */
static void find_begin(void)
{
	gic_enable(0, RTC_INTID, 0x80);
	write32(PL031 + RTC_MR, (u32)tree_number("second") - 1);
	write32(PL031 + RTC_IMSC, 1);
	irq_mask();
	while (!begin) {
		wfi();
		irq_unmask();
		irq_mask();
	}
}

static void sleep_until(u64 when)
{
	gic_enable(guest_cpu(), TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, when);
	write_register(cntv_ctl_el0, 1);
	irq_mask();
	while (timer_now() < when) {
		wfi();
		irq_unmask();
		irq_mask();
	}
}

static void load(u64 unused)
{
	u64 end = begin + timer_milliseconds(tree_number("ms")), before = stolen();
	u32 cpu = guest_cpu();

	(void)unused;
	sleep_until(begin);
	while (timer_now() < end)
		asm volatile("nop");
	found[cpu].busy_us = (timer_now() - begin) * 1000 / timer_milliseconds(1);
	found[cpu].lacked_us = (stolen() - before) / 1000;
}

void test(void)
{
	find_begin();
	for (u32 cpu = 1; cpu < tree_cpu_count(); cpu++)
		smp_start(cpu, load, 0);
	load(0);
	for (u32 cpu = 1; cpu < tree_cpu_count(); cpu++)
		while (smp_state(cpu) != 1)
			sleep_until(timer_now() + timer_milliseconds(1));
	for (u32 cpu = 0; cpu < tree_cpu_count(); cpu++)
		guest_print("cpu %u was busy for %lu us, of which it lacked %lu\n", cpu, found[cpu].busy_us,
		            found[cpu].lacked_us);
}
