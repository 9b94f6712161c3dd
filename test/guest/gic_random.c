/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CPU writes anything into its active priorities, its masks and its control; the other's running priority, mask and
 * interrupts are its own (IHI 0069 §12.2). Put back to zero, the first one's come again too.
 */
#include "lib/guest.h"

enum { SGI = 7, ROUNDS = 50, IDLE = 0xff };
static volatile u32 taken[2];
static volatile bool stop;
static u64 seed = 77;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, SGI);
	taken[guest_cpu()]++;
}

static u64 random(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed >> 32;
}

static void other(u64 unused)
{
	u64 control = read_register(s3_0_c12_c12_4);

	(void)unused;
	gic_enable(1, SGI, 0x80);
	write_register(s3_0_c4_c6_0, 0xf0);
	irq_unmask();
	while (!stop) {
		CHECK_EQUAL(read_register(s3_0_c12_c12_4), control);
		irq_mask();
		CHECK_EQUAL(read_register(s3_0_c12_c11_3), IDLE);
		irq_unmask();
		CHECK_EQUAL(read_register(s3_0_c4_c6_0), 0xf0);
		asm volatile("yield");
	}
}

static void write_anything(void)
{
	write_register(s3_0_c12_c8_4, random());  /* ICC_AP0R0_EL1 */
	write_register(s3_0_c12_c9_0, random());  /* ICC_AP1R0_EL1 */
	write_register(s3_0_c12_c12_4, random()); /* ICC_CTLR_EL1 */
	write_register(s3_0_c12_c8_3, random());  /* ICC_BPR0_EL1 */
	write_register(s3_0_c12_c12_3, random()); /* ICC_BPR1_EL1 */
	write_register(s3_0_c4_c6_0, random());   /* ICC_PMR_EL1 */
	isb();
}

void test(void)
{
	u32 before;

	gic_enable(0, SGI, 0x80);
	smp_start(1, other, 0);
	for (u32 round = 0; round < ROUNDS; round++) {
		irq_mask();
		write_anything();
		before = taken[1];
		gic_sgi(1, SGI);
		WAIT_FOR(taken[1] == before + 1);
		write_register(s3_0_c12_c8_4, 0);
		write_register(s3_0_c12_c9_0, 0);
		isb();
		gic_init_cpu();
		before = taken[0];
		gic_sgi(0, SGI);
		irq_unmask();
		WAIT_FOR(taken[0] == before + 1);
	}
	stop = true;
	smp_wait_off(1);
}
