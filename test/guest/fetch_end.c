/* SPDX-License-Identifier: Apache-2.0 */
/* Execution that runs off the end of RAM aborts at the first address beyond it, after the last instruction; MMU off and on. */
#include "lib/guest.h"

static void check(u64 end)
{
	u64 at = end - 8, count = 0;
	struct fault f;

	write32(at, 0x91000400); /* ADD X0, X0, #1 */
	write32(at + 4, 0x91000400);
	asm volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb" ::"r"(at) : "memory");
	for (u32 round = 1; round < 50; round++) {
		fault_expect();
		register u64 x0 asm("x0") = count;
		asm volatile("blr %1" : "+r"(x0) : "r"(at) : "x30", "memory");
		count = x0;
		f = fault_result(end);
		fault_check_external(__LINE__, &f, EC_FETCH, end, false);
		CHECK_EQUAL(count, 2 * round);
	}
}

void test(void)
{
	check(RAM_BASE + tree_memory_size());
	mmu_on();
	check(RAM_BASE + tree_memory_size());
}
