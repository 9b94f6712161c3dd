/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker: map, unmap, query, destroy, for both stages (Arm ARM D8.3, D8.14).
 * Every level resolves 9 bits; levels 1 and 2 may hold blocks. Stage 2 may start with
 * concatenated tables, which then simply make one longer table.
 */
#include "machine/mmu.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/attributes.h"
#include "machine/barrier.h"
#include "machine/cpu.h"
#include "machine/tlb.h"

enum { ENTRIES = 512, LAST_LEVEL = 3 };

#define DESC_VALID  BIT(0)
#define DESC_TABLE  BIT(1) /* at levels 0 to 2; at level 3 it says "page" */
#define DESC_AF     BIT(10)
#define DESC_SH     FIELD(9, 8)
#define DESC_OUTPUT FIELD(47, 12)
#define S1_ATTR     FIELD(4, 2)
#define S1_AP_RES1  BIT(6)
#define S1_AP_RO    BIT(7)
#define S1_XN       BIT(54)
#define S2_AP       FIELD(7, 6)
#define S2_AP_RO    1UL
#define S2_AP_RW    3UL
#define S2_XN       BIT(54)

enum { ATTR_DEVICE = 0, ATTR_NORMAL = 1 }; /* MAIR_EL2, written in start.S */

static u32 level_shift(u32 level) { return 39 - 9 * level; }

static u64 level_size(u32 level) { return 1UL << level_shift(level); }

static bool is_table(u64 entry, u32 level)
{
	return level < LAST_LEVEL && (entry & (DESC_VALID | DESC_TABLE)) == (DESC_VALID | DESC_TABLE);
}

/* Write-back whatever stage 1 says, where that can be had; else write-back at most, and stage 1 decides. */
static u32 guest_ram_memattr(void) { return cpu_has_fwb() ? MEMATTR_FORCE_WRITE_BACK : MEMATTR_WRITE_BACK; }

static u64 attributes(enum mmu_kind kind)
{
	u64 normal = DESC_VALID | DESC_AF | field_put(DESC_SH, INNER_SHAREABLE) | S1_AP_RES1 |
	             field_put(S1_ATTR, ATTR_NORMAL);
	u64 guest = DESC_VALID | DESC_AF | field_put(DESC_SH, INNER_SHAREABLE) |
	            field_put(STAGE2_MEMATTR, guest_ram_memattr());

	switch (kind) {
	case MMU_EL2_CODE:
		return normal | S1_AP_RO;
	case MMU_EL2_CONST:
		return normal | S1_AP_RO | S1_XN;
	case MMU_EL2_DATA:
		return normal | S1_XN;
	case MMU_EL2_DEVICE:
		return DESC_VALID | DESC_AF | S1_AP_RES1 | field_put(S1_ATTR, ATTR_DEVICE) | S1_XN;
	case MMU_GUEST_RAM:
		return guest | field_put(S2_AP, S2_AP_RW);
	case MMU_GUEST_CONST:
		return guest | field_put(S2_AP, S2_AP_RO) | S2_XN;
	}
	return 0;
}

static u64 leaf(pa_t output, u64 bits, u32 level)
{
	return output.value | bits | (level == LAST_LEVEL ? DESC_TABLE : 0);
}

static u64 *entry_in(const struct mmu_table *t, u64 *table, u32 level, u64 input)
{
	u64 index = input >> level_shift(level);

	return &table[level == t->first_level ? index : index % ENTRIES];
}

static u64 *table_of(u64 entry) { return mmu_pointer(pa(entry & DESC_OUTPUT)); }

/* The entry that decides `input`: a leaf, or the first invalid one on the way. Its level goes to *level. */
static u64 *walk(const struct mmu_table *t, u64 input, u32 *level)
{
	u64 *entry = entry_in(t, t->root, *level = t->first_level, input);

	while (is_table(*entry, *level)) {
		++*level;
		entry = entry_in(t, table_of(*entry), *level, input);
	}
	return entry;
}

/* A descriptor must be visible to table walks before anything relies on it (D8.14.3). */
static void publish(u64 *entry, u64 value)
{
	dsb(ishst);
	__atomic_store_n(entry, value, __ATOMIC_RELAXED);
	dsb(ishst);
	isb();
}

/*
 * A VMID may be replaced by a CPU that starts to use the table just now. Either its walks see the changed
 * descriptors, or the VMID is seen here: each side completes its store before it goes on to look.
 */
u64 mmu_set_vmid(struct mmu_table *t, u32 vmid)
{
	u64 vttbr = field_put(VTTBR_VMID, vmid) | mmu_physical(t->root).value;

	if (__atomic_load_n(&t->vttbr, __ATOMIC_RELAXED) != vttbr) {
		__atomic_store_n(&t->vttbr, vttbr, __ATOMIC_RELAXED);
		dsb(ish);
	}
	return vttbr;
}

void mmu_flush(const struct mmu_table *t)
{
	dsb(ish); /* the changed descriptors */
	if (t->stage2)
		tlb_flush_vmid(__atomic_load_n(&t->vttbr, __ATOMIC_RELAXED));
	else
		tlb_flush_el2();
}

/* The level of the largest entry that can map the start of `r`. */
static u32 leaf_level(const struct mmu_table *t, struct mmu_range r)
{
	u32 level = t->first_level > 1 ? t->first_level : 1;

	while (level < LAST_LEVEL &&
	       (!is_aligned(r.input | r.output.value, level_size(level)) || r.size < level_size(level)))
		level++;
	return level;
}

static struct mmu_range rest_after(struct mmu_range r, u64 step)
{
	return (struct mmu_range){r.input + step, pa(r.output.value + step), r.size - step};
}

/* Entries from `entry` on, in its table, that leaves of `level` at the start of `r` fill: at least one. */
static u64 run_of(const struct mmu_table *t, struct mmu_range r, u32 level, const u64 *entry)
{
	u64 index = r.input >> level_shift(level), wanted = r.size >> level_shift(level), count = 1;
	u64 room = level == t->first_level ? (u64)t->root_pages * ENTRIES - index : ENTRIES - index % ENTRIES;

	while (count < wanted && count < room && (!entry || !entry[count]))
		count++;
	return count;
}

/*
 * What mmu_map() will need: tables are counted once each, because a leaf opens a new table
 * exactly if it is the first one in it that this call maps, or if it starts the range.
 */
static enum status map_check(const struct mmu_table *t, struct mmu_range r)
{
	u64 start = r.input, tables = 0;

	if (!is_aligned(r.input | r.output.value | r.size, PAGE_SIZE) || r.input + r.size < r.input ||
	    r.input + r.size > 1UL << t->input_bits)
		return BAD_VALUE;
	while (r.size) {
		u32 level, wanted = leaf_level(t, r);
		u64 *entry = walk(t, r.input, &level);

		if (*entry & DESC_VALID)
			return BUSY;
		wanted = level > wanted ? level : wanted; /* an emptied table stays: its entries are used */
		for (u32 new = level; new < wanted; new ++)
			if (r.input == start || is_aligned(r.input, level_size(new)))
				tables++;
		/* In a table that is not there yet, all entries are free. */
		r = rest_after(r, run_of(t, r, wanted, level == wanted ? entry : NULL)
		                          << level_shift(wanted));
	}
	return tables > pool_room(t->pool) ? NO_MEMORY : OK;
}

enum status mmu_map(struct mmu_table *t, struct mmu_range r, enum mmu_kind kind)
{
	enum status checked = map_check(t, r);
	u64 bits = attributes(kind);

	if (checked != OK)
		return checked;
	while (r.size) {
		u32 level, wanted = leaf_level(t, r);
		u64 *entry = walk(t, r.input, &level);

		wanted = level > wanted ? level : wanted;
		for (; level < wanted; level++) {
			u64 *table = pool_take(t->pool);

			publish(entry, mmu_physical(table).value | DESC_VALID | DESC_TABLE);
			entry = entry_in(t, table, level + 1, r.input);
		}
		u64 run = run_of(t, r, wanted, entry), first = leaf(r.output, bits, wanted);

		for (u64 i = 0; i < run; i++)
			__atomic_store_n(&entry[i], first + (i << level_shift(wanted)), __ATOMIC_RELAXED);
		r = rest_after(r, run << level_shift(wanted));
	}
	dsb(ishst); /* the last leaves, before the first access through them */
	isb();
	return OK;
}

/* Replaces a block by a table that maps the same, with break-before-make. */
static void split(struct mmu_table *t, u64 *entry, u32 level)
{
	u64 *table = pool_take(t->pool);
	u64 block = *entry;
	u64 page = level + 1 == LAST_LEVEL ? DESC_TABLE : 0;

	for (u64 i = 0; i < ENTRIES; i++)
		table[i] = (block + i * level_size(level + 1)) | page;
	publish(entry, 0);
	mmu_flush(t);
	publish(entry, mmu_physical(table).value | DESC_VALID | DESC_TABLE);
}

/* Splits until an entry boundary lies at `input`. */
static void split_at(struct mmu_table *t, u64 input)
{
	u32 level;
	u64 *entry = walk(t, input, &level);

	while (*entry & DESC_VALID && level < LAST_LEVEL && !is_aligned(input, level_size(level))) {
		split(t, entry, level);
		entry = walk(t, input, &level);
	}
}

static u64 splits_at(const struct mmu_table *t, u64 input)
{
	u32 level;
	u64 *entry = walk(t, input, &level), count = 0;

	for (; *entry & DESC_VALID && level < LAST_LEVEL && !is_aligned(input, level_size(level)); level++)
		count++;
	return count;
}

enum status mmu_unmap(struct mmu_table *t, u64 input, u64 size)
{
	u64 end = input + size;

	if (!is_aligned(input | size, PAGE_SIZE) || end < input || end > 1UL << t->input_bits)
		return BAD_VALUE;
	bool inside = end < 1UL << t->input_bits;
	if (splits_at(t, input) + (inside ? splits_at(t, end) : 0) > pool_room(t->pool))
		return NO_MEMORY;
	split_at(t, input);
	if (inside)
		split_at(t, end);
	while (input < end) {
		u32 level;
		u64 *entry = walk(t, input, &level);

		__atomic_store_n(entry, 0, __ATOMIC_RELAXED);
		input = align_down(input, level_size(level)) + level_size(level);
	}
	mmu_flush(t);
	return OK;
}

bool mmu_query(const struct mmu_table *t, u64 input, pa_t *output, u64 *left)
{
	u32 level;

	if (input >> t->input_bits)
		return false;
	u64 entry = *walk(t, input, &level);
	u64 within = input & (level_size(level) - 1);

	*left = level_size(level) - within;
	*output = pa((entry & DESC_OUTPUT) + within);
	return entry & DESC_VALID;
}

/* The tables below one entry, depth first without recursion: a table is freed when its entries are. */
void mmu_destroy(struct mmu_table *t)
{
	u64 *path[LAST_LEVEL + 1] = {0};
	u64 index[LAST_LEVEL + 1] = {0};
	u32 level = t->first_level;
	u64 root_entries = (u64)t->root_pages * ENTRIES;

	path[level] = t->root;
	for (;;) {
		if (index[level] == (level == t->first_level ? root_entries : ENTRIES)) {
			if (level == t->first_level)
				break;
			pool_give(t->pool, path[level]);
			index[level--] = 0;
			continue;
		}
		u64 *entry = &path[level][index[level]++];
		u64 old = *entry;

		*entry = 0;
		if (is_table(old, level))
			path[++level] = table_of(old);
	}
	mmu_flush(t);
}
