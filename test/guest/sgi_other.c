/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs between two CPUs, back and forth: each arrives once, where it was sent, whether the target sleeps or
 * not. */
#include "lib/guest.h"

enum { ROUNDS = 2000, PING = 3, PONG = 12 };
static volatile u32 pings, pongs, wrong;
static volatile bool stop;

void irq(u32 intid)
{
	u32 cpu = guest_cpu();

	if (cpu == 1 && intid == PING) {
		pings++;
		gic_sgi(0, PONG);
	} else if (cpu == 0 && intid == PONG) {
		pongs++;
	} else {
		wrong++;
	}
}

static void answer(u64 sleep)
{
	gic_enable(1, PING, 0x80);
	gic_enable(1, PONG, 0x80);
	gic_sgi(0, PONG);
	if (sleep) {
		while (!stop) {
			wfi();
			irq_unmask();
			irq_mask();
		}
		return;
	}
	irq_unmask();
	while (!stop)
		asm volatile("yield");
}

static void rounds(bool sleep)
{
	pings = pongs = 0;
	stop = false;
	smp_start(1, answer, sleep);
	WAIT_FOR(pongs == 1); /* it listens */
	for (u32 i = 1; i <= ROUNDS; i++) {
		gic_sgi(1, PING);
		WAIT_FOR(pongs == i + 1);
		CHECK_EQUAL(pings, i);
	}
	stop = true;
	gic_sgi(1, PING); /* it may sleep */
	smp_wait_off(1);
}

void test(void)
{
	gic_enable(0, PING, 0x80);
	gic_enable(0, PONG, 0x80);
	irq_unmask();
	rounds(false);
	rounds(true);
	/* A target list that names nobody, or only absent CPUs, is ignored. */
	write_register(s3_0_c12_c11_5, (u64)PONG << 24 | 0xff00);
	write_register(s3_0_c12_c11_5, (u64)PONG << 24);
	write_register(s3_0_c12_c11_5, (u64)PONG << 24 | 7 << 16 | 1);
	timer_sleep(timer_milliseconds(10));
	CHECK(pongs <= ROUNDS + 2);
	CHECK_EQUAL(wrong, 0);
	CHECK_EQUAL(cpus[0].spurious + cpus[1].spurious, 0);
}
