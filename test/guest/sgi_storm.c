/* SPDX-License-Identifier: Apache-2.0 */
/* Four CPUs send SGIs to all others without end; each takes some, none more than were sent, and the last of each is not lost. */
#include "lib/guest.h"

enum { CPUS = 4, SGIS = 8 };
static volatile u32 taken[CPUS][SGIS], sent[CPUS][SGIS], last[CPUS];
static volatile u32 finished;

void irq(u32 intid)
{
	CHECK(intid < SGIS);
	taken[guest_cpu()][intid]++;
}

static void storm(u64 rounds)
{
	u32 me = guest_cpu();

	for (u32 intid = 0; intid < SGIS; intid++)
		gic_enable(me, intid, 0x80);
	irq_unmask();
	for (u64 round = 0; round < rounds; round++) {
		gic_sgi_others(round % SGIS);
		sent[me][round % SGIS]++;
	}
	last[me] = 1;
	while (!finished)
		asm volatile("yield");
}

static u32 sent_to(u32 cpu, u32 intid)
{
	u32 sum = 0;

	for (u32 from = 0; from < CPUS; from++)
		sum += from == cpu ? 0 : sent[from][intid];
	return sum;
}

static void check(void)
{
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		for (u32 intid = 0; intid < SGIS; intid++) {
			/* The lower ones go first, and an emulated CPU may be late. */
			WAIT_FOR(taken[cpu][intid] != 0);
			CHECK(taken[cpu][intid] <= sent_to(cpu, intid));
		}
}

void test(void)
{
	u64 rounds = guest_rounds(2000);
	u32 before;

	for (u32 intid = 0; intid < SGIS; intid++)
		gic_enable(0, intid, 0x80);
	irq_unmask();
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		smp_start(cpu, storm, rounds);
	for (u64 round = 0; round < rounds; round++) {
		gic_sgi_others(round % SGIS);
		sent[0][round % SGIS]++;
	}
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		WAIT_FOR(last[cpu]);
	timer_sleep(timer_milliseconds(1));
	check();
	/* After the storm one is one again. */
	for (u32 cpu = 1; cpu < CPUS; cpu++) {
		before = taken[cpu][1];
		gic_sgi(cpu, 1);
		WAIT_FOR(taken[cpu][1] == before + 1);
	}
	finished = 1;
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		smp_wait_off(cpu);
}
