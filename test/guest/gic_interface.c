/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU interface's registers as the bare board shows them: 5 bits of priority, EOImode, groups (IHI 0069
 * §12.2). */
#include "lib/guest.h"

static void check_registers(void)
{
	guest_print("ICC_CTLR 0x%lx SRE 0x%lx\n", read_register(s3_0_c12_c12_4),
	            read_register(s3_0_c12_c12_5));
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

static volatile u32 inner, outer; /* how often 4 came inside the handler of 3, and after it */
static volatile bool inside;
static u64 active; /* ICC_AP1R0_EL1 while 3 is handled */

void irq(u32 intid)
{
	if (intid == 4) {
		inner += inside;
		outer += !inside;
		return;
	}
	CHECK_EQUAL(read_register(s3_0_c12_c9_0), active);
	inside = true;
	gic_sgi(0, 4);
	irq_unmask();
	timer_sleep(timer_milliseconds(1));
	irq_mask();
	inside = false;
}

/* 3 (priority 0x60) is preempted by 4 (0x20) only if BPR1 leaves them in different groups (IHI 0069 §4.8.2).
 */
static void check_preemption(u64 point, u64 active_bit, u32 want_inner)
{
	inner = outer = 0;
	active = BIT(active_bit);
	write_register(s3_0_c12_c12_3, point);
	isb();
	gic_sgi(0, 3);
	WAIT_FOR(inner + outer == 1);
	CHECK_EQUAL(inner, want_inner);
	CHECK_EQUAL(read_register(s3_0_c12_c9_0), 0);
}

void test(void)
{
	check_registers();
	write_register(s3_0_c4_c6_0, 0xff);
	gic_enable(0, 3, 0x60);
	gic_enable(0, 4, 0x20);
	irq_unmask();
	check_preemption(3, 0x60 >> 3, 1);
	check_preemption(6, 0x40 >> 3, 1);
	check_preemption(7, 0, 0);
	CHECK_EQUAL(cpus[0].spurious, 0);
}
