/* SPDX-License-Identifier: Apache-2.0 */
/* A load from where nothing is: synchronous external abort at the instruction, MMU off and on (Arm ARM
 * D8.15). */
#include "lib/guest.h"

static void check(u64 address)
{
	u64 value;
	struct fault f = fault_read64(address, &value);

	fault_check_external(__LINE__, &f, EC_DATA, address, false);
	f = fault_read8(address + 3, &value);
	fault_check_external(__LINE__, &f, EC_DATA, address + 3, false);
}

/* Forms that EL2 gets no syndrome of the access for; none may move its base register. */
static void check_form(u64 address, u32 insn, const char *what)
{
	u64 base = 0;
	struct fault f = fault_execute(insn, address, &base);

	guest_print("%s\n", what);
	fault_check_external(__LINE__, &f, EC_DATA, address, false);
	CHECK_EQUAL(base, address);
}

static void check_all(u64 ram_end)
{
	const u64 nowhere[] = {HOLE,       HOLE + 0xfff8, RAM_BASE - 8,        ram_end, ram_end + 0x1ff8,
	                       0x80000000, NOTHING,       NOTHING + 0x3ffffff8};

	for (u32 i = 0; i < ARRAY_COUNT(nowhere); i++)
		check(nowhere[i]);
	for (u32 i = 0; i < 1000; i++)
		check(HOLE);
	check_form(NOTHING, 0xa9400801, "ldp x1, x2, [x0]");
	check_form(NOTHING, 0xf8408401, "ldr x1, [x0], #8");
	check_form(NOTHING, 0xa8c10801, "ldp x1, x2, [x0], #16");
	check_form(NOTHING, 0xc8dffc01, "ldar x1, [x0]");
	check_form(NOTHING, 0xc85f7c01, "ldxr x1, [x0]");
	check_form(NOTHING, 0x3840001f, "ldurb wzr, [x0]");
}

void test(void)
{
	u64 ram_end = RAM_BASE + tree_memory_size();

	check_all(ram_end);
	mmu_on();
	check_all(ram_end);
}
