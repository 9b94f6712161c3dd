/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusives (and LSE atomics, where the ID registers show them) count right on two CPUs that trap all the
 * while. */
#include "lib/guest.h"

enum { ROUNDS = 20000 };
static volatile u32 lock;
static volatile u64 under_lock, by_exclusive, by_atomic;

static void take(void)
{
	u32 old, failed;

	do {
		asm volatile("ldaxr %w0, [%2]\n\tcbnz %w0, 1f\n\tstxr %w1, %w3, [%2]\n\tb "
		             "2f\n1:\tclrex\n\tmov %w1, #1\n2:"
		             : "=&r"(old), "=&r"(failed)
		             : "r"(&lock), "r"(1)
		             : "memory");
		if (failed)
			asm volatile("yield");
	} while (failed);
}

static void give(void) { asm volatile("stlr wzr, [%0]" ::"r"(&lock) : "memory"); }

static void add(volatile u64 *to)
{
	u64 value;
	u32 failed;

	do
		asm volatile("ldxr %0, [%2]\n\tadd %0, %0, #1\n\tstxr %w1, %0, [%2]"
		             : "=&r"(value), "=&r"(failed)
		             : "r"(to)
		             : "memory");
	while (failed);
}

static void work(u64 lse)
{
	mmu_on();
	for (u32 i = 0; i < ROUNDS; i++) {
		take();
		under_lock = under_lock + 1;
		give();
		add(&by_exclusive);
		if (lse)
			asm volatile(".arch_extension lse\n\tstadd %0, [%1]" ::"r"(1UL), "r"(&by_atomic)
			             : "memory");
		if (i % 256 == 0)
			psci_call(PSCI_VERSION, 0, 0, 0);
	}
}

void test(void)
{
	u64 lse = field_get(FIELD(23, 20), read_register(id_aa64isar0_el1)) >= 2;

	smp_start(1, work, lse);
	work(lse);
	smp_wait_off(1);
	CHECK_EQUAL(under_lock, 2 * ROUNDS);
	CHECK_EQUAL(by_exclusive, 2 * ROUNDS);
	CHECK_EQUAL(by_atomic, lse ? 2 * ROUNDS : 0);
}
