/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One 16-bit entry per page, owner and state, in one array per memory bank; and per 2 MiB unit
 * how many of its pages are taken, so that a free unit is found by its count alone.
 * Lock: ledger_lock, RANK_LEDGER.
 */
#include "monitor/ledger.h"

#include "lib/bits.h"
#include "lib/require.h"
#include "machine/cpu.h"
#include "machine/spinlock.h"

enum { UNIT_PAGES = LEDGER_UNIT / PAGE_SIZE, OWNERS = 16 };

#define ENTRY_STATE FIELD(3, 0)
#define ENTRY_OWNER FIELD(15, 4)

struct bank {
	u64 base, pages; /* base is unit aligned; the bank's first and last unit may be partly outside */
	u16 *entry;      /* of each page */
	u16 *taken;      /* of each unit: pages that are not free */
	u64 units;
};

typedef u64 __attribute__((may_alias)) four_entries;

static struct spinlock ledger_lock = SPINLOCK(RANK_LEDGER);
static struct bank banks[LEDGER_BANKS];
static u32 bank_count;
static u32 cpu_owner[CPU_MAX];
static const struct space *spaces[OWNERS];

static u64 units_of(u64 size) { return align_up(size, LEDGER_UNIT) / LEDGER_UNIT + 1; }

u64 ledger_cost(u64 size) { return align_up(units_of(size) * (UNIT_PAGES + 1) * sizeof(u16), PAGE_SIZE); }

static void mark_page(struct bank *b, u64 page, u16 entry)
{
	bool was_free = b->entry[page] == PAGE_FREE, is_free = entry == PAGE_FREE;

	b->entry[page] = entry;
	if (was_free && !is_free)
		b->taken[page / UNIT_PAGES]++;
	else if (!was_free && is_free)
		b->taken[page / UNIT_PAGES]--;
}

static void mark_unit(struct bank *b, u64 unit, u16 entry)
{
	four_entries *at = (four_entries *)(void *)&b->entry[unit * UNIT_PAGES];

	for (u64 i = 0; i < UNIT_PAGES / 4; i++)
		at[i] = entry * 0x0001000100010001UL;
	b->taken[unit] = entry == PAGE_FREE ? 0 : UNIT_PAGES;
}

/* By units where it can: a VM's pages are many, and nothing is done beside it. */
static void mark(struct bank *b, u64 page, u64 count, u16 entry)
{
	for (u64 end = page + count, next; page < end; page = next) {
		bool whole = is_aligned(page, UNIT_PAGES) && end - page >= UNIT_PAGES;

		next = page + (whole ? UNIT_PAGES : 1);
		if (whole)
			mark_unit(b, page / UNIT_PAGES, entry);
		else
			mark_page(b, page, entry);
	}
}

enum status ledger_add_bank(pa_t base, u64 size, void *books)
{
	u64 start = align_down(base.value, LEDGER_UNIT), end = align_up(base.value + size, LEDGER_UNIT);

	if (bank_count == LEDGER_BANKS)
		return NO_ROOM;
	if (!is_aligned(base.value | size, PAGE_SIZE) || base.value + size < base.value)
		return BAD_VALUE;
	struct bank *b = &banks[bank_count++];
	u64 units = (end - start) / LEDGER_UNIT;

	*b = (struct bank){.base = start, .pages = (end - start) / PAGE_SIZE, .units = units, .entry = books};
	b->taken = b->entry + b->pages;
	/* The edges of partial units do not exist: nobody gets them. */
	mark(b, 0, (base.value - start) / PAGE_SIZE, PAGE_FIRMWARE);
	u64 missing = (end - base.value - size) / PAGE_SIZE;
	mark(b, b->pages - missing, missing, PAGE_FIRMWARE);
	return OK;
}

void ledger_reserve(pa_t base, u64 size, enum page_state state)
{
	u64 start = align_down(base.value, PAGE_SIZE), end = align_up(base.value + size, PAGE_SIZE);

	for (struct bank *b = banks; b < banks + bank_count; b++) {
		u64 from = max_u64(start, b->base), to = min_u64(end, b->base + b->pages * PAGE_SIZE);

		if (from < to)
			mark(b, (from - b->base) / PAGE_SIZE, (to - from) / PAGE_SIZE, (u16)state);
	}
}

static u64 free_units(void)
{
	u64 count = 0;

	for (const struct bank *b = banks; b < banks + bank_count; b++)
		for (u64 unit = 0; unit < b->units; unit++)
			count += b->taken[unit] == 0;
	return count;
}

u64 ledger_free(void) { return free_units() * LEDGER_UNIT; }

/* A run of free units: in which bank, from where, how many. */
struct run {
	struct bank *bank;
	u64 unit, count;
};

static u64 free_from(const struct bank *b, u64 unit, u64 limit)
{
	u64 count = 0;

	while (count < limit && unit + count < b->units && b->taken[unit + count] == 0)
		count++;
	return count;
}

/*
 * The first run of `wanted` units whose address is aligned to `align`; failing that, the longest
 * run there is. A whole GiB at a GiB boundary becomes one block of stage 2.
 */
static struct run find_run(u64 wanted, u64 align)
{
	struct run best = {0};

	for (struct bank *b = banks; b < banks + bank_count; b++) {
		for (u64 unit = 0; unit < b->units;) {
			u64 count = free_from(b, unit, wanted);

			if (count == wanted && is_aligned(b->base + unit * LEDGER_UNIT, align))
				return (struct run){b, unit, count};
			if (count > best.count && align == LEDGER_UNIT)
				best = (struct run){b, unit, count};
			unit += count == wanted ? 1 : count + 1;
		}
	}
	return best;
}

static struct run next_run(u64 at, u64 left)
{
	struct run run = {0};

	if (left >= GIB && is_aligned(at, GIB))
		run = find_run(GIB / LEDGER_UNIT, GIB);
	return run.count ? run : find_run(left / LEDGER_UNIT, LEDGER_UNIT);
}

/* Tables that the mappings of `size` bytes can need at most: one per GiB touched, and the two above. */
static u64 tables_bound(u64 size) { return size / GIB + 3; }

enum status ledger_give_memory(struct space *space, u32 owner, ipa_t at, u64 size)
{
	enum status result = OK;
	u64 end = at.value + size;

	if (owner == LEDGER_NOBODY || owner >= OWNERS || !size || !is_aligned(at.value | size, LEDGER_UNIT) ||
	    end > 1UL << SPACE_IPA_BITS || end < at.value)
		return BAD_VALUE;
	spinlock_take(&ledger_lock);
	if (free_units() < size / LEDGER_UNIT || pool_room(space->table.pool) < tables_bound(size))
		result = NO_MEMORY;
	for (u64 i = at.value; result == OK && i < end; i += LEDGER_UNIT) {
		pa_t output;
		u64 left;

		if (mmu_query(&space->table, i, &output, &left))
			result = BUSY;
	}
	while (result == OK && at.value < end) {
		struct run run = next_run(at.value, end - at.value);
		require(run.count); /* as many units are free as are wanted */
		u64 bytes = run.count * LEDGER_UNIT;
		struct mmu_range range = {at.value, pa(run.bank->base + run.unit * LEDGER_UNIT), bytes};

		mark(run.bank, run.unit * UNIT_PAGES, run.count * UNIT_PAGES,
		     (u16)(field_put(ENTRY_OWNER, owner) | PAGE_PRIVATE));
		require(mmu_map(&space->table, range, MMU_GUEST_RAM) == OK);
		at.value += bytes;
	}
	spinlock_give(&ledger_lock);
	return result;
}

enum status ledger_show(struct space *space, ipa_t at, const void *page)
{
	struct mmu_range range = {at.value, mmu_physical(page), PAGE_SIZE};

	spinlock_take(&ledger_lock);
	enum status result = mmu_map(&space->table, range, MMU_GUEST_CONST);
	if (result == OK)
		space->shown = range.output;
	spinlock_give(&ledger_lock);
	return result;
}

void *ledger_take_pages(struct pool *pool, u64 count)
{
	spinlock_take(&ledger_lock);
	void *pages = count == 1 ? pool_take(pool) : pool_take_run(pool, count);
	spinlock_give(&ledger_lock);
	return pages;
}

void ledger_give_page(struct pool *pool, void *page)
{
	spinlock_take(&ledger_lock);
	pool_give(pool, page);
	spinlock_give(&ledger_lock);
}

/* By units, because VMs get whole ones: a VM's end is a guest's act, and there may be millions of pages. */
void ledger_take_memory(struct space *space, u32 owner)
{
	spinlock_take(&ledger_lock);
	mmu_destroy(&space->table);
	for (struct bank *b = banks; b < banks + bank_count; b++)
		for (u64 unit = 0; unit < b->units; unit++)
			if (field_get(ENTRY_OWNER, b->entry[unit * UNIT_PAGES]) == owner)
				mark_unit(b, unit, PAGE_FREE);
	spinlock_give(&ledger_lock);
}

enum status ledger_give_cpu(u32 cpu, u32 owner)
{
	enum status result = OK;

	spinlock_take(&ledger_lock);
	if (cpu >= CPU_MAX || owner == LEDGER_NOBODY)
		result = BAD_VALUE;
	else if (cpu_owner[cpu] != LEDGER_NOBODY)
		result = BUSY;
	else
		cpu_owner[cpu] = owner;
	spinlock_give(&ledger_lock);
	return result;
}

void ledger_take_cpu(u32 cpu, u32 owner)
{
	spinlock_take(&ledger_lock);
	require(cpu_owner[cpu] == owner);
	cpu_owner[cpu] = LEDGER_NOBODY;
	spinlock_give(&ledger_lock);
}

u32 ledger_cpu_owner(u32 cpu) { return cpu_owner[cpu]; }

void ledger_register_space(u32 owner, const struct space *space)
{
	spinlock_take(&ledger_lock);
	spaces[owner] = space;
	spinlock_give(&ledger_lock);
}

/* The entry of a physical page, NULL if it is not RAM. */
static const u16 *entry_of(u64 address)
{
	for (const struct bank *b = banks; b < banks + bank_count; b++)
		if (address >= b->base && address < b->base + b->pages * PAGE_SIZE)
			return &b->entry[(address - b->base) / PAGE_SIZE];
	return NULL;
}

/* Pages mapped in the owner's space, but for the one of ours that it reads; counts those that are not its private RAM in *wrong. */
static u64 count_mapped(u32 owner, u64 *wrong)
{
	u64 mapped = 0, left;
	u16 mine = (u16)(field_put(ENTRY_OWNER, owner) | PAGE_PRIVATE);

	for (u64 at = 0; at < 1UL << SPACE_IPA_BITS; at += left) {
		pa_t output;

		if (!mmu_query(&spaces[owner]->table, at, &output, &left) ||
		    output.value == spaces[owner]->shown.value)
			continue;
		for (u64 i = 0; i < left; i += PAGE_SIZE, mapped++) {
			const u16 *entry = entry_of(output.value + i);

			*wrong += !entry || *entry != mine;
		}
	}
	return mapped;
}

static u64 count_private(u32 owner)
{
	u64 count = 0;

	for (const struct bank *b = banks; b < banks + bank_count; b++)
		for (u64 page = 0; page < b->pages; page++)
			count += b->entry[page] == (field_put(ENTRY_OWNER, owner) | PAGE_PRIVATE);
	return count;
}

static const char *check_counts(void)
{
	for (const struct bank *b = banks; b < banks + bank_count; b++)
		for (u64 unit = 0; unit < b->units; unit++) {
			u32 taken = 0;

			for (u64 page = unit * UNIT_PAGES; page < (unit + 1) * UNIT_PAGES; page++)
				taken += b->entry[page] != PAGE_FREE;
			if (taken != b->taken[unit])
				return "a unit's count of taken pages differs from its pages";
		}
	return NULL;
}

const char *ledger_check(void)
{
	spinlock_take(&ledger_lock);
	const char *broken = check_counts();

	for (u32 owner = 1; owner < OWNERS && !broken; owner++) {
		u64 wrong = 0, mapped = spaces[owner] ? count_mapped(owner, &wrong) : 0;

		if (wrong)
			broken = "a page is mapped that is not private to the VM that maps it";
		else if (mapped != count_private(owner))
			broken = "a VM's private pages and its mapped pages differ in number";
	}
	spinlock_give(&ledger_lock);
	return broken;
}
