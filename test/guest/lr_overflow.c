/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 31 interrupts pend at once (a CPU has 4 list registers under QEMU): masked by PMR or by DAIF, then
 * let in, each is taken exactly once, in the order of priority.
 */
#include "lib/guest.h"

enum { COUNT = 31, LEFT_OUT = 16 }; /* five bits of priority have 31 levels that can be signalled */
static volatile u32 taken;
static u32 order[256];

static u8 priority_of(u32 intid, u32 salt)
{
	return (u8)((((intid < LEFT_OUT ? intid : intid - 1) * 12 + salt) % COUNT) << 3);
}

void irq(u32 intid)
{
	order[taken++] = intid;
	CHECK(taken <= COUNT);
}

static void raise(u32 salt)
{
	taken = 0;
	for (u32 n = 0; n < 32; n++)
		if (n != LEFT_OUT)
			gic_enable(0, n, priority_of(n, salt));
	for (u32 n = 0; n < 16; n++)
		gic_sgi(0, (n * 5 + salt) % 16);
	write32(gic_frame(0, 16) + GICD_ISPENDR, 0xfffe0000);
	dsb();
}

static void check(u32 salt)
{
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(taken, COUNT);
	for (u32 i = 0; i < COUNT; i++)
		if (priority_of(order[i], salt) != i << 3)
			guest_fail(__LINE__, "interrupt %u came as number %u", order[i], i);
	CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISPENDR), 0);
	CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISACTIVER), 0);
	CHECK_EQUAL(cpus[0].spurious, 0);
}

void test(void)
{
	for (u32 n = 16; n < 32; n++)
		gic_edge(0, n, n & 1);
	for (u32 salt = 0; salt < COUNT; salt++) {
		/* Masked by DAIF. */
		irq_mask();
		raise(salt);
		irq_unmask();
		WAIT_FOR(taken == COUNT);
		check(salt);
		/* Masked by PMR, let in one level at a time. */
		write_register(s3_0_c4_c6_0, 0);
		isb();
		raise(salt);
		CHECK_EQUAL(taken, 0);
		for (u32 pmr = 8; pmr <= 0xf8; pmr += 8) {
			write_register(s3_0_c4_c6_0, pmr);
			isb();
			WAIT_FOR(taken == pmr / 8);
		}
		check(salt);
		/* Disabled while pending: not taken until enabled again. */
		irq_mask();
		raise(salt);
		write32(gic_frame(0, 0) + GICD_ICENABLER, 0xffff00ff);
		WAIT_FOR(!(read32(gic_redist(0)) & 8));
		irq_unmask();
		WAIT_FOR(taken == 8);
		timer_sleep(timer_milliseconds(1));
		CHECK_EQUAL(taken, 8);
		CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISPENDR), 0xfffe00ff);
		taken = 0;
		write32(gic_frame(0, 0) + GICD_ICPENDR, 0xfffe00ff);
		write32(gic_frame(0, 0) + GICD_ISENABLER, ~0u);
		timer_sleep(timer_milliseconds(1));
		CHECK_EQUAL(taken, 0);
	}
}
