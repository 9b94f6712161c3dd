/* SPDX-License-Identifier: Apache-2.0 */
/* The copy: pages in a hash table by address, and a byte map in front of it for stores that hit none. */
#include "stage2.h"

#include <stdlib.h>
#include <string.h>
#include "lib/bits.h"
#include "qemu.h"
#include "registers.h"
#include "violation.h"

enum { BUCKETS = 1024, SPACES = 256, ENTRIES = 512, LAST_LEVEL = 3 };

/* VTTBR_EL2, VTCR_EL2 and descriptors, Arm ARM D8.3, D19.2. */
#define VTTBR_BADDR FIELD(47, 12)
#define VTTBR_VMID  FIELD(63, 48)
#define VTCR_T0SZ   FIELD(5, 0)
#define VTCR_SL0    FIELD(7, 6)
#define VTCR_TG0    FIELD(15, 14)
#define DESC_VALID  BIT(0)
#define DESC_TABLE  BIT(1)

static struct stage2_table *bucket[BUCKETS];
static u8 in_bucket[BUCKETS]; /* read without the lock */
static struct stage2 *spaces[SPACES];
static u64 linear, stale, known;

void stage2_init(u64 at) { linear = at; }

static u64 bucket_of(u64 page) { return (page >> PAGE_SHIFT) % BUCKETS; }

u64 stage2_entry_size(u32 level) { return 1UL << (39 - 9 * level); }

u64 stage2_entry_ipa(const struct stage2_table *t, u32 index)
{
	return t->ipa + index * stage2_entry_size(t->level);
}

bool stage2_is_table(u64 entry, u32 level)
{
	return level < LAST_LEVEL && (entry & (DESC_VALID | DESC_TABLE)) == (DESC_VALID | DESC_TABLE);
}

u64 stage2_tables(void) { return known; }

bool stage2_may_hold(u64 address)
{
	return __atomic_load_n(&in_bucket[bucket_of(address)], __ATOMIC_RELAXED);
}

static struct stage2_table *find(u64 address)
{
	struct stage2_table *t = bucket[bucket_of(address)];

	while (t && t->page != align_down(address, PAGE_SIZE))
		t = t->next;
	return t;
}

/* --- learning and forgetting --- */

static bool read_page(u64 page, u64 *to)
{
	static GByteArray *bytes; /* under the caller's lock */

	if (!bytes)
		bytes = g_byte_array_new();
	if (!qemu_plugin_read_memory_vaddr(linear + page, bytes, PAGE_SIZE)) {
		violation("stage2-unreadable", 0, "the table at %#lx cannot be read at linear=%#lx", page,
		          linear);
		return false;
	}
	memcpy(to, bytes->data, PAGE_SIZE);
	return true;
}

static struct stage2_table *add(struct stage2 *space, u64 page)
{
	struct stage2_table *t = find(page);

	if (!t) {
		t = calloc(1, sizeof(*t));
		t->page = page;
		t->next = bucket[bucket_of(page)];
		bucket[bucket_of(page)] = t;
		__atomic_store_n(&in_bucket[bucket_of(page)], 1, __ATOMIC_RELAXED);
		known++;
	}
	t->space = space;
	t->detached = t->stale = false;
	return t;
}

/* A page that has become a table: what is in it, and the tables below. */
static void learn(struct stage2_table *t, u32 level, u64 ipa, stage2_told told, void *context)
{
	t->level = level;
	t->ipa = ipa;
	memset(t->entry, 0, sizeof(t->entry));
	if (!read_page(t->page, t->entry))
		return;
	for (u32 i = 0; i < ENTRIES; i++) {
		struct stage2_change change = {t, i, 0, t->entry[i]};

		if (t->entry[i] & DESC_VALID)
			told(&change, context);
		if (stage2_is_table(t->entry[i], level))
			learn(add(t->space, t->entry[i] & STAGE2_OUTPUT), level + 1, stage2_entry_ipa(t, i),
			      told, context);
	}
}

void stage2_load(u64 vttbr, stage2_told told, void *context)
{
	u64 root = vttbr & VTTBR_BADDR, vtcr;
	struct stage2_table *t = find(root);
	struct stage2 **slot = spaces;

	if (!root)
		return;
	if (t) {
		t->space->vmid = field_get(VTTBR_VMID, vttbr);
		return;
	}
	vtcr = registers_read(REG_VTCR_EL2);
	u64 sl0 = field_get(VTCR_SL0, vtcr);
	u32 level = (u32)(2 - sl0), bits = (u32)(64 - field_get(VTCR_T0SZ, vtcr));

	while (slot < spaces + SPACES && *slot)
		slot++;
	if (sl0 == 3 || field_get(VTCR_TG0, vtcr) || slot == spaces + SPACES) {
		violation("stage2-unknown", 0,
		          "VTTBR_EL2 %#lx with VTCR_EL2 %#lx: a table that is not understood", vttbr, vtcr);
		return;
	}
	u64 reach = stage2_entry_size(level) * ENTRIES; /* of one page */

	*slot = malloc(sizeof(**slot));
	**slot = (struct stage2){root, field_get(VTTBR_VMID, vttbr),
	                         (u32)((1UL << bits) > reach ? (1UL << bits) / reach : 1), level};
	for (u32 i = 0; i < (*slot)->pages; i++)
		learn(add(*slot, root + i * PAGE_SIZE), level, i * reach, told, context);
}

static bool is_root(const struct stage2_table *t)
{
	return t->page - t->space->root < (u64)t->space->pages * PAGE_SIZE;
}

static bool is_empty(const struct stage2 *space)
{
	for (u32 i = 0; i < space->pages; i++) {
		const struct stage2_table *t = find(space->root + i * PAGE_SIZE);

		for (u32 entry = 0; entry < ENTRIES; entry++)
			if (t->entry[entry] & DESC_VALID)
				return false;
	}
	return true;
}

void stage2_forget(struct stage2 *space)
{
	bool whole = is_empty(space);

	for (u32 i = 0; i < BUCKETS; i++)
		for (struct stage2_table **at = &bucket[i], *t = *at; t; t = *at) {
			if (t->space == space && (t->detached || whole)) {
				*at = t->next;
				stale -= t->stale;
				free(t);
				known--;
			} else {
				at = &t->next;
			}
		}
	for (u32 i = 0; i < BUCKETS; i++)
		__atomic_store_n(&in_bucket[i], bucket[i] != NULL, __ATOMIC_RELAXED);
	for (u32 i = 0; whole && i < SPACES; i++)
		if (spaces[i] == space) {
			free(space);
			spaces[i] = NULL;
			break;
		}
}

/* --- changes --- */

/* Nothing valid leads to the table at `page` any more, nor to those below. */
static void detach(u64 page)
{
	struct stage2_table *t = find(page);

	if (!t || t->detached || is_root(t))
		return;
	t->detached = true;
	for (u32 i = 0; i < ENTRIES; i++)
		if (stage2_is_table(t->entry[i], t->level))
			detach(t->entry[i] & STAGE2_OUTPUT);
}

static void change_entry(struct stage2_table *t, u32 index, u64 new, stage2_told told, void *context)
{
	struct stage2_change change = {t, index, t->entry[index], new};

	if (change.old == new)
		return;
	t->entry[index] = new;
	if (!((change.old | new) & DESC_VALID))
		return;
	told(&change, context);
	bool was_table = stage2_is_table(change.old, t->level), is_table = stage2_is_table(new, t->level);

	if (was_table && !(is_table && (change.old & STAGE2_OUTPUT) == (new &STAGE2_OUTPUT)))
		detach(change.old & STAGE2_OUTPUT);
	if (is_table && !t->detached)
		learn(add(t->space, new &STAGE2_OUTPUT), t->level + 1, stage2_entry_ipa(t, index), told,
		      context);
}

void stage2_store(u64 address, const u8 *bytes, u32 size, stage2_told told, void *context)
{
	struct stage2_table *t = find(address);

	while (t && size) {
		u64 at = address % PAGE_SIZE, within = address % sizeof(u64);
		u32 part = (u32)min_u64(size, sizeof(u64) - within);
		u64 new = t->entry[at / sizeof(u64)];

		memcpy((u8 *)&new + within, bytes, part);
		change_entry(t, (u32)(at / sizeof(u64)), new, told, context);
		address += part;
		bytes += part;
		size -= part;
		if (address % PAGE_SIZE == 0)
			t = find(address);
	}
}

bool stage2_may_zero(u64 at) { return stage2_may_hold(at - linear); }

bool stage2_is_stale(void) { return __atomic_load_n(&stale, __ATOMIC_RELAXED); }

void stage2_zero(u64 at)
{
	struct stage2_table *t = find(at - linear);

	if (t && !t->stale) {
		t->stale = true;
		stale++;
	}
}

void stage2_settle(stage2_told told, void *context)
{
	u64 now[ENTRIES];

	for (u32 i = 0; stale && i < BUCKETS; i++)
		for (struct stage2_table *t = bucket[i]; t; t = t->next) {
			if (!t->stale || !read_page(t->page, now))
				continue;
			t->stale = false;
			stale--;
			for (u32 entry = 0; entry < ENTRIES; entry++)
				change_entry(t, entry, now[entry], told, context);
		}
}
