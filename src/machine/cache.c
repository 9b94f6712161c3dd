/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance by address. The smallest line of the system decides the step (CTR_EL0.DminLine). */
#include "machine/cache.h"

#include "lib/bits.h"
#include "machine/barrier.h"
#include "machine/sysreg.h"

#define CTR_DMINLINE FIELD(19, 16)

void cache_clean_invalidate(const void *from, u64 size)
{
	u64 line = 4UL << field_get(CTR_DMINLINE, read_sysreg(ctr_el0));
	u64 end = (u64)from + size;

	for (u64 at = align_down((u64)from, line); at < end; at += line)
		asm volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb(sy); /* complete before anyone is told of the data */
}

void cache_sync_instructions(void)
{
	dsb(ish); /* the data are visible before the instruction caches refill */
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}
