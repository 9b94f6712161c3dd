/* SPDX-License-Identifier: Apache-2.0 */
/* The ID registers say the same on every CPU, after CPU_OFF and CPU_ON, and after SYSTEM_RESET; MPIDR_EL1 says who it is. */
#include "lib/guest.h"

#define MRS_ID(m, op2) (0xd5380000u | (m) << 8 | (op2) << 5)
enum {
	MARK = 0x7ff00000,
	HASH_SHIFT = 8,
	HASH_MASK = 0xfff
}; /* days in 2037: seconds pass in the low bits */
static u64 seen[64];

static u64 identify(u32 i)
{
	if (i == 5) /* MPIDR_EL1 differs, in its number alone */
		return read_register(mpidr_el1) - guest_cpu();
	return i == 0  ? read_register(midr_el1)
	       : i < 8 ? read_register(revidr_el1)
	               : guest_execute(MRS_ID(i / 8, i % 8), 0);
}

static void compare(u64 unused)
{
	(void)unused;
	for (u32 i = 0; i < 64; i++)
		if (identify(i) != seen[i])
			guest_fail(__LINE__, "s3_0_c0_c%u_%u is 0x%lx, not 0x%lx", i / 8, i % 8, identify(i),
			           seen[i]);
}

void test(void)
{
	u64 hash = 0, clock = read32(PL031 + RTC_DR);

	for (u32 i = 0; i < 64; i++) {
		seen[i] = identify(i);
		hash = (hash ^ seen[i]) * 0x9e3779b97f4a7c15;
	}
	hash = hash >> 32 & HASH_MASK;
	compare(0);
	for (u32 round = 0; round < 20; round++) {
		smp_start(1, compare, 0);
		smp_wait_off(1);
	}
	if (clock >= MARK) {
		CHECK_EQUAL((clock - MARK) >> HASH_SHIFT & HASH_MASK, hash);
		return;
	}
	write32(PL031 + RTC_LR, (u32)(MARK + (hash << HASH_SHIFT)));
	guest_fail(__LINE__, "SYSTEM_RESET answered %ld", (long)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0));
}
