/* SPDX-License-Identifier: Apache-2.0 */
/* A branch to where nothing is: synchronous external abort of the fetch, ELR and FAR at the target, MMU off
 * and on. */
#include "lib/guest.h"

static void check(u64 address, u64 times)
{
	for (u64 i = 0; i < times; i++) {
		struct fault f = fault_fetch(address);

		fault_check_external(__LINE__, &f, EC_FETCH, address, false);
	}
}

void test(void)
{
	u64 ram_end = RAM_BASE + tree_memory_size();

	check(HOLE, 100);
	check(ram_end, 2);
	check(0x80000000, 2);
	check(NOTHING, 2);
	mmu_on();
	check(LOW_NORMAL + HOLE, 100);
	check(ram_end, 2);
	check(0x80000000, 2);
	check(NOTHING, 2);
}
