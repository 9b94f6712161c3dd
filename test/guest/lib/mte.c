/* SPDX-License-Identifier: Apache-2.0 */
/* Memory with tags: stage 1 says so, addresses may carry a tag, and EL1 may store them (Arm ARM D10). */
#include "lib/guest.h"

#define MEMTAG      ".arch armv8.5-a+memtag\n\t"
#define MAIR_TAGGED 0xf004UL /* as mmu.c has it, but for attribute 1 */
#define TCR_TBI0    BIT(37)
#define SCTLR_TCF   FIELD(41, 40)
#define SCTLR_ATA   BIT(43)

void mte_on(u64 check)
{
	mmu_on();
	write_register(mair_el1, MAIR_TAGGED);
	write_register(tcr_el1, read_register(tcr_el1) | TCR_TBI0);
	asm volatile("isb\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	mte_check(check);
}

void mte_check(u64 how)
{
	u64 kept = read_register(sctlr_el1) & ~SCTLR_TCF;

	write_register(sctlr_el1, kept | SCTLR_ATA | field_put(SCTLR_TCF, how));
	isb();
}

void mte_set(u64 address) { asm volatile(MEMTAG "stg %0, [%0]" ::"r"(address) : "memory"); }

u64 mte_get(u64 address)
{
	u64 got = 0;

	asm volatile(MEMTAG "ldg %0, [%1]" : "+r"(got) : "r"(address) : "memory");
	return field_get(MTE_TAG, got);
}
