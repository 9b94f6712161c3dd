/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of software at EL0 and EL1, and the bits of PSTATE that newer architectures have, are each CPU's own, over calls,
 * emulated accesses, interrupts and CPU_SUSPEND.
 */
#include "lib/guest.h"

enum { ROUNDS = 100 };
#define PATTERNS(X)    \
	X(tpidr_el0)   \
	X(tpidrro_el0) \
	X(tpidr_el1) X(sp_el0) X(contextidr_el1) X(far_el1) X(mair_el1) X(amair_el1) X(ttbr1_el1) X(par_el1)
#define PSTATE_DIT  BIT(24)
#define PSTATE_SSBS BIT(12)
#define PSTATE_PAN  BIT(22)
#define PSTATE_UAO  BIT(23)

void irq(u32 intid) { timer_rested(intid); }

static void trap(void)
{
	u64 words[2];

	psci_call(PSCI_VERSION, 0, 0, 0);
	read32(GICD + GICD_TYPER);
	asm volatile("ldp %w0, %w1, [%2]" : "=&r"(words[0]), "=&r"(words[1]) : "r"(PL011 + 0xfe0) : "memory");
	timer_rest(timer_milliseconds(1) / 8);
}

/* PSTATE's bits that this CPU has, turned on and off by the seed. */
static void check_state(u64 seed)
{
	u64 has = (read_register(s3_0_c0_c4_0) >> 48 & 15 ? PSTATE_DIT : 0) |
	          (read_register(s3_0_c0_c4_1) >> 4 & 15 ? PSTATE_SSBS : 0) |
	          (read_register(s3_0_c0_c7_1) >> 20 & 15 ? PSTATE_PAN : 0) |
	          (read_register(s3_0_c0_c7_2) >> 4 & 15 ? PSTATE_UAO : 0);

	if (has & PSTATE_DIT)
		write_register(s3_3_c4_c2_5, seed & 1 ? PSTATE_DIT : 0);
	if (has & PSTATE_SSBS)
		write_register(s3_3_c4_c2_6, seed & 2 ? PSTATE_SSBS : 0);
	if (has & PSTATE_PAN)
		write_register(s3_0_c4_c2_3, seed & 4 ? PSTATE_PAN : 0);
	if (has & PSTATE_UAO)
		write_register(s3_0_c4_c2_4, seed & 8 ? PSTATE_UAO : 0);
	psci_call(PSCI_VERSION, 0, 0, 0);
	read32(GICD + GICD_TYPER);
	CHECK_EQUAL(has & PSTATE_DIT ? read_register(s3_3_c4_c2_5) : 0, seed & 1 ? has & PSTATE_DIT : 0);
	CHECK_EQUAL(has & PSTATE_SSBS ? read_register(s3_3_c4_c2_6) : 0, seed & 2 ? has & PSTATE_SSBS : 0);
	CHECK_EQUAL(has & PSTATE_PAN ? read_register(s3_0_c4_c2_3) : 0, seed & 4 ? has & PSTATE_PAN : 0);
	CHECK_EQUAL(has & PSTATE_UAO ? read_register(s3_0_c4_c2_4) : 0, seed & 8 ? has & PSTATE_UAO : 0);
}

static void work(u64 seed)
{
	u64 rounds = guest_rounds(ROUNDS);

	for (u64 round = 0; round < rounds; round++) {
#define X(name) u64 kept_##name;
		PATTERNS(X)
#undef X
#define X(name)                                                             \
	write_register(name, (seed + round) * 0x9e3779b97f4a7c15 & ~0xfUL); \
	kept_##name = read_register(name);
		PATTERNS(X)
#undef X
		trap();
#define X(name) CHECK_EQUAL(read_register(name), kept_##name);
		PATTERNS(X)
#undef X
		check_state(seed + round);
	}
}

void test(void)
{
	smp_start(1, work, guest_seed(1000003));
	work(guest_seed(5));
	smp_wait_off(1);
}
