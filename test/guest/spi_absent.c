/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SPI that is routed to a CPU that is not there stays pending, and comes once when it is routed to one that is; also if it was
 * routed away while active (IHI 0069 §12.9, GICD_IROUTER).
 */
#include "lib/guest.h"

enum { SPI = 70, ROUNDS = 20 };
static volatile u32 taken[2];
static volatile bool stop, send_away;
static const u64 absent[] = {7, 15, 0xff, 1 << 8, 0xff << 16, 1UL << 32};

static void route(u64 to) { write64(GICD + GICD_IROUTER + 8 * SPI, to); }

void irq(u32 intid)
{
	CHECK_EQUAL(intid, SPI);
	if (send_away)
		route(absent[taken[guest_cpu()] % ARRAY_COUNT(absent)]);
	taken[guest_cpu()]++;
}

static void listen(u64 unused)
{
	(void)unused;
	irq_unmask();
	while (!stop)
		asm volatile("yield");
}

static void check(u64 away, u32 cpu)
{
	u32 before = taken[cpu], other = taken[!cpu];

	route(away);
	gic_set_bit(0, SPI, GICD_ISPENDR);
	timer_sleep(1000);
	CHECK(gic_bit(0, SPI, GICD_ISPENDR));
	CHECK_EQUAL(taken[cpu], before);
	CHECK_EQUAL(taken[!cpu], other);
	route(cpu);
	WAIT_FOR(taken[cpu] == before + 1);
	timer_sleep(1000);
	CHECK_EQUAL(taken[cpu], before + 1);
	CHECK_EQUAL(taken[!cpu], other);
	/* The other CPU may not have ended it yet. */
	WAIT_FOR(!gic_bit(0, SPI, GICD_ISPENDR) && !gic_bit(0, SPI, GICD_ISACTIVER));
}

void test(void)
{
	gic_edge(0, SPI, true);
	gic_enable(0, SPI, 0x80);
	smp_start(1, listen, 0);
	irq_unmask();
	for (u32 round = 0; round < ROUNDS; round++) {
		send_away = round & 1;
		for (u32 i = 0; i < ARRAY_COUNT(absent); i++)
			check(absent[i], i & 1);
	}
	stop = true;
	smp_wait_off(1);
}
