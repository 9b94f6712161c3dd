/* SPDX-License-Identifier: Apache-2.0 */
/* WFI ends for a pending interrupt, masked by DAIF or not, from a timer, from another CPU, or already there
 * (Arm ARM D1.6). */
#include "lib/guest.h"

enum { WAKE = 1, ROUNDS = 200 };
static volatile u32 timers, wakes, asleep, rounds;

void irq(u32 intid)
{
	if (intid == TIMER_VIRTUAL) {
		write_register(cntv_ctl_el0, 0);
		isb();
		timers++;
	} else if (guest_cpu() == 1) {
		wakes++;
	}
}

static void alarm(u64 ticks)
{
	write_register(cntv_cval_el0, timer_now() + ticks);
	write_register(cntv_ctl_el0, 1);
	isb();
}

/* CPU 1: sleeps until CPU 0 wakes it; nothing else is pending here. */
static void sleeper(u64 unused)
{
	(void)unused;
	gic_enable(1, WAKE, 0x80);
	for (rounds = 0; rounds < ROUNDS;) {
		u32 before = wakes;

		asleep = rounds + 1;
		while (wakes == before) {
			wfi();
			irq_unmask();
			irq_mask();
		}
		rounds++;
	}
}

void test(void)
{
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	/* Masked: WFI ends, the interrupt stays pending until it is unmasked. */
	for (u32 i = 1; i <= 50; i++) {
		u64 until = timer_now() + timer_milliseconds(1);

		alarm(timer_milliseconds(1));
		while (!(read_register(cntv_ctl_el0) & 4))
			wfi();
		CHECK(timer_now() >= until);
		CHECK_EQUAL(timers, i - 1);
		wfi(); /* it is pending: returns at once */
		wfi();
		irq_unmask();
		WAIT_FOR(timers == i);
		irq_mask();
	}
	/* Unmasked: taken by the WFI. */
	irq_unmask();
	for (u32 i = 51; i <= 100; i++) {
		alarm(timer_milliseconds(1));
		while (timers < i)
			wfi();
		CHECK_EQUAL(timers, i);
	}
	/* With a short deadline the interrupt may come before the WFI: masked, it is never missed. */
	irq_mask();
	for (u32 i = 101; i <= 400; i++) {
		alarm(i - 101);
		while (!(read_register(cntv_ctl_el0) & 4))
			wfi();
		irq_unmask();
		WAIT_FOR(timers == i);
		irq_mask();
	}
	smp_start(1, sleeper, 0);
	for (u32 i = 1; i <= ROUNDS; i++) {
		WAIT_FOR(asleep == i);
		if (i % 4 == 0)
			timer_sleep(timer_milliseconds(1)); /* surely asleep */
		gic_sgi(1, WAKE);
		WAIT_FOR(rounds == i);
	}
	smp_wait_off(1);
}
