/* SPDX-License-Identifier: Apache-2.0 */
/* Pending and active state read and written by one CPU while the other runs with it (IHI 0069, GICR_ and
 * GICD_IS/IC registers). */
#include "lib/guest.h"

enum { SGI = 3, SPI = 77 };
static volatile u32 taken, step;
static volatile bool hold, stop;

void irq(u32 intid)
{
	CHECK_EQUAL(guest_cpu(), 1);
	CHECK(intid == SGI || intid == SPI);
	taken++;
	while (hold)
		asm volatile("yield");
}

static void listen(u64 unused)
{
	(void)unused;
	while (!stop) {
		irq_unmask();
		if (step == 1) { /* masked until CPU 0 says so */
			irq_mask();
			step = 2;
			WAIT_FOR(step == 3);
		}
	}
}

static void check(u32 intid)
{
	u32 before = taken;

	/* Active on CPU 1: seen from here; pending again behind it. */
	hold = true;
	gic_set_bit(1, intid, GICD_ISPENDR);
	WAIT_FOR(taken == before + 1);
	CHECK(gic_bit(1, intid, GICD_ISACTIVER));
	CHECK(!gic_bit(1, intid, GICD_ISPENDR));
	gic_set_bit(1, intid, GICD_ISPENDR);
	CHECK(gic_bit(1, intid, GICD_ISPENDR) && gic_bit(1, intid, GICD_ISACTIVER));
	gic_set_bit(1, intid, GICD_ICPENDR);
	CHECK(!gic_bit(1, intid, GICD_ISPENDR) && gic_bit(1, intid, GICD_ISACTIVER));
	hold = false;
	WAIT_FOR(!gic_bit(1, intid, GICD_ISACTIVER));
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(taken, before + 1);
	/* Pending on CPU 1, which masks: seen and withdrawn from here. */
	step = 1;
	WAIT_FOR(step == 2);
	gic_set_bit(1, intid, GICD_ISPENDR);
	CHECK(gic_bit(1, intid, GICD_ISPENDR) && !gic_bit(1, intid, GICD_ISACTIVER));
	gic_set_bit(1, intid, GICD_ICPENDR);
	CHECK(!gic_bit(1, intid, GICD_ISPENDR));
	/* Made active by hand, it cannot be signalled; inactive again, it is. */
	gic_set_bit(1, intid, GICD_ISACTIVER);
	CHECK(gic_bit(1, intid, GICD_ISACTIVER));
	gic_set_bit(1, intid, GICD_ISPENDR);
	step = 3;
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(taken, before + 1);
	CHECK(gic_bit(1, intid, GICD_ISPENDR));
	gic_set_bit(1, intid, GICD_ICACTIVER);
	WAIT_FOR(taken == before + 2);
	/* Disabled from here while pending there. */
	WAIT_FOR(!gic_bit(1, intid, GICD_ISACTIVER));
	gic_disable(1, intid);
	gic_set_bit(1, intid, GICD_ISPENDR);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(taken, before + 2);
	gic_set_bit(1, intid, GICD_ISENABLER);
	WAIT_FOR(taken == before + 3);
	WAIT_FOR(!gic_bit(1, intid, GICD_ISACTIVER));
	step = 0;
}

void test(void)
{
	smp_start(1, listen, 0);
	gic_enable(1, SGI, 0x80);
	gic_edge(1, SPI, true);
	gic_enable(1, SPI, 0x80);
	for (u32 round = 0; round < 20; round++) {
		check(SGI);
		check(SPI);
	}
	stop = true;
	smp_wait_off(1);
}
