/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU interface's registers as the bare board shows them: 5 bits of priority, EOImode, groups (IHI 0069 §12.2). */
#include "lib/guest.h"

static void check_registers(void)
{
	guest_print("ICC_CTLR 0x%lx SRE 0x%lx\n", read_register(s3_0_c12_c12_4), read_register(s3_0_c12_c12_5));
	CHECK_EQUAL(read_register(s3_0_c12_c12_5) & 7, 7); /* ICC_SRE_EL1: system registers, no bypass */
	write_register(s3_0_c12_c12_5, 0);
	isb();
	CHECK_EQUAL(read_register(s3_0_c12_c12_5) & 7, 7);
	for (u64 value = 0; value < 256; value++) {
		write_register(s3_0_c4_c6_0, value);
		CHECK_EQUAL(read_register(s3_0_c4_c6_0), value & 0xf8);
	}
	for (u64 value = 0; value < 8; value++) {
		write_register(s3_0_c12_c8_3, value);  /* ICC_BPR0_EL1 */
		write_register(s3_0_c12_c12_3, value); /* ICC_BPR1_EL1 */
		CHECK_EQUAL(read_register(s3_0_c12_c8_3), value < 2 ? 2 : value);
		CHECK_EQUAL(read_register(s3_0_c12_c12_3), value < 3 ? 3 : value);
	}
	CHECK_EQUAL(field_get(FIELD(10, 8), read_register(s3_0_c12_c12_4)), 4); /* ICC_CTLR_EL1.PRIbits */
	for (u64 value = 0; value < 4; value++) {
		write_register(s3_0_c12_c12_4, value);
		isb();
		CHECK_EQUAL(read_register(s3_0_c12_c12_4) & 3, value);
	}
	write_register(s3_0_c12_c12_4, 0);
	for (u64 value = 0; value < 2; value++) {
		write_register(s3_0_c12_c12_6, value);
		write_register(s3_0_c12_c12_7, value);
		CHECK_EQUAL(read_register(s3_0_c12_c12_6), value);
		CHECK_EQUAL(read_register(s3_0_c12_c12_7), value);
	}
	CHECK_EQUAL(read_register(s3_0_c12_c8_4), 0); /* ICC_AP0R0_EL1 */
	CHECK_EQUAL(read_register(s3_0_c12_c9_0), 0); /* ICC_AP1R0_EL1 */
}

static volatile u32 depth, order[4], next;
void irq(u32 intid)
{
	order[next++] = intid;
	if (intid == 3) {
		depth++;
		CHECK_EQUAL(read_register(s3_0_c12_c9_0), BIT(0x80 >> 3));
		gic_sgi(0, 4); /* 0x60: another group only while BPR1 is below 6 */
		irq_unmask();
		timer_sleep(timer_milliseconds(1));
		irq_mask();
		depth--;
	} else {
		order[next++] = depth;
	}
}

void test(void)
{
	check_registers();
	write_register(s3_0_c4_c6_0, 0xff);
	gic_enable(0, 3, 0x60 + 0x20);
	gic_enable(0, 4, 0x60);
	write_register(s3_0_c12_c12_3, 3);
	isb();
	irq_unmask();
	gic_sgi(0, 3);
	WAIT_FOR(next == 3);
	CHECK(order[0] == 3 && order[1] == 4 && order[2] == 1); /* preempted */
	/* BPR1 = 8 - 0: no preemption at all among group priorities that are equal. */
	write_register(s3_0_c12_c12_3, 7);
	isb();
	write8(gic_frame(0, 3) + GICD_IPRIORITYR + 4, 0x70);
	write8(gic_frame(0, 3) + GICD_IPRIORITYR + 3, 0x78);
	CHECK_EQUAL(read_register(s3_0_c12_c12_3), 7);
}
