/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While one CPU is on, the others may all be off, and come back. Then all go off at once: nothing is left that could ever run, so the
 * VM is off. Whoever watches sees that it ended by itself, after PASS.
 */
#include "lib/guest.h"

enum { CPUS = 4 };
static volatile u32 ready;
static volatile bool go;

static void come_and_go(u64 context) { (void)context; }

static void leave_together(u64 context)
{
	(void)context;
	ready++;
	while (!go)
		asm volatile("yield");
}

void test(void)
{
	CHECK_EQUAL(tree_cpu_count(), CPUS);
	for (u32 round = 0; round < 20; round++) {
		for (u32 cpu = 1; cpu < CPUS; cpu++)
			smp_start(cpu, come_and_go, 0);
		for (u32 cpu = 1; cpu < CPUS; cpu++)
			smp_wait_off(cpu);
	}
	for (u32 cpu = 1; cpu < CPUS; cpu++) {
		smp_start(cpu, leave_together, 0);
		WAIT_FOR(ready == cpu);
	}
	guest_print("PASS %s\n", guest_name);
	go = true;
	dsb();
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
	guest_fail(__LINE__, "CPU_OFF came back");
}
