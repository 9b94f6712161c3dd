/* SPDX-License-Identifier: Apache-2.0 */
/* ICC_SGI1R_EL1.IRM reaches all CPUs but the sender; a target list reaches exactly the listed ones (IHI
 * 0069, 12.2). */
#include "lib/guest.h"

enum { ALL = 4, SOME = 5, ROUNDS = 100 };
static volatile u32 taken[CPUS_MAX][2];
static volatile bool stop;

void irq(u32 intid) { taken[guest_cpu()][intid == SOME]++; }

static void listen(u64 unused)
{
	u32 cpu = guest_cpu();

	(void)unused;
	gic_enable(cpu, ALL, 0x80);
	gic_enable(cpu, SOME, 0x80);
	irq_unmask();
	gic_sgi(cpu, ALL);
	while (!stop)
		asm volatile("yield");
}

static void expect(u32 column, const u32 *want)
{
	for (u32 cpu = 0; cpu < 4; cpu++)
		WAIT_FOR(taken[cpu][column] >= want[cpu]);
	for (u32 cpu = 0; cpu < 4; cpu++)
		CHECK_EQUAL(taken[cpu][column], want[cpu]);
}

void test(void)
{
	u32 all[4] = {0, 1, 1, 1}, some[4] = {0};

	CHECK_EQUAL(tree_cpu_count(), 4);
	gic_enable(0, ALL, 0x80);
	gic_enable(0, SOME, 0x80);
	irq_unmask();
	for (u32 cpu = 1; cpu < 4; cpu++)
		smp_start(cpu, listen, 0);
	expect(0, all); /* all listen */
	for (u32 round = 0; round < ROUNDS; round++) {
		gic_sgi_others(ALL);
		for (u32 cpu = 1; cpu < 4; cpu++)
			all[cpu]++;
		expect(0, all);
	}
	for (u32 list = 1; list < 16; list++) {
		write_register(s3_0_c12_c11_5, (u64)SOME << 24 | list);
		for (u32 cpu = 0; cpu < 4; cpu++)
			some[cpu] += list >> cpu & 1;
		expect(1, some);
	}
	timer_sleep(timer_milliseconds(10));
	expect(0, all);
	expect(1, some);
	stop = true;
	for (u32 cpu = 1; cpu < 4; cpu++)
		smp_wait_off(cpu);
}
