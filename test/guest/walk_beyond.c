/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage-1 table beyond the physical addresses that the CPU says it has (ID_AA64MMFR0_EL1.PARange): an address size fault
 * at the level of the entry that names it, level 0 if TTBR_EL1 does; within them, an external abort on the walk, at the
 * level of the table (Arm ARM D8.2.6).
 */
#include "lib/guest.h"

#define TCR_IPS  FIELD(34, 32)
#define TCR_T1SZ FIELD(21, 16)
#define TCR_EPD1 BIT(23)
#define TCR_TG1  FIELD(31, 30)
#define UPPER \
	(~0UL \
	 << 30) /* its last GiB: of the upper half whatever T1SZ is; the last entry of each table but level 2 */
enum { STATUS_WALK = 0x14 };

static u64 tables[3][512] __attribute__((aligned(4096))); /* of levels 0 to 2 */

/* Of a table at that address, which an entry of the level above names, or the register. */
static void check(u64 table, u64 level, bool named_by_register)
{
	u64 va = UPPER + 0x1238, value;
	u64 status = !(table >> guest_physical_bits()) ? STATUS_WALK + level
	             : named_by_register               ? 0
	                                               : level - 1;

	asm volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	struct fault f = fault_read64(va, &value);
	fault_check_status(__LINE__, &f, EC_DATA, va, status);
	CHECK(!(f.esr & ESR_WNR));
	f = fault_write8(va + 3, 1);
	fault_check_status(__LINE__, &f, EC_DATA, va + 3, status);
	CHECK(f.esr & ESR_WNR);
	f = fault_fetch(va);
	fault_check_status(__LINE__, &f, EC_FETCH, va, status);
}

/* The upper half begins at that level. */
static void begin_at(u64 level)
{
	u64 bits = 12 + 9 * (4 - level), tcr = read_register(tcr_el1) & ~TCR_EPD1;

	write_register(tcr_el1, field_set(field_set(tcr, TCR_TG1, 2), TCR_T1SZ, 64 - bits)); /* 4 KiB */
}

void test(void)
{
	static const u64 places[] = {1UL << 41, 1UL << 45, 1UL << 47, NOTHING};

	mmu_on();
	write_register(tcr_el1, field_set(read_register(tcr_el1), TCR_IPS, 5));
	for (u32 i = 0; i < ARRAY_COUNT(places); i++)
		for (u64 first = 0; first < 3; first++) {
			begin_at(first);
			write_register(ttbr1_el1, places[i]);
			check(places[i], first, true);
			write_register(ttbr1_el1, (u64)tables[first]);
			for (u64 level = first; level < 3; level++) {
				u64 *entry = &tables[level][level == 2 ? 0 : 511];

				*entry = places[i] | 3;
				check(places[i], level + 1, false);
				if (level < 2)
					*entry = (u64)tables[level + 1] | 3;
			}
		}
	guest_print("%lu bits of physical address\n", guest_physical_bits());
}
