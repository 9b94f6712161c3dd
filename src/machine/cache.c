/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance by address. The smallest line of the system decides the step (CTR_EL0.DminLine). */
#include "machine/cache.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/barrier.h"
#include "machine/sysreg.h"

#define CTR_DMINLINE FIELD(19, 16)
#define DCZID_BS     FIELD(3, 0)
#define DCZID_DZP    BIT(4) /* DC ZVA is prohibited */

#define CLEAN_INVALIDATE(at) asm volatile("dc civac, %0" ::"r"(at) : "memory")
#define ZERO(at)             asm volatile("dc zva, %0" ::"r"(at) : "memory")
/* With tags: 0, because bits 59..56 of the address are. */
#define ZERO_TAGGED(at)  asm volatile(SYSREG_ARCH "dc gzva, %0" ::"r"(at) : "memory")
#define CLEAN_TAGGED(at) asm volatile(SYSREG_ARCH "dc cigdvac, %0" ::"r"(at) : "memory")

/* Eight at once: a loop around each would double what they cost. */
#define EIGHT(OPERATION, at, step)            \
	do {                                  \
		OPERATION(at);                \
		OPERATION((at) + (step));     \
		OPERATION((at) + 2 * (step)); \
		OPERATION((at) + 3 * (step)); \
		OPERATION((at) + 4 * (step)); \
		OPERATION((at) + 5 * (step)); \
		OPERATION((at) + 6 * (step)); \
		OPERATION((at) + 7 * (step)); \
	} while (0)

void cache_clean_invalidate(const void *from, u64 size)
{
	u64 line = 4UL << field_get(CTR_DMINLINE, read_sysreg(ctr_el0));
	u64 end = (u64)from + size, at = align_down((u64)from, line);

	for (; at + 8 * line <= end; at += 8 * line)
		EIGHT(CLEAN_INVALIDATE, at, line);
	for (; at < end; at += line)
		CLEAN_INVALIDATE(at);
	dsb(sy); /* complete before anyone is told of the data */
}

void cache_zero(void *from, u64 size)
{
	u64 id = read_sysreg(dczid_el0), block = 4UL << field_get(DCZID_BS, id);
	u64 end = (u64)from + size, at = (u64)from;

	if (id & DCZID_DZP) {
		memset(from, 0, size);
		return;
	}
	for (; at + 8 * block <= end; at += 8 * block)
		EIGHT(ZERO, at, block);
	for (; at < end; at += block)
		ZERO(at);
}

/* Where a block of DC ZVA is a line, each is cleaned while it is at hand: 3 instructions a line. Answers the next. */
static inline u64 scrub_line(u64 at, u64 line)
{
	asm volatile("dc zva, %0\n\tdc civac, %0\n\tadd %0, %0, %1" : "+r"(at) : "r"(line) : "memory");
	return at;
}

static inline u64 scrub_four(u64 at, u64 line)
{
	return scrub_line(scrub_line(scrub_line(scrub_line(at, line), line), line), line);
}

void cache_scrub(void *from, u64 size)
{
	u64 line = 4UL << field_get(CTR_DMINLINE, read_sysreg(ctr_el0));
	u64 id = read_sysreg(dczid_el0), block = 4UL << field_get(DCZID_BS, id);
	u64 end = (u64)from + size, at = (u64)from;

	if (id & DCZID_DZP || block != line) {
		cache_zero(from, size);
		cache_clean_invalidate(from, size);
		return;
	}
	while (at + 8 * line <= end)
		at = scrub_four(scrub_four(at, line), line);
	while (at < end)
		at = scrub_line(at, line);
	dsb(sy); /* complete before anyone is told of the memory */
}

/* DCZID_EL0.DZP never prohibits it to EL2. */
void cache_scrub_tagged(void *from, u64 size)
{
	u64 block = 4UL << field_get(DCZID_BS, read_sysreg(dczid_el0));
	u64 line = 4UL << field_get(CTR_DMINLINE, read_sysreg(ctr_el0));
	u64 end = (u64)from + size, at = (u64)from;

	for (; at + 8 * block <= end; at += 8 * block)
		EIGHT(ZERO_TAGGED, at, block);
	for (; at < end; at += block)
		ZERO_TAGGED(at);
	for (at = (u64)from; at + 8 * line <= end; at += 8 * line)
		EIGHT(CLEAN_TAGGED, at, line);
	for (; at < end; at += line)
		CLEAN_TAGGED(at);
	dsb(sy); /* complete before anyone is told of the data */
}

void cache_sync_instructions(void)
{
	dsb(ish); /* the data are visible before the instruction caches refill */
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}
