/* SPDX-License-Identifier: Apache-2.0 */
/* SPIs pended by software, edge and level, go to the CPU that IROUTER names, once each; rerouted while
 * pending too. */
#include "lib/guest.h"

enum { FIRST = 40, LAST = 200, COUNT = LAST - FIRST + 1 };
static volatile u32 taken[CPUS_MAX][288], total[CPUS_MAX];
static volatile bool stop;

void irq(u32 intid)
{
	u32 cpu = guest_cpu();

	CHECK(intid >= FIRST && intid <= LAST);
	CHECK(gic_bit(0, intid, GICD_ISACTIVER));
	taken[cpu][intid]++;
	total[cpu]++;
}

static void listen(u64 unused)
{
	(void)unused;
	irq_unmask();
	while (!stop)
		asm volatile("yield");
}

static u64 all(void) { return total[0] + total[1]; }

/* Every SPI goes to the CPU of `owner(n)`; pended in bursts of a word or one by one. */
static void run(u32 salt, bool bursts)
{
	u64 before = all();

	for (u32 n = FIRST; n <= LAST; n++) {
		gic_edge(0, n, (n + salt) & 2);
		gic_enable((n ^ salt) & 1, n, (u8)((n + salt) % 30 << 3));
		taken[0][n] = taken[1][n] = 0;
	}
	if (bursts) {
		for (u32 word = FIRST / 32; word <= LAST / 32; word++)
			write32(GICD + GICD_ISPENDR + word * 4, word == FIRST / 32  ? 0xffffff00
			                                        : word == LAST / 32 ? 0x1ff
			                                                            : ~0u);
	} else {
		for (u32 n = FIRST; n <= LAST; n++)
			gic_set_bit(0, n, GICD_ISPENDR);
	}
	WAIT_FOR(all() == before + COUNT);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(all(), before + COUNT);
	for (u32 n = FIRST; n <= LAST; n++) {
		CHECK_EQUAL(taken[(n ^ salt) & 1][n], 1);
		CHECK_EQUAL(taken[~(n ^ salt) & 1][n], 0);
	}
}

/* CPU 0 masks; what pends for it is routed away, and CPU 1 takes it; withdrawn ones nobody takes. */
static void reroute(void)
{
	u64 before = all(), here = total[0];

	irq_mask();
	for (u32 n = 100; n < 132; n++) {
		gic_enable(0, n, 0x40);
		gic_set_bit(0, n, GICD_ISPENDR);
	}
	for (u32 n = 100; n < 116; n++)
		write64(GICD + GICD_IROUTER + 8 * n, 1);
	WAIT_FOR(all() == before + 16);
	for (u32 n = 116; n < 132; n++) {
		CHECK(gic_bit(0, n, GICD_ISPENDR));
		gic_set_bit(0, n, GICD_ICPENDR);
		CHECK(!gic_bit(0, n, GICD_ISPENDR));
	}
	irq_unmask();
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(all(), before + 16);
	CHECK_EQUAL(total[0], here);
}

/* IROUTER.Interrupt_Routing_Mode, where GICD_TYPER.No1N says that it exists: any one CPU takes it. */
static void any_cpu(void)
{
	u64 before = all();

	if (read32(GICD + GICD_TYPER) & BIT(25))
		return;
	for (u32 n = 40; n < 80; n++) {
		gic_enable(0, n, 0x80);
		write64(GICD + GICD_IROUTER + 8 * (u64)n, BIT(31));
		CHECK(read64(GICD + GICD_IROUTER + 8 * (u64)n) & BIT(31));
		gic_set_bit(0, n, GICD_ISPENDR);
	}
	WAIT_FOR(all() == before + 40);
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(all(), before + 40);
}

void test(void)
{
	smp_start(1, listen, 0);
	irq_unmask();
	for (u32 salt = 0; salt < 8; salt++) {
		run(salt, true);
		run(salt, false);
		reroute();
		any_cpu();
	}
	stop = true;
	smp_wait_off(1);
	CHECK_EQUAL(cpus[0].spurious + cpus[1].spurious, 0);
}
