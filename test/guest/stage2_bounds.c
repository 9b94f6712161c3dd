/* SPDX-License-Identifier: Apache-2.0 */
/* All of RAM answers, to its first and last byte, and nothing beside it does. */
#include "lib/guest.h"

static void check_byte(u64 at)
{
	u64 old, now;

	CHECK(!fault_read8(at, &old).taken);
	CHECK(!fault_write8(at, (u8)~old).taken);
	CHECK(!fault_read8(at, &now).taken);
	CHECK_EQUAL(now, (u8)~old);
	CHECK(!fault_write8(at, (u8)old).taken);
}

static void check_nothing(u64 at)
{
	u64 value;
	struct fault f = fault_read8(at, &value);

	fault_check_external(__LINE__, &f, EC_DATA, at, false);
	f = fault_write8(at, 0);
	fault_check_external(__LINE__, &f, EC_DATA, at, true);
}

/* An access half inside: it faults, and FAR is an address of it (Arm ARM D1.3.5). */
static void check_half(u64 at)
{
	u64 value;
	struct fault f = fault_read64(at, &value);

	if (!f.taken || field_get(ESR_EC, f.esr) != EC_DATA ||
	    field_get(ESR_STATUS, f.esr) != STATUS_EXTERNAL)
		guest_fail(__LINE__, "a load at 0x%lx: taken %u, ESR 0x%lx", at, f.taken, f.esr);
	CHECK(f.far >= at && f.far < at + 8);
	CHECK_EQUAL(f.elr, f.at);
	f = fault_write64(at, 0);
	CHECK(f.taken && (f.esr & ESR_WNR) && f.far >= at && f.far < at + 8);
}

static void check_all(u64 end)
{
	u64 value, pair[2];

	check_byte(RAM_BASE);
	check_byte(end - 1);
	check_nothing(end);
	check_nothing(RAM_BASE - 1);
	CHECK(!fault_read64(RAM_BASE, &value).taken);
	CHECK(!fault_read64(end - 8, &value).taken);
	CHECK(!fault_write64(end - 8, value).taken);
	asm volatile("ldp %0, %1, [%2]" : "=&r"(pair[0]), "=&r"(pair[1]) : "r"(end - 16) : "memory");
	for (u64 at = RAM_BASE; at < end; at += 4096)
		if (fault_read64(at, &value).taken || fault_write64(at + 8, read64(at + 8)).taken)
			guest_fail(__LINE__, "RAM faults in the page 0x%lx", at);
}

void test(void)
{
	u64 end = RAM_BASE + tree_memory_size();

	guest_print("RAM 0x%lx..0x%lx\n", RAM_BASE, end);
	CHECK(tree_memory_size() >= 16 * MIB && is_aligned(end, 2 * MIB));
	check_all(end);
	mmu_on();
	check_all(end);
	for (u64 n = 1; n < 8; n++) {
		check_half(end - n);
		check_half(LOW_NORMAL + RAM_BASE - n);
	}
}
