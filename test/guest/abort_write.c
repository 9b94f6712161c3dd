/* SPDX-License-Identifier: Apache-2.0 */
/* A store to where nothing is: synchronous external abort at the instruction, WnR set, MMU off and on (Arm
 * ARM D8.15). */
#include "lib/guest.h"

static void check(u64 address)
{
	struct fault f = fault_write64(address, 0x1122334455667788);

	fault_check_external(__LINE__, &f, EC_DATA, address, true);
	f = fault_write8(address + 3, 0x99);
	fault_check_external(__LINE__, &f, EC_DATA, address + 3, true);
}

static void check_form(u64 address, u32 insn, const char *what)
{
	u64 base = 0;
	struct fault f = fault_execute(insn, address, &base);

	guest_print("%s\n", what);
	fault_check_external(__LINE__, &f, EC_DATA, address, true);
	CHECK_EQUAL(base, address);
}

static void check_all(u64 ram_end)
{
	const u64 nowhere[] = {HOLE,       HOLE + 0xfff8, RAM_BASE - 8,        ram_end, ram_end + 0x1ff8,
	                       0x80000000, NOTHING,       NOTHING + 0x3ffffff8};

	for (u32 i = 0; i < ARRAY_COUNT(nowhere); i++)
		check(nowhere[i]);
	check_form(NOTHING, 0xa9000801, "stp x1, x2, [x0]");
	check_form(NOTHING, 0xf8008401, "str x1, [x0], #8");
	check_form(NOTHING, 0xc89ffc01, "stlr x1, [x0]");
	check_form(NOTHING, 0xf800001f, "stur xzr, [x0]");
}

void test(void)
{
	u64 ram_end = RAM_BASE + tree_memory_size();

	check_all(ram_end);
	mmu_on();
	check_all(ram_end);
}
