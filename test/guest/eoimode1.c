/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EOImode 1: EOIR drops the priority, DIR deactivates; between the two an interrupt is active and cannot
 * come again, though any number of others may. DIR in any order, also of what is not active (IHI 0069 §4.5).
 */
#include "lib/guest.h"

enum { COUNT = 16 };
static volatile u32 taken, times[32];
static bool at_once;

void irq(u32 intid)
{
	times[intid]++;
	taken++;
	gic_end(intid);
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), 0xff);
	CHECK(gic_bit(0, intid, GICD_ISACTIVER));
	if (at_once) {
		gic_deactivate(intid);
		CHECK(!gic_bit(0, intid, GICD_ISACTIVER));
	}
}

static u32 active(void) { return read32(gic_frame(0, 0) + GICD_ISACTIVER); }

/* All 16 are taken and stay active, then are deactivated in an order that `step` scrambles. */
static void run(u32 step, bool again)
{
	u32 want = 0xffff;

	taken = 0;
	for (u32 n = 0; n < COUNT; n++) {
		times[n] = 0;
		gic_sgi(0, n);
	}
	WAIT_FOR(taken == COUNT);
	CHECK_EQUAL(active(), want);
	for (u32 n = 0; again && n < COUNT; n++)
		gic_sgi(0, n);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(taken, COUNT);
	CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISPENDR), again ? 0xffff : 0);
	for (u32 i = 0; i < COUNT; i++) {
		u32 n = (i * step + 3) % COUNT;

		gic_deactivate(n);
		if (again) {
			WAIT_FOR(times[n] == 2); /* pending again: taken, and active again */
			CHECK_EQUAL(active(), 0xffff);
			continue;
		}
		want &= ~(1u << n);
		CHECK_EQUAL(active(), want);
		gic_deactivate(n); /* of an inactive one: nothing */
		CHECK_EQUAL(active(), want);
	}
	for (u32 n = 0; again && n < COUNT; n++)
		gic_deactivate(n);
	CHECK_EQUAL(active(), 0);
	for (u32 n = 0; n < COUNT; n++)
		CHECK_EQUAL(times[n], again ? 2 : 1);
}

void test(void)
{
	cpus[0].no_end = true;
	write_register(s3_0_c12_c12_4, 2); /* ICC_CTLR_EL1.EOImode */
	isb();
	CHECK(read_register(s3_0_c12_c12_4) & 2);
	for (u32 n = 0; n < COUNT; n++)
		gic_enable(0, n, (u8)(n * 8));
	irq_unmask();
	for (u32 step = 1; step < 16; step += 2) {
		run(step, false);
		run(step, true);
	}
	at_once = true;
	taken = 0;
	for (u32 i = 1; i <= 1000; i++) {
		gic_sgi(0, i % COUNT);
		WAIT_FOR(taken == i);
	}
	CHECK_EQUAL(active(), 0);
	CHECK_EQUAL(cpus[0].spurious, 0);
}
