/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage-1 table where nothing is: external abort on the walk (Arm ARM D8.15). The exact level is
 * the bare board's answer; EL2 is not told the level and may say "not on a walk" (word any-walk).
 */
#include "lib/guest.h"

static void check(u32 line, const struct fault *f, u32 class, u64 address, u64 level)
{
	u64 status = field_get(ESR_STATUS, f->esr);

	if (!f->taken || field_get(ESR_EC, f->esr) != class || f->far != address)
		guest_fail(line, "taken %u, ESR 0x%lx, FAR 0x%lx", f->taken, f->esr, f->far);
	if (status != 0x14 + level &&
	    !(tree_word("any-walk") && (status == 0x10 || (status >= 0x14 && status < 0x18))))
		guest_fail(line, "status 0x%lx of a walk that fails at level %lu", status, level);
	/* WnR is not set for a walk that failed for a load, and the walk's own direction is a read. */
	CHECK(class == EC_FETCH || !(f->esr & ESR_WNR));
}

void test(void)
{
	static u64 level2[512] __attribute__((aligned(4096)));
	u64 *level1, at = 0x4000000000UL - GIB, value; /* the last entry but none of the 39-bit space */
	struct fault f;

	mmu_on();
	level1 = (u64 *)read_register(ttbr0_el1);
	/* A level-2 table, then a level-3 table, that is not memory. */
	level1[at / GIB] = NOTHING | 3;
	level2[0] = (NOTHING + 0x1000) | 3;
	level1[at / GIB - 1] = (u64)level2 | 3;
	dsb();
	f = fault_read64(at + 0x1238, &value);
	check(__LINE__, &f, EC_DATA, at + 0x1238, 2);
	f = fault_read64(at - GIB + 0x1238, &value);
	check(__LINE__, &f, EC_DATA, at - GIB + 0x1238, 3);
	f = fault_fetch(at + 0x4000);
	check(__LINE__, &f, EC_FETCH, at + 0x4000, 2);
	/* The machine goes on. */
	CHECK(!fault_read64(RAM_BASE, &value).taken);
}
