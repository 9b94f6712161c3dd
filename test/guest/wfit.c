/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WFIT and WFET end at their time at the latest, by the virtual counter, and WFIT for an interrupt before
 * (FEAT_WFxT, Arm ARM D1.6). Either may end early.
 */
#include "lib/guest.h"

#define WFIT(value) asm volatile("dsb sy\n\tmov x9, %0\n\t.inst 0xd5031029" ::"r"(value) : "x9", "memory")
#define WFET(value) asm volatile("dsb sy\n\tmov x9, %0\n\t.inst 0xd5031009" ::"r"(value) : "x9", "memory")
#define WFIT_X20(value) \
	asm volatile("dsb sy\n\tmov x20, %0\n\t.inst 0xd5031034" ::"r"(value) : "x20", "memory")
#define ISAR2_WFXT FIELD(3, 0)

static volatile u32 timers;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	write_register(cntv_ctl_el0, 0);
	isb();
	timers++;
}

void test(void)
{
	u64 until;

	if (!field_get(ISAR2_WFXT, read_register(s3_0_c0_c6_2))) {
		guest_print("no WFIT here\n");
		return;
	}
	for (u32 i = 0; i < 50; i++) {
		until = timer_now() + timer_milliseconds(1);
		while (timer_now() < until)
			WFIT(until);
		until = timer_now() + timer_milliseconds(1);
		while (timer_now() < until)
			WFIT_X20(until);
		until = timer_now() + timer_milliseconds(1);
		while (timer_now() < until)
			WFET(until);
		WFIT(0UL); /* long ago */
		WFET(0UL);
	}
	/* An interrupt comes first. */
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	until = timer_now() + 60 * timer_frequency();
	write_register(cntv_cval_el0, timer_now() + timer_milliseconds(2));
	write_register(cntv_ctl_el0, 1);
	isb();
	while (!(read_register(cntv_ctl_el0) & 4))
		WFIT(until);
	CHECK(timer_now() < until);
	irq_unmask();
	WAIT_FOR(timers == 1);
}
