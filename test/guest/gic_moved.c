/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a CPU's interrupts are at goes where it goes: one is active and others wait behind it while the CPU leaves and comes
 * back, many times; then each is taken once, in its order.
 */
#include "lib/guest.h"

enum { ACTIVE = 3, WAITS = 5, SPI = 48, RESTS = 5, ROUNDS = 20 };
enum { PRIORITY_ACTIVE = 0xa0, PRIORITY_WAITS = 0xb0, PRIORITY_SPI = 0xc0, IDLE = 0xff };

void irq(u32 intid) { timer_rested(intid); }

static u64 running_priority(void) { return read_register(s3_0_c12_c11_3); }

static void take(u32 intid)
{
	CHECK_EQUAL(gic_acknowledge(), intid);
	gic_end(intid);
}

static void hold(u64 seed)
{
	u32 cpu = guest_cpu(), spi = SPI + 16 * cpu; /* another register of GICD_ICFGR */
	u64 rounds = guest_rounds(ROUNDS), priorities;

	(void)seed;
	gic_enable(cpu, ACTIVE, PRIORITY_ACTIVE);
	gic_enable(cpu, WAITS, PRIORITY_WAITS);
	gic_edge(cpu, spi, true);
	gic_enable(cpu, spi, PRIORITY_SPI);
	for (u64 round = 0; round < rounds; round++) {
		gic_sgi(cpu, ACTIVE);
		WAIT_FOR(gic_bit(cpu, ACTIVE, GICD_ISPENDR));
		CHECK_EQUAL(gic_acknowledge(), ACTIVE);
		gic_sgi(cpu, WAITS);
		gic_set_bit(cpu, spi, GICD_ISPENDR);
		priorities = read_register(s3_0_c12_c9_0);
		CHECK(priorities != 0);
		for (u32 rest = 0; rest < RESTS; rest++) {
			timer_rest(timer_milliseconds(1) / 4);
			CHECK_EQUAL(running_priority(), PRIORITY_ACTIVE);
			CHECK_EQUAL(read_register(s3_0_c12_c9_0), priorities);
			CHECK(gic_bit(cpu, ACTIVE, GICD_ISACTIVER) && !gic_bit(cpu, ACTIVE, GICD_ISPENDR));
			CHECK(gic_bit(cpu, WAITS, GICD_ISPENDR) && !gic_bit(cpu, WAITS, GICD_ISACTIVER));
			CHECK(gic_bit(cpu, spi, GICD_ISPENDR) && !gic_bit(cpu, spi, GICD_ISACTIVER));
			CHECK_EQUAL(gic_acknowledge(), GIC_SPURIOUS); /* masked by the active one */
		}
		gic_end(ACTIVE);
		take(WAITS);
		take(spi);
		CHECK_EQUAL(gic_acknowledge(), GIC_SPURIOUS);
		CHECK_EQUAL(running_priority(), IDLE);
	}
}

void test(void)
{
	smp_start(1, hold, 0);
	hold(0);
	smp_wait_off(1);
}
