/* SPDX-License-Identifier: Apache-2.0 */
/* WFE ends for SEVL, for another CPU's SEV, for the event stream and for a pending interrupt (Arm ARM D1.6).
 */
#include "lib/guest.h"

enum { ROUNDS = 1000 };
static volatile u32 question, reply;

static void replier(u64 unused)
{
	(void)unused;
	for (u32 i = 1; i <= ROUNDS; i++) {
		while (question != i)
			asm volatile("wfe" ::: "memory");
		reply = i;
		asm volatile("dsb sy\n\tsev" ::: "memory");
	}
}

void test(void)
{
	u64 start;

	for (u32 i = 0; i < 1000; i++)
		asm volatile("sevl\n\twfe" ::: "memory");
	/* The event stream: every 2^10 ticks (CNTKCTL_EL1.EVNTEN, EVNTI = 9). */
	write_register(cntkctl_el1, BIT(2) | 9 << 4);
	isb();
	start = timer_now();
	for (u32 i = 0; i < 100; i++)
		asm volatile("wfe" ::: "memory");
	CHECK(timer_now() - start < 20 * timer_frequency());
	smp_start(1, replier, 0);
	for (u32 i = 1; i <= ROUNDS; i++) {
		question = i;
		asm volatile("dsb sy\n\tsev" ::: "memory");
		while (reply != i)
			asm volatile("wfe" ::: "memory");
	}
	smp_wait_off(1);
	/* An interrupt that DAIF does not mask ends it too. */
	write_register(cntkctl_el1, 0);
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now() + timer_milliseconds(5));
	write_register(cntv_ctl_el0, 1);
	irq_unmask();
	WAIT_FOR(({
		asm volatile("wfe" ::: "memory");
		reply == 0;
	}));
}

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	write_register(cntv_ctl_el0, 0);
	isb();
	reply = 0;
}
