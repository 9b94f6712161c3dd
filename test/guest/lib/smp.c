/* SPDX-License-Identifier: Apache-2.0 */
/* Other CPUs: on by PSCI, each with its stack; off when their main() returns. */
#include "lib/guest.h"

extern u8 vectors[], secondary[];
void smp_secondary(u64 context, u32 cpu);

void smp_secondary(u64 context, u32 cpu)
{
	first_words(cpu);
	write_register(vbar_el1, (u64)vectors);
	isb();
	cpus[cpu].index = cpu;
	cpus[cpu].expecting = false;
	gic_init_cpu();
	dsb();
	cpus[cpu].starts++;
	cpus[cpu].main(context);
	irq_mask();
	dsb();
	guest_fail(__LINE__, "CPU_OFF answered %ld", (long)psci_call(PSCI_CPU_OFF, 0, 0, 0));
}

s64 smp_try(u32 cpu, void (*main)(u64 context), u64 context)
{
	cpus[cpu].main = main;
	dsb();
	return psci_call(PSCI_CPU_ON, cpu, (u64)secondary, context);
}

void smp_start(u32 cpu, void (*main)(u64 context), u64 context)
{
	u32 before = cpus[cpu].starts;
	s64 answer = smp_try(cpu, main, context);

	if (answer != 0)
		guest_fail(__LINE__, "CPU_ON of CPU %u answered %ld", cpu, (long)answer);
	WAIT_FOR(cpus[cpu].starts != before);
}

s64 smp_state(u32 cpu) { return psci_call(PSCI_AFFINITY_INFO, cpu, 0, 0); }
/* It may have as many rounds to go as the boot word says. */
void smp_wait_off(u32 cpu) { WAIT_SECONDS(smp_state(cpu) == 1, 20 + tree_number("rounds")); }
