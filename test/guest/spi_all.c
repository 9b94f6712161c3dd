/* SPDX-License-Identifier: Apache-2.0 */
/* All 256 SPIs and all SGIs pend at once, with mixed priorities: each is taken once, the highest first (IHI 0069 §4.8). */
#include "lib/guest.h"

enum { FIRST = 32, END = 288, SGIS = 16, COUNT = END - FIRST + SGIS, LEVELS = 30 };
static volatile u32 taken;
static u32 order[COUNT + 1], times[END], salt;

static u8 priority_of(u32 intid) { return (u8)((intid * 7 + salt) % LEVELS << 3); }

void irq(u32 intid)
{
	CHECK(intid < END && taken < COUNT);
	times[intid]++;
	order[taken++] = intid;
}

static void raise(void)
{
	irq_mask();
	taken = 0;
	for (u32 intid = 0; intid < END; intid++) {
		times[intid] = 0;
		if (intid >= SGIS && intid < FIRST)
			continue;
		if (intid >= FIRST)
			gic_edge(0, intid, true);
		gic_enable(0, intid, priority_of(intid));
		gic_set_bit(0, intid, GICD_ISPENDR);
	}
	dsb();
	timer_sleep(1000);
}

void test(void)
{
	u64 rounds = guest_rounds(5);

	for (salt = 0; salt < rounds; salt++) {
		raise();
		irq_unmask();
		WAIT_FOR(taken == COUNT);
		timer_sleep(timer_milliseconds(1) / 10);
		CHECK_EQUAL(taken, COUNT);
		for (u32 i = 0; i < COUNT; i++) {
			CHECK_EQUAL(times[order[i]], 1);
			if (i && priority_of(order[i]) < priority_of(order[i - 1]))
				guest_fail(__LINE__, "interrupt %u came behind %u", order[i], order[i - 1]);
		}
		CHECK_EQUAL(cpus[0].spurious, 0);
	}
}
