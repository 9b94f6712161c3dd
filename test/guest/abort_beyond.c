/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1 leads beyond the physical addresses that the CPU says it has (ID_AA64MMFR0_EL1.PARange): an address size
 * fault at the level of the entry that did, level 0 with the MMU off; within them, an external abort (Arm ARM D8.2.6).
 */
#include "lib/guest.h"

#define LEAF    (1UL | BIT(10) | BIT(2) | FIELD(9, 8)) /* valid, accessed, Normal, inner shareable */
#define TCR_IPS FIELD(34, 32)

static u64 level2[512] __attribute__((aligned(4096))), level3[512] __attribute__((aligned(4096)));

static void check(u64 va, u64 output, u64 level)
{
	u64 status = output >> guest_physical_bits() ? level : STATUS_EXTERNAL, value;
	struct fault f = fault_read64(va, &value);

	fault_check_status(__LINE__, &f, EC_DATA, va, status);
	f = fault_write8(va + 3, 1);
	fault_check_status(__LINE__, &f, EC_DATA, va + 3, status);
	CHECK(f.esr & ESR_WNR);
	f = fault_fetch(va);
	fault_check_status(__LINE__, &f, EC_FETCH, va, status);
}

void test(void)
{
	static const u64 outputs[] = {1UL << 41, 1UL << 45, 1UL << 47, NOTHING};
	u64 *root;

	for (u32 i = 0; i < ARRAY_COUNT(outputs); i++)
		check(outputs[i], outputs[i], 0);
	mmu_on();
	root = (u64 *)read_register(ttbr0_el1);
	write_register(tcr_el1, field_set(read_register(tcr_el1), TCR_IPS, 5));
	for (u32 i = 0; i < ARRAY_COUNT(outputs); i++) {
		root[100] = outputs[i] | LEAF;
		root[101] = (u64)level2 | 3;
		level2[7] = outputs[i] | LEAF;
		level2[8] = (u64)level3 | 3;
		level3[9] = outputs[i] | LEAF | 2;
		asm volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
		check(100 * GIB + 0x1238, outputs[i], 1);
		check(101 * GIB + 7 * 2 * MIB + 0x1238, outputs[i], 2);
		check(101 * GIB + 8 * 2 * MIB + 9 * 4096 + 0x238, outputs[i], 3);
	}
	guest_print("%lu bits of physical address\n", guest_physical_bits());
}
