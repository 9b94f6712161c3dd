/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EOImode 0: handlers nest 16 deep, each interrupted by a more urgent interrupt, so that more are active
 * than there are list registers; every end returns to the right one, and all end inactive.
 */
#include "lib/guest.h"

static volatile u32 depth, deepest, taken;
static u32 stack[32];

static u8 priority_of(u32 intid) { return (u8)(0xf0 - intid * 8); }

static u32 active(void) { return read32(gic_frame(0, 0) + GICD_ISACTIVER); }

void irq(u32 intid)
{
	u32 want = 0;

	CHECK_EQUAL(intid, taken);
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), priority_of(intid));
	stack[depth++] = intid;
	taken++;
	if (depth > deepest)
		deepest = depth;
	for (u32 i = 0; i < depth; i++)
		want |= 1u << stack[i];
	CHECK_EQUAL(active(), want);
	if (intid < 15) {
		gic_sgi(0, intid + 1);
		irq_unmask();
		WAIT_FOR(taken >= 16);
		irq_mask();
	}
	depth--;
	CHECK_EQUAL(stack[depth], intid);
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), priority_of(intid));
}

static void run(void)
{
	depth = deepest = taken = 0;
	gic_sgi(0, 0);
	irq_unmask();
	WAIT_FOR(taken == 16 && depth == 0);
	CHECK_EQUAL(deepest, 16);
	CHECK_EQUAL(active(), 0);
	CHECK_EQUAL(read_register(s3_0_c12_c11_3), 0xff);
	irq_mask();
}

void test(void)
{
	for (u32 n = 0; n < 16; n++)
		gic_enable(0, n, priority_of(n));
	for (u32 round = 0; round < 50; round++)
		run();
	CHECK_EQUAL(cpus[0].spurious, 0);
}
