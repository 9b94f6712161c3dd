/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends of interrupts that were not acknowledged, of special and absent INTIDs, twice and in the wrong order, and deactivation of
 * what is not active: afterwards nothing is active, and each interrupt is still taken once (IHI 0069 §4.1, §12.2: the CPU interface
 * may ignore them).
 */
#include "lib/guest.h"

enum { LOW = 4, HIGH = 5, SPI = 60, ROUNDS = 50 };
static volatile u32 taken[128], nested;

void irq(u32 intid)
{
	taken[intid]++;
	if (intid != LOW || !nested)
		return;
	nested = 0;
	gic_sgi(0, HIGH); /* preempts, and is ended behind LOW's back */
	irq_unmask();
	WAIT_FOR(taken[HIGH]);
	irq_mask();
	gic_end(LOW);
	gic_end(LOW); /* and once more by the runtime */
}

static void end_anything(void)
{
	static const u32 intids[] = {0,    LOW,  16,   27,   SPI,  287,  288,  1019,
	                             1020, 1021, 1022, 1023, 1024, 8191, 8192, 0xffffff};

	for (u32 i = 0; i < ARRAY_COUNT(intids); i++) {
		gic_end(intids[i]);
		gic_deactivate(intids[i]);
		write_register(s3_0_c12_c8_1, intids[i]); /* ICC_EOIR0_EL1 */
		isb();
	}
}

static void expect_one(u32 intid)
{
	u32 before = taken[intid];

	gic_set_bit(0, intid, GICD_ISPENDR);
	WAIT_FOR(taken[intid] != before);
	timer_sleep(100);
	CHECK_EQUAL(taken[intid], before + 1);
	CHECK(!gic_bit(0, intid, GICD_ISACTIVER));
}

void test(void)
{
	gic_edge(0, SPI, true);
	gic_enable(0, LOW, 0xa0);
	gic_enable(0, HIGH, 0x40);
	gic_enable(0, SPI, 0x80);
	irq_unmask();
	for (u32 round = 0; round < ROUNDS; round++) {
		end_anything();
		expect_one(LOW);
		expect_one(SPI);
		write_register(s3_0_c12_c12_4, 2); /* EOImode 1: DIR is known */
		isb();
		end_anything();
		write_register(s3_0_c12_c12_4, 0);
		isb();
		expect_one(HIGH);
		taken[HIGH] = 0;
		nested = 1;
		gic_sgi(0, LOW);
		WAIT_FOR(taken[HIGH] == 1);
		timer_sleep(100);
		for (u32 bank = 0; bank < 2; bank++)
			CHECK_EQUAL(read32(gic_frame(0, bank * 32) + GICD_ISACTIVER + bank * 4), 0);
		CHECK_EQUAL(read_register(s3_0_c12_c11_3), 0xff); /* ICC_RPR_EL1: idle */
	}
}
