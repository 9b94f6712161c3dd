/* SPDX-License-Identifier: Apache-2.0 */
/* Each SGI that a CPU sends to itself is taken once; sent twice while pending, still once; and it can be
 * withdrawn. */
#include "lib/guest.h"

static volatile u32 taken[16];

void irq(u32 intid)
{
	CHECK(intid < 16);
	CHECK(gic_bit(0, intid, GICD_ISACTIVER));
	taken[intid]++;
}

void test(void)
{
	for (u32 n = 0; n < 16; n++)
		gic_enable(0, n, 0x80);
	irq_unmask();
	for (u32 round = 1; round <= 100; round++)
		for (u32 n = 0; n < 16; n++) {
			gic_sgi(0, n);
			WAIT_FOR(taken[n] == round);
		}
	irq_mask();
	gic_sgi(0, 5);
	gic_sgi(0, 5);
	CHECK(gic_bit(0, 5, GICD_ISPENDR));
	irq_unmask();
	WAIT_FOR(taken[5] == 101);
	/* Withdrawn, disabled, or of a group that is off: not taken. */
	irq_mask();
	gic_sgi(0, 6);
	gic_set_bit(0, 6, GICD_ICPENDR);
	CHECK(!gic_bit(0, 6, GICD_ISPENDR));
	gic_disable(0, 7);
	gic_sgi(0, 7);
	CHECK(gic_bit(0, 7, GICD_ISPENDR));
	irq_unmask();
	timer_sleep(timer_milliseconds(20));
	CHECK_EQUAL(taken[5], 101);
	CHECK_EQUAL(taken[6], 100);
	CHECK_EQUAL(taken[7], 100);
	gic_set_bit(0, 7, GICD_ISENABLER);
	WAIT_FOR(taken[7] == 101);
	for (u32 n = 0; n < 16; n++)
		CHECK(!gic_bit(0, n, GICD_ISACTIVER) && !gic_bit(0, n, GICD_ISPENDR));
	CHECK_EQUAL(cpus[0].spurious, 0);
}
