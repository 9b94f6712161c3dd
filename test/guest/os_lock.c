/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OS lock is each CPU's own, on at reset; the double lock, the claim tags and the registers that the lock opens can be
 * written with anything, and neither the other CPU nor the traps of this one change with it (Arm ARM H6, D19.3).
 */
#include "lib/guest.h"

#define OSLSR_OSLK BIT(1)
static volatile u32 step;

static bool locked(void) { return read_register(oslsr_el1) & OSLSR_OSLK; }

static void lock(bool on)
{
	write_register(oslar_el1, on);
	isb();
	CHECK_EQUAL(locked(), on && !tree_word("no-lock"));
}

/* Each is done, or undefined where the CPU or the hypervisor does not have it. */
static void write_anything(u64 value)
{
	static const u32 insns[] = {
		0xd5101380, /* MSR OSDLR_EL1, X0 */
		0xd5101480, /* DBGPRCR_EL1 */
		0xd5100640, /* OSECCR_EL1 */
		0xd5100040, /* OSDTRRX_EL1 */
		0xd5100340, /* OSDTRTX_EL1 */
		0xd5130400, /* DBGDTR_EL0 */
	};

	for (u32 i = 0; i < ARRAY_COUNT(insns); i++) {
		struct fault f = fault_execute(insns[i], value, NULL);

		if (f.taken)
			fault_check_undefined(__LINE__, &f);
	}
	fault_execute(0xd5101380, 0, NULL);
	write_register(dbgclaimset_el1, value);
	write_register(dbgclaimclr_el1, ~0UL);
	isb();
	CHECK_EQUAL(read_register(dbgclaimclr_el1), 0);
}

static void other(u64 unused)
{
	(void)unused;
	lock(false);
	for (u32 at = 1; at <= 100; at++) {
		WAIT_FOR(step >= at);
		CHECK(!locked());
	}
}

void test(void)
{
	smp_start(1, other, 0);
	for (u32 round = 1; round <= 100; round++) {
		lock(true);
		write_anything(round * 0x9e3779b97f4a7c15);
		psci_call(PSCI_VERSION, 0, 0, 0);
		lock(true);
		lock(false);
		step = round;
	}
	smp_wait_off(1);
}
