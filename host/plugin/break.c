/* SPDX-License-Identifier: Apache-2.0 */
/* Changes under way are few, so they are an array that every event goes through. */
#include "break.h"

#include <pthread.h>
#include <stdlib.h>
#include "decode.h"
#include "lib/bits.h"
#include "stage2.h"
#include "violation.h"

#define DESC_VALID    BIT(0)
#define DESC_SOFTWARE FIELD(58, 55)
#define DESC_HARMLESS \
	(FIELD(54, 53) | BIT(51) | BIT(10) | FIELD(7, 6) | DESC_SOFTWARE) /* XN, DBM, AF, S2AP */
#define VTTBR_VMID                FIELD(63, 48)
#define IS_INSIDE(at, base, size) ((at) - (base) < (size))

enum stage { CHANGED, VISIBLE, INVALIDATED };
static const char *const lacks[] = {
	[CHANGED] = "no DSB after the store",
	[VISIBLE] = "no TLBI of its VMID on all CPUs",
	[INVALIDATED] = "no DSB after the TLBI",
};

struct under_way {
	const struct cpu *cpu;
	struct stage2 *space;
	u64 pc, entry, ipa, old, new;
	u64 output, size; /* what it named; size 0 if it still does */
	u32 level;
	bool table; /* it named one */
	enum stage stage;
};

struct where {
	const struct cpu *cpu;
	u64 pc;
};

static struct under_way *list;
static u64 count, room, changes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static u64 entry_address(const struct stage2_change *c) { return c->table->page + c->index * sizeof(u64); }

static u64 output_size(u64 entry, u32 level)
{
	return stage2_is_table(entry, level) ? PAGE_SIZE : stage2_entry_size(level);
}

static void add(const struct stage2_change *c, const struct where *where)
{
	u32 level = c->table->level;
	bool moved = !(c->new &DESC_VALID) || (c->old ^ c->new) & STAGE2_OUTPUT;

	if (count == room) {
		room = room ? 2 * room : 64;
		list = realloc(list, room * sizeof(*list));
	}
	list[count] = (struct under_way){
		.cpu = where->cpu,
		.space = c->table->space,
		.pc = where->pc,
		.entry = entry_address(c),
		.ipa = stage2_entry_ipa(c->table, c->index),
		.old = c->old,
		.new = c->new,
		.output = c->old &STAGE2_OUTPUT,
		.size = moved ? output_size(c->old, level) : 0,
		.level = level,
		.table = stage2_is_table(c->old, level),
	};
	changes++;
	__atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
}

static void remove_at(u64 i)
{
	list[i] = list[count - 1];
	__atomic_store_n(&count, count - 1, __ATOMIC_RELEASE);
}

/* After changes of this space were removed: if it was the last one, tables may be forgotten. */
static void settle_space(struct stage2 *space)
{
	for (u64 i = 0; i < count; i++)
		if (list[i].space == space)
			return;
	stage2_forget(space);
}

static void too_early(const char *rule, const struct under_way *u, const struct where *where,
                      const char *what)
{
	violation(rule, where->pc,
	          "%s, while the level-%u entry of IPA %#lx of VMID %lu is under way from %#lx to %#lx "
	          "(store at %#lx, "
	          "CPU %u): %s",
	          what, u->level, u->ipa, u->space->vmid, u->old, u->new, u->pc, u->cpu->index,
	          lacks[u->stage]);
}

/* A valid descriptor has appeared: does it use what a change under way has not yet freed? */
static void check_use(const struct stage2_change *c, const struct where *where)
{
	u64 output = c->new &STAGE2_OUTPUT, size = output_size(c->new, c->table->level);

	for (const struct under_way *u = list; u < list + count; u++) {
		if (u->entry == entry_address(c))
			too_early("stage2-made-early", u, where, "the entry is made valid again");
		else if (IS_INSIDE(output, u->output, u->size) ||
		         (u->size && IS_INSIDE(u->output, output, size)))
			too_early("stage2-reused", u, where, "what it named is mapped, or a table, again");
		else if (u->table && c->table->detached && u->space == c->table->space)
			too_early("stage2-reused", u, where, "an entry is made valid in a table below it");
	}
}

static void on_change(const struct stage2_change *c, void *context)
{
	const struct where *where = context;
	u64 differ = c->old ^ c->new;

	if (c->old & DESC_VALID && !(differ & ~DESC_SOFTWARE))
		return;
	if (c->old & c->new &DESC_VALID &&differ & ~DESC_HARMLESS)
		violation("stage2-replaced", where->pc,
		          "the level-%u entry of IPA %#lx of VMID %lu goes from %#lx to %#lx without having "
		          "been invalid",
		          c->table->level, stage2_entry_ipa(c->table, c->index), c->table->space->vmid,
		          c->old, c->new);
	if (c->new &DESC_VALID && !(c->old & DESC_VALID))
		check_use(c, where);
	if (c->old & DESC_VALID)
		add(c, where);
}

bool break_matters(u64 address)
{
	return stage2_may_hold(address) || __atomic_load_n(&count, __ATOMIC_ACQUIRE);
}

void break_store(const struct cpu *cpu, u64 pc, u64 address, const u8 *bytes, u32 size)
{
	struct where where = {cpu, pc};

	pthread_mutex_lock(&lock);
	for (const struct under_way *u = list; u < list + count; u++)
		if (!u->table && IS_INSIDE(address, u->output, u->size))
			too_early("stage2-written", u, &where, "EL2 writes to what it mapped");
	stage2_store(address, bytes, size, on_change, &where);
	pthread_mutex_unlock(&lock);
}

void break_zero(u64 at)
{
	if (!stage2_may_zero(at))
		return;
	pthread_mutex_lock(&lock);
	stage2_zero(at);
	pthread_mutex_unlock(&lock);
}

void break_zeroed(const struct cpu *cpu, u64 pc)
{
	struct where where = {cpu, pc};

	if (!stage2_is_stale())
		return;
	pthread_mutex_lock(&lock);
	stage2_settle(on_change, &where);
	pthread_mutex_unlock(&lock);
}

void break_load(const struct cpu *cpu, u64 pc, u64 vttbr)
{
	struct where where = {cpu, pc};

	pthread_mutex_lock(&lock);
	stage2_load(vttbr, on_change, &where);
	pthread_mutex_unlock(&lock);
}

void break_dsb(const struct cpu *cpu, u32 word)
{
	if (!__atomic_load_n(&count, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&lock);
	for (u64 i = count; i-- > 0;) {
		struct under_way *u = &list[i];

		if (u->cpu != cpu)
			continue;
		if (u->stage == CHANGED && decode_dsb_stores(word)) {
			u->stage = VISIBLE;
		} else if (u->stage == INVALIDATED && decode_dsb_all(word)) {
			struct stage2 *space = u->space;

			remove_at(i);
			settle_space(space);
		}
	}
	pthread_mutex_unlock(&lock);
}

void break_tlbi(const struct cpu *cpu, u32 word)
{
	u64 vmid = field_get(VTTBR_VMID, cpu->vttbr);

	if (!__atomic_load_n(&count, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&lock);
	for (struct under_way *u = list; u < list + count; u++)
		if (u->cpu == cpu && u->stage == VISIBLE &&
		    (decode_tlbi_all(word) || (decode_tlbi_vmid(word) && vmid == u->space->vmid)))
			u->stage = INVALIDATED;
	pthread_mutex_unlock(&lock);
}

void break_leave(const struct cpu *cpu, u64 pc, const char *name)
{
	struct where where = {cpu, pc};

	if (!__atomic_load_n(&count, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&lock);
	for (u64 i = count; i-- > 0;) {
		struct stage2 *space = list[i].space;

		if (list[i].cpu != cpu)
			continue;
		where.pc = list[i].pc; /* the store is what must be mended */
		too_early("stage2-left", &list[i], &where, name);
		remove_at(i);
		settle_space(space);
	}
	pthread_mutex_unlock(&lock);
}

void break_print(FILE *to)
{
	fprintf(to, "{\"row\": \"stage2\", \"tables\": %lu, \"changes\": %lu}\n", stage2_tables(), changes);
}
