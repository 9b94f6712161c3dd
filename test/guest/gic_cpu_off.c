/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU goes off with one interrupt active and one pending: the redistributor keeps both, and when it comes on again the pending
 * one is taken once, and the active one only after it has been deactivated (IHI 0069 §11: the CPU interface alone is reset).
 */
#include "lib/guest.h"

enum { PENDING = 2, ACTIVE = 3, ROUNDS = 10 };
static volatile u32 taken[16];
static volatile bool leave, proceed;

void irq(u32 intid) { taken[intid]++; }

static void die(u64 unused)
{
	(void)unused;
	gic_enable(1, PENDING, 0x80);
	gic_enable(1, ACTIVE, 0x80);
	gic_sgi(1, ACTIVE);
	WAIT_FOR(gic_bit(1, ACTIVE, GICD_ISPENDR));
	CHECK_EQUAL(gic_acknowledge(), ACTIVE);
	gic_sgi(1, PENDING);
}

static void live(u64 unused)
{
	(void)unused;
	CHECK(gic_bit(1, PENDING, GICD_ISPENDR));
	CHECK(gic_bit(1, ACTIVE, GICD_ISACTIVER));
	irq_unmask();
	WAIT_FOR(taken[PENDING] == 1);
	gic_set_bit(1, ACTIVE, GICD_ISPENDR);
	timer_sleep(1000);
	CHECK_EQUAL(taken[ACTIVE], 0);
	gic_set_bit(1, ACTIVE, GICD_ICACTIVER);
	WAIT_FOR(taken[ACTIVE] == 1);
	timer_sleep(1000);
	irq_mask();
	CHECK_EQUAL(taken[PENDING], 1);
	CHECK_EQUAL(taken[ACTIVE], 1);
	CHECK_EQUAL(read32(gic_frame(1, 0) + GICD_ISACTIVER), 0);
	taken[PENDING] = taken[ACTIVE] = 0;
}

void test(void)
{
	u64 rounds = guest_rounds(ROUNDS);

	for (u64 round = 0; round < rounds; round++) {
		smp_start(1, die, 0);
		smp_wait_off(1);
		smp_start(1, live, 0);
		smp_wait_off(1);
	}
}
