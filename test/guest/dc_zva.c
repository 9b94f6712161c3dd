/* SPDX-License-Identifier: Apache-2.0 */
/* DC ZVA zeroes its block and no byte more, at EL1 and EL0; where no memory is it is an external abort. */
#include "lib/guest.h"

static u8 area[8192] __attribute__((aligned(2048)));
static u8 stack[256] __attribute__((aligned(16)));

static void user(u64 at) { asm volatile("dc zva, %0\n\tsvc #0" ::"r"(at) : "memory"); }

static void check(u64 size, u64 offset, bool el0)
{
	u64 shift = USER_RAM - RAM_BASE;

	for (u32 i = 0; i < sizeof(area); i++)
		area[i] = (u8)(i | 1);
	asm volatile("" ::: "memory");
	if (el0)
		guest_run_el0((u64)user + shift, (u64)area + offset + shift,
		              (u64)stack + sizeof(stack) + shift);
	else
		asm volatile("dc zva, %0" ::"r"(area + offset) : "memory");
	for (u32 i = 0; i < sizeof(area); i++)
		if (area[i] != (align_down(i, size) == align_down(offset, size) ? 0 : (u8)(i | 1)))
			guest_fail(__LINE__, "byte %u is 0x%x after DC ZVA at %lu", i, area[i], offset);
}

static struct fault zero(u64 address)
{
	u64 at;

	fault_expect();
	asm volatile("adr %0, 1f\n1:\tdc zva, %1" : "=&r"(at) : "r"(address) : "memory");
	return fault_result(at);
}

void test(void)
{
	u64 id = read_register(dczid_el0), size = 4UL << (id & 15);
	struct fault f = zero((u64)area); /* the MMU is off: Device memory */

	guest_print("DCZID_EL0 0x%lx\n", id);
	CHECK(!(id & BIT(4)) && size <= 2048);
	/* QEMU lets it pass. */
	CHECK(!f.taken || (f.elr == f.at && field_get(ESR_EC, f.esr) == EC_DATA));
	CHECK(!f.taken || field_get(ESR_STATUS, f.esr) == STATUS_ALIGNMENT);
	mmu_on();
	for (u64 offset = size; offset < sizeof(area) - size; offset += 509) {
		check(size, offset, false);
		check(size, offset, true);
	}
	f = zero(NOTHING + 0x1000);
	CHECK(f.taken && f.elr == f.at && (f.esr & ESR_WNR));
	CHECK_EQUAL(field_get(ESR_EC, f.esr), EC_DATA);
	CHECK_EQUAL(field_get(ESR_STATUS, f.esr), STATUS_EXTERNAL);
	CHECK_EQUAL(align_down(f.far, size), NOTHING + 0x1000);
}
