/* SPDX-License-Identifier: Apache-2.0 */
/* Different sets are few, so they are found by linear search. A set that is too large, or one too many, is told as such. */
#include "period.h"

#include <pthread.h>
#include <string.h>
#include "cpu.h"

enum { SETS = 1024, VISITS = 24 };
enum { EC_HVC64 = 0x16 };

struct one {
	u32 kind, class;
	u64 instructions;
};

struct set {
	u32 cpu, count; /* of all visits; the first VISITS of them are here */
	struct one visits[VISITS];
	u64 times;
};

static u32 ends_it; /* 0: nothing is counted */
static struct set sets[SETS], now[CPU_MAX + 1];
static bool begun[CPU_MAX + 1];
static u32 set_count;
static u64 lost; /* periods beyond SETS */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void period_init(u32 call) { ends_it = call; }

static bool is_less(const struct one *a, const struct one *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->class != b->class ? a->class < b->class : a->instructions < b->instructions;
}

/* Sorted: which came first does not matter. */
static void insert(struct set *s, struct one visit)
{
	u32 at = s->count++;

	if (at >= VISITS)
		return;
	for (; at && is_less(&visit, &s->visits[at - 1]); at--)
		s->visits[at] = s->visits[at - 1];
	s->visits[at] = visit;
}

static void end(const struct set *s)
{
	struct set *found = sets;

	while (found < sets + set_count && (found->cpu != s->cpu || found->count != s->count ||
	                                    memcmp(found->visits, s->visits, sizeof(s->visits)) != 0))
		found++;
	if (found == sets + SETS) {
		lost++;
		return;
	}
	if (found == sets + set_count)
		sets[set_count++] = *s;
	found->times++;
}

bool period_visit(u32 cpu, const struct cause *cause, u64 instructions)
{
	bool first = false;

	if (!ends_it)
		return false;
	pthread_mutex_lock(&lock);
	now[cpu].cpu = cpu;
	insert(&now[cpu], (struct one){cause->kind, cause->class, instructions});
	if (cause->kind == CAUSE_SYNC && cause->class == EC_HVC64 && cause->detail == ends_it) {
		first = !begun[cpu];
		if (!first)
			end(&now[cpu]);
		begun[cpu] = true;
		memset(&now[cpu], 0, sizeof(now[cpu]));
	}
	pthread_mutex_unlock(&lock);
	return first;
}

void period_print(FILE *to)
{
	for (const struct set *s = sets; s < sets + set_count; s++) {
		fprintf(to, "{\"row\": \"period\", \"cpu\": %u, \"times\": %lu, \"count\": %u, \"visits\": [",
		        s->cpu, s->times, s->count);
		for (u32 i = 0; i < s->count && i < VISITS; i++)
			fprintf(to, "%s{\"kind\": \"%s\", \"class\": %u, \"instructions\": %lu}",
			        i ? ", " : "", cause_kind_name((enum cause_kind)s->visits[i].kind),
			        s->visits[i].class, s->visits[i].instructions);
		fprintf(to, "]}\n");
	}
	if (lost)
		fprintf(to, "{\"row\": \"periods lost\", \"times\": %lu}\n", lost);
}
