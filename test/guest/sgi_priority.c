/* SPDX-License-Identifier: Apache-2.0 */
/* Pending interrupts are taken in the order of priority, those that PMR masks wait; RPR and HPPIR tell the
 * same. */
#include "lib/guest.h"

static volatile u32 count;
static u32 order[64];

static u8 priority_of(u32 intid) { return (u8)(((intid * 7 + 3) % 16) << 3); } /* all different, 0..0x78 */

void irq(u32 intid)
{
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), priority_of(intid)); /* ICC_RPR_EL1 */
	order[count++] = intid;
}

static void check_order(u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		CHECK_EQUAL(priority_of(order[i]), i % 16 << 3);
}

void test(void)
{
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), 0xff); /* idle */
	for (u32 n = 0; n < 16; n++)
		gic_enable(0, n, priority_of(n));
	for (u32 n = 0; n < 16; n++)
		gic_sgi(0, n);
	irq_unmask();
	WAIT_FOR(count == 16);
	check_order(0, 16);
	/* Unmasked in four steps by PMR: a priority passes if it is lower than PMR. */
	irq_mask();
	write_register(s3_0_c4_c6_0, 0);
	isb();
	for (u32 n = 0; n < 16; n++)
		gic_sgi(0, n);
	irq_unmask();
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(count, 16);
	for (u32 step = 1; step <= 4; step++) {
		write_register(s3_0_c4_c6_0, step * 0x20);
		isb();
		WAIT_FOR(count == 16 + 4 * step);
		timer_sleep(timer_milliseconds(2));
		CHECK_EQUAL(count, 16 + 4 * step);
	}
	check_order(16, 32);
	/* The most urgent pending one, and none. */
	irq_mask();
	gic_sgi(0, 4);
	gic_sgi(0, 9);
	dsb();
	CHECK_EQUAL(read_register(s3_0_c12_c12_2),
	            priority_of(4) < priority_of(9) ? 4 : 9); /* ICC_HPPIR1_EL1 */
	irq_unmask();
	WAIT_FOR(count == 34);
	CHECK_EQUAL(read_register(s3_0_c12_c12_2), GIC_SPURIOUS);
	CHECK_EQUAL(gic_acknowledge(), GIC_SPURIOUS);
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), 0xff);
	CHECK_EQUAL(cpus[0].spurious, 0);
}
