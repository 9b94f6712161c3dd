/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICD_CTLR's groups, ICC_IGRPEN1_EL1 and ICC_SRE_EL1 change while interrupts come: what pends meanwhile is kept and taken once;
 * affinity routing, one security state and the system registers stay (IHI 0069 §12.2, §12.9).
 */
#include "lib/guest.h"

enum { SGI = 9, ARE = 0x10, DS = 0x40, GROUP1 = 2 };
static volatile u32 taken;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, SGI);
	taken++;
}

static void expect(u32 count)
{
	timer_sleep(1000);
	CHECK_EQUAL(taken, count);
}

void test(void)
{
	u32 count = 0;

	gic_enable(0, SGI, 0x80);
	irq_unmask();
	for (u32 value = 0; value < 0x100; value++) {
		write32(GICD, 0);
		gic_sgi(0, SGI);
		expect(count);
		write32(GICD, value & ~(u32)GROUP1);
		CHECK_EQUAL(read32(GICD) & (ARE | DS), ARE | DS);
		expect(count);
		write32(GICD, value | GROUP1);
		expect(++count);
		write_register(s3_0_c12_c12_7, 0); /* ICC_IGRPEN1_EL1 */
		isb();
		gic_sgi(0, SGI);
		write_register(s3_0_c12_c12_5, value & 6); /* ICC_SRE_EL1 without SRE */
		isb();
		CHECK(read_register(s3_0_c12_c12_5) & 1);
		expect(count);
		write_register(s3_0_c12_c12_7, 1);
		isb();
		expect(++count);
	}
	CHECK_EQUAL(cpus[0].spurious, 0);
}
