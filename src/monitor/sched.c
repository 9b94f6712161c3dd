/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list of all that want a shared CPU, for all CPUs: a fair one waits for whichever of its CPUs is free first, so
 * that shares hold across CPUs without anybody being balanced. It is short (BOUND_SHARERS), and the lock is held for
 * one walk.
 *
 * Invariants: whoever is held is held by one CPU. A CPU whose fair one has others behind it ends its slices; who begins to
 * wait kicks those that do not. Budgets that are used up are renewed by the CPU that had the spent one last.
 *
 * Lock: sched_lock, RANK_SCHED.
 */
#include "monitor/sched.h"

#include "lib/bits.h"
#include "lib/bounds.h"
#include "machine/spinlock.h"

enum { OWED_SLICES = 16 };

struct cpu {
	struct sched *current; /* whom it chose last */
	u64 since;             /* charged until then */
	bool slices;           /* it will choose again when a slice is over */
};

static struct spinlock sched_lock = SPINLOCK(RANK_SCHED);
static struct cpu cpus[BOUND_CPUS];
static struct sched *first;
static u64 slice;
static u32 idle; /* bit n: CPU n has no work, and was not asked to choose since it found none */

void sched_init(u64 ticks) { slice = ticks; }

static bool is_before(u64 a, u64 b) { return (s64)(a - b) < 0; }
static bool may_have(const struct sched *s, u32 cpu) { return s->cpus >> cpu & 1; }
static u64 weighted(const struct sched *s, u64 ticks)
{
	return s->class == SCHED_FAIR ? ticks * SCHED_WEIGHT / s->weight : 0;
}

/* --- budgets --- */

static void renew(struct sched *s, u64 now)
{
	if (!s->period || now < s->renews_at)
		return;
	s->renews_at = now - now % s->period + s->period;
	s->left = s->budget;
}

static bool has_budget(const struct sched *s) { return !s->period || s->left; }

static void charge_budget(struct sched *s, u64 ticks)
{
	if (!s->period || !s->left)
		return;
	s->left -= min_u64(s->left, ticks);
	s->postponed += !s->left && s->wants;
}

/* --- virtual time --- */

/*
 * The virtual time of a CPU: the mean of those that want it and may have it, by weight. Who is behind it had less than
 * its share. They are near each other (keep_near()), so the sum does not overflow.
 */
static u64 virtual_now(u32 cpu, u64 otherwise)
{
	s64 sum = 0, weights = 0;
	u64 base = 0;

	for (const struct sched *s = first; s; s = s->next) {
		if (s->class != SCHED_FAIR || !may_have(s, cpu))
			continue;
		if (!weights)
			base = s->virtual;
		sum += (s64)(s->virtual - base) * (s64)s->weight;
		weights += s->weight;
	}
	return weights ? base + (u64)(sum / weights) : otherwise;
}

/* Its next slice. */
static void begin_slice(struct sched *s)
{
	s->deadline = s->virtual + weighted(s, slice);
	s->in_slice = false;
}

static void charge_virtual(struct sched *s, u64 ticks)
{
	u64 amount = ticks * SCHED_WEIGHT + s->remainder;

	s->virtual += amount / s->weight;
	s->remainder = amount % s->weight;
	if (!is_before(s->virtual, s->deadline))
		begin_slice(s);
}

/* Who did not have its share, because it is more than one CPU or because it did not want it, is not owed more than this. */
static void keep_near(struct sched *s, u64 now_virtual, u64 owed)
{
	if (is_before(s->virtual, now_virtual - owed))
		s->virtual = now_virtual - owed;
}

/* --- the list --- */

static void insert(struct sched *s)
{
	struct sched **at = &first;

	while (*at)
		at = &(*at)->next;
	s->next = NULL;
	*at = s;
}

static void take_out(struct sched *s)
{
	struct sched **at = &first;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
}

/* A CPU may have charged another one since that read the time. */
static void charge(u32 cpu, u64 now)
{
	struct cpu *c = &cpus[cpu];
	struct sched *s = c->current;

	if (!is_before(c->since, now))
		return;
	u64 ticks = now - c->since;
	c->since = now;
	if (!s)
		return;
	s->used += ticks;
	charge_budget(s, ticks);
	if (s->class == SCHED_FAIR)
		charge_virtual(s, ticks);
}

/* --- who should look --- */

/* Whether `s` should have the CPU rather than whom that has. */
static bool displaces(const struct sched *s, const struct sched *current)
{
	if (!current->wants)
		return true;
	if (s->class != current->class)
		return s->class == SCHED_REAL_TIME;
	return s->class == SCHED_REAL_TIME ? s->priority < current->priority
	                                   : is_before(s->deadline, current->deadline);
}

/* A CPU without work that is to choose for `s`, the one it had last if possible: a bit, or 0. */
static u32 ask_idle(const struct sched *s)
{
	u32 found = s->cpus & idle;

	if (found & 1U << s->last)
		found = 1U << s->last;
	found &= -found;
	idle &= ~found;
	return found;
}

/*
 * The CPUs that are to choose again because `s` waits: one without work; or the one whose work can best wait, if that
 * can, and all with a fair one that would otherwise keep it.
 */
static u32 who_should_look(const struct sched *s)
{
	const struct sched *latest = s;
	u32 keepers = 0, displaced = 0, found = ask_idle(s);

	if (found)
		return found;
	for (u32 left = s->cpus; left; left &= left - 1) {
		u32 cpu = lowest_bit(left);
		const struct sched *current = cpus[cpu].current;

		if (!current)
			continue;
		if (s->class == SCHED_FAIR && current->class == SCHED_FAIR && !cpus[cpu].slices)
			keepers |= 1U << cpu;
		if (displaces(latest, current)) {
			latest = current;
			displaced = 1U << cpu;
		}
	}
	return keepers | displaced;
}

static void begin_to_want(struct sched *s, u64 now)
{
	if (!may_have(s, s->last))
		s->last = lowest_bit(s->cpus);
	for (u32 left = s->cpus; left; left &= left - 1)
		charge(lowest_bit(left), now);
	if (s->class == SCHED_FAIR) {
		keep_near(s, virtual_now(s->last, s->virtual), 0);
		begin_slice(s);
	}
	renew(s, now);
	insert(s);
	s->wants = true;
}

u32 sched_want(struct sched *s, bool wants, u64 now)
{
	u32 kick = 0;

	spinlock_take(&sched_lock);
	if (wants && !s->wants) {
		begin_to_want(s, now);
		/* Of one without a budget the CPU that had it last is to know when that ends. */
		if (!s->holder)
			kick = has_budget(s) ? who_should_look(s) : 1U << s->last;
	} else if (!wants && s->wants) {
		take_out(s);
		s->wants = false;
	}
	spinlock_give(&sched_lock);
	return kick;
}

void sched_give_way(struct sched *s)
{
	spinlock_take(&sched_lock);
	s->deadline += weighted(s, slice);
	s->in_slice = false;
	spinlock_give(&sched_lock);
}

bool sched_hold(struct sched *s, u32 cpu)
{
	spinlock_take(&sched_lock);
	if (!s->holder)
		s->holder = cpu + 1;
	bool held = s->holder == cpu + 1;
	spinlock_give(&sched_lock);
	return held;
}

u32 sched_release(struct sched *s, u32 cpu)
{
	u32 kick = 0;

	spinlock_take(&sched_lock);
	s->holder = 0;
	if (s->wants && has_budget(s))
		kick = who_should_look(s) & ~(1U << cpu); /* this one has just chosen another */
	spinlock_give(&sched_lock);
	return kick;
}

/* --- choosing --- */

/* Of two that could have the CPU; `b` may be NULL. Of equals the one that has it, then the one that came first. */
static bool is_better(const struct sched *a, const struct sched *b, const struct cpu *c)
{
	if (!b)
		return true;
	if (a->class != b->class)
		return a->class == SCHED_REAL_TIME;
	if (a->class == SCHED_REAL_TIME)
		return a->priority < b->priority || (a->priority == b->priority && a == c->current);
	return is_before(a->deadline, b->deadline) || (a->deadline == b->deadline && a == c->current);
}

/* The best and what else there is. */
struct survey {
	struct sched *best; /* had no more than its share, or is real-time */
	struct sched *
		behind; /* fair, the one that is furthest behind: there is always one who had less than all others */
	u32 fair;    /* how many fair ones this CPU could have */
	u64 renewal; /* when the first one that had this CPU last has a budget again */
};

static void look_at(struct survey *all, struct sched *s, u32 cpu, u64 now_virtual)
{
	const struct cpu *c = &cpus[cpu];

	if (s->class == SCHED_FAIR) {
		all->fair++;
		keep_near(s, now_virtual, weighted(s, OWED_SLICES * slice));
		if (!all->behind || is_before(s->virtual, all->behind->virtual))
			all->behind = s;
		if (is_before(now_virtual, s->virtual) && !(s == c->current && s->in_slice))
			return;
	}
	if (is_better(s, all->best, c))
		all->best = s;
}

static struct survey survey(u32 cpu, u64 now)
{
	struct survey all = {.renewal = ~0UL};
	u64 now_virtual = virtual_now(cpu, 0);

	for (struct sched *s = first; s; s = s->next) {
		if (!may_have(s, cpu) || (s->holder && s->holder != cpu + 1))
			continue;
		renew(s, now);
		if (has_budget(s))
			look_at(&all, s, cpu, now_virtual);
		else if (s->last == cpu)
			all.renewal = min_u64(all.renewal, s->renews_at);
	}
	if (!all.best)
		all.best = all.behind;
	return all;
}

/* When the chosen one is over, if it does not sleep before. */
static u64 end_of(const struct sched *s, u32 fair, u64 now)
{
	u64 end = ~0UL;

	if (s->class == SCHED_FAIR && fair > 1) /* alone it needs no end */
		end = now + (s->deadline - s->virtual) * s->weight / SCHED_WEIGHT + 1;
	return s->period ? min_u64(end, now + s->left) : end;
}

/*
 * Whoever is left over gets a CPU without work. It may have been asked to choose for this one, and have found a better
 * one, or a budget has just been renewed.
 */
static u32 find_places(u64 now)
{
	u32 kick = 0;

	for (struct sched *s = first; s && idle; s = s->next) {
		renew(s, now);
		if (!s->holder && has_budget(s))
			kick |= ask_idle(s);
	}
	return kick;
}

struct sched_choice sched_choose(u32 cpu, u64 now)
{
	struct cpu *c = &cpus[cpu];
	struct sched_choice choice = {.until = ~0UL};

	spinlock_take(&sched_lock);
	charge(cpu, now);
	struct survey all = survey(cpu, now);
	struct sched *s = all.best;

	choice.chosen = s;
	choice.until = all.renewal;
	if (s) {
		choice.until = min_u64(choice.until, end_of(s, all.fair, now));
		s->holder = cpu + 1;
		s->last = cpu;
		s->in_slice = true;
		idle &= ~(1U << cpu);
	}
	c->current = s;
	c->slices = all.fair > 1;
	choice.kick = find_places(now);
	if (!s)
		idle |= 1U << cpu;
	spinlock_give(&sched_lock);
	return choice;
}
