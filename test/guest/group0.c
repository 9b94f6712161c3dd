/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of group 0 are signalled as FIQ and acknowledged by IAR0; group 1 beside them as IRQ (IHI 0069
 * §4.6). */
#include "lib/guest.h"

static volatile u32 fiqs, irqs;

void fiq(void)
{
	u64 intid = read_register(s3_0_c12_c8_0); /* ICC_IAR0_EL1 */

	dsb();
	CHECK_EQUAL(intid, 2);
	fiqs++;
	write_register(s3_0_c12_c8_1, intid); /* ICC_EOIR0_EL1 */
	isb();
}

void irq(u32 intid)
{
	CHECK_EQUAL(intid, 1);
	irqs++;
}

void test(void)
{
	u64 group = gic_frame(0, 0) + GICD_IGROUPR;

	write32(GICD, read32(GICD) | 1);   /* EnableGrp0 */
	write_register(s3_0_c12_c12_6, 1); /* ICC_IGRPEN0_EL1 */
	isb();
	gic_enable(0, 1, 0x80);
	gic_enable(0, 2, 0x40);
	write32(group, ~4u);
	CHECK_EQUAL(read32(group), ~4u);
	asm volatile("msr daifclr, #3");
	for (u32 i = 1; i <= 100; i++) {
		gic_set_bit(0, 2, GICD_ISPENDR);
		WAIT_FOR(fiqs == 2 * i - 1);
		gic_sgi(0, 1);
		WAIT_FOR(irqs == i);
		write_register(s3_0_c12_c11_7, 2 << 24 | 1); /* ICC_SGI0R_EL1 */
		isb();
		WAIT_FOR(fiqs == 2 * i);
	}
	/* ICC_SGI1R does not raise an SGI of group 0 (IHI 0069, table 12-14). */
	gic_sgi(0, 2);
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(fiqs, 200);
	/* With FIQ masked IRQs pass, and the other way round. */
	asm volatile("msr daifset, #1");
	gic_set_bit(0, 2, GICD_ISPENDR);
	gic_sgi(0, 1);
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(fiqs, 200);
	asm volatile("msr daifclr, #1\n\tisb");
	WAIT_FOR(fiqs == 201 && irqs == 101);
	/* The group off: nothing, and pending stays. */
	write_register(s3_0_c12_c12_6, 0);
	isb();
	gic_set_bit(0, 2, GICD_ISPENDR);
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(fiqs, 201);
	CHECK(gic_bit(0, 2, GICD_ISPENDR));
	write_register(s3_0_c12_c12_6, 1);
	isb();
	WAIT_FOR(fiqs == 202);
	CHECK_EQUAL(cpus[0].spurious, 0);
}
