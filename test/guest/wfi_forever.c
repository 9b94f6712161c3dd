/* SPDX-License-Identifier: Apache-2.0 */
/* WFI with all masked, nothing pending, nothing to come, on all CPUs but one: they stay on, and the VM ends when the one says so. */
#include "lib/guest.h"

static volatile bool asleep[CPUS_MAX];

static void sleeper(u64 unused)
{
	(void)unused;
	write_register(s3_0_c12_c12_7, 0); /* ICC_IGRPEN1_EL1 */
	isb();
	asleep[guest_cpu()] = true;
	for (;;)
		wfi();
}

void test(void)
{
	u32 count = tree_cpu_count();

	for (u32 cpu = 1; cpu < count; cpu++) {
		smp_start(cpu, sleeper, 0);
		WAIT_FOR(asleep[cpu]);
	}
	for (u32 round = 0; round < 20; round++) {
		timer_sleep(timer_milliseconds(1));
		for (u32 cpu = 1; cpu < count; cpu++)
			CHECK_EQUAL(smp_state(cpu), 0);
	}
}
