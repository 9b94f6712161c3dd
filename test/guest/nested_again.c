/* SPDX-License-Identifier: Apache-2.0 */
/* EOImode 0: an interrupt that pends again while active is taken again after its end, however deep it lies.
 */
#include "lib/guest.h"

enum { DEPTH = 12 };
static volatile u32 taken[16], depth;

static u8 priority_of(u32 intid) { return (u8)(0xf0 - intid * 8); }

void irq(u32 intid)
{
	taken[intid]++;
	if (taken[intid] > 1)
		return;
	depth++;
	if (depth < DEPTH) {
		gic_sgi(0, intid + 1);
		irq_unmask();
		WAIT_FOR(taken[DEPTH - 1] > 0);
		irq_mask();
	} else {
		/* All are active: all pend again; none may come before its end. */
		for (u32 n = 0; n < DEPTH; n++)
			gic_sgi(0, n);
		CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISPENDR), (1 << DEPTH) - 1);
		CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISACTIVER), (1 << DEPTH) - 1);
		irq_unmask();
		timer_sleep(timer_milliseconds(1));
		irq_mask();
		for (u32 n = 0; n < DEPTH; n++)
			CHECK_EQUAL(taken[n], 1);
	}
	depth--;
}

void test(void)
{
	for (u32 n = 0; n < DEPTH; n++)
		gic_enable(0, n, priority_of(n));
	for (u32 round = 0; round < 50; round++) {
		for (u32 n = 0; n < DEPTH; n++)
			taken[n] = 0;
		gic_sgi(0, 0);
		irq_unmask();
		for (u32 n = 0; n < DEPTH; n++)
			WAIT_FOR(taken[n] == 2);
		timer_sleep(timer_milliseconds(1));
		irq_mask();
		for (u32 n = 0; n < DEPTH; n++)
			CHECK_EQUAL(taken[n], 2);
		CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISPENDR), 0);
		CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISACTIVER), 0);
	}
	CHECK_EQUAL(cpus[0].spurious, 0);
}
