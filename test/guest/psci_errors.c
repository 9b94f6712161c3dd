/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that cannot be met answer the right error and change nothing (DEN0022 §5.1, §5.6, §5.7). */
#include "lib/guest.h"

extern u8 secondary[];
static volatile bool stop;

static void wait(u64 unused)
{
	(void)unused;
	while (!stop)
		asm volatile("yield");
}

static s64 on(u64 mpidr, u64 entry) { return psci_call(PSCI_CPU_ON, mpidr, entry, 0); }

static void check_entry(void)
{
	const u64 bad[] = {0,       HOLE, PL011,    RAM_BASE - 4, RAM_BASE + tree_memory_size(),
	                   NOTHING, ~3UL, 1UL << 40};

	for (u32 i = 0; i < ARRAY_COUNT(bad); i++)
		if (on(1, bad[i]) != PSCI_INVALID_ADDRESS)
			guest_fail(__LINE__, "CPU_ON with the entry 0x%lx was not refused", bad[i]);
	CHECK_EQUAL(smp_state(1), 1);
}

void test(void)
{
	const u64 nobody[] = {2, 7, 15, 255, 1 << 8, 1 << 16, 1UL << 32, 0x100000001, ~0UL, 1UL << 63 | 1};
	u64 mpidr = read_register(mpidr_el1);

	CHECK_EQUAL(tree_cpu_count(), 2);
	CHECK_EQUAL(on(0, (u64)secondary), PSCI_ALREADY_ON);
	CHECK_EQUAL(mpidr & FIELD(39, 32), 0);
	CHECK_EQUAL(mpidr & FIELD(23, 0), 0);
	CHECK(mpidr & BIT(31));
	for (u32 i = 0; i < ARRAY_COUNT(nobody); i++) {
		if (on(nobody[i], (u64)secondary) != PSCI_INVALID_PARAMETERS)
			guest_fail(__LINE__, "CPU_ON of 0x%lx was not refused", nobody[i]);
		if (psci_call(PSCI_AFFINITY_INFO, nobody[i], 0, 0) != PSCI_INVALID_PARAMETERS)
			guest_fail(__LINE__, "AFFINITY_INFO of 0x%lx was answered", nobody[i]);
	}
	CHECK_EQUAL(smp_state(0), 0);
	CHECK_EQUAL(smp_state(1), 1);
	if (!tree_word("any-entry"))
		check_entry();
	smp_start(1, wait, 0);
	CHECK_EQUAL(on(1, (u64)secondary), PSCI_ALREADY_ON);
	CHECK_EQUAL(smp_state(1), 0);
	stop = true;
	smp_wait_off(1);
	/* SMC32 functions see the lower halves of their arguments. */
	if (!tree_word("wide-arguments")) {
		CHECK_EQUAL(psci_call(0x84000004, 1UL << 32, 1UL << 32, 0), 0);
		CHECK_EQUAL(psci_call(0x84000003, 0xffffffff00000000, (u64)secondary, 0), PSCI_ALREADY_ON);
	}
	/* Reserved bits of a power state (original format: bits 31:26, 23:17). */
	CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 1 << 20, 0, 0), PSCI_INVALID_PARAMETERS);
	CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, 1UL << 31, 0, 0), PSCI_INVALID_PARAMETERS);
}
