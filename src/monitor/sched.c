/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list of all that want a shared CPU, for all CPUs: a fair one waits for whichever of its CPUs is free first, so
 * that shares hold across CPUs without anybody being balanced. It is short (BOUND_SHARERS), and the lock is held for
 * one walk.
 *
 * Invariants: whoever is held is held by one CPU, and only that one changes what it wants. A CPU whose fair one has others
 * behind it ends its slices; who is left over asks one without work, or all that do not end theirs. A budget that is used up
 * is renewed by the CPU that had the spent one last, which has its time for that.
 *
 * Lock: sched_lock, RANK_SCHED.
 */
#include "monitor/sched.h"

#include "lib/bits.h"
#include "lib/bounds.h"
#include "machine/spinlock.h"

enum { OWED_SLICES = 16 };
/* Two virtual times are not taken to be farther apart: so many, of the most who could want a CPU, have a sum. */
#define FAR ((s64)1 << 42)
_Static_assert(BOUND_SHARERS *(u64)SCHED_WEIGHT_MAX < 1UL << (63 - 42), "FAR");

struct cpu {
	struct sched *current; /* whom it chose last */
	u64 since;             /* charged until then */
};

static struct spinlock sched_lock = SPINLOCK(RANK_SCHED);
static struct cpu cpus[BOUND_CPUS];
static struct sched *first;
static u64 slice;
static u64 latest; /* the latest virtual time that anybody came to */
static u32 idle;   /* bit n: CPU n has no work, and was not asked to choose since it found none */
static u32
	keepers; /* bit n: CPU n goes on with a fair one without an end, and was not asked to choose since */

void sched_init(u64 ticks)
{
	slice = ticks;
	idle = ~0U;
}

static bool is_before(u64 a, u64 b) { return (s64)(a - b) < 0; }
static bool may_have(const struct sched *s, u32 cpu) { return s->cpus >> cpu & 1; }
static u64 weighted(const struct sched *s, u64 ticks)
{
	return s->class == SCHED_FAIR ? ticks * SCHED_WEIGHT / s->weight : 0;
}

/* --- virtual time --- */

static bool has_budget(const struct sched *s) { return !s->period || s->left > 0; }

/*
 * The virtual time of a CPU: the mean of those that could have it now, by weight. Who is behind it had less than its
 * share. Where nobody could, the latest that there was: time that nobody wanted is nobody's.
 */
static u64 virtual_now(u32 cpu)
{
	s64 sum = 0, weights = 0;
	u64 base = 0;

	for (const struct sched *s = first; s; s = s->next) {
		if (s->class != SCHED_FAIR || !may_have(s, cpu) || !has_budget(s))
			continue;
		if (!weights)
			base = s->virtual;
		s64 ahead = (s64)(s->virtual - base);
		sum += (ahead > FAR ? FAR : ahead < -FAR ? -FAR : ahead) * (s64)s->weight;
		weights += s->weight;
	}
	return weights ? base + (u64)(sum / weights) : latest;
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
	if (is_before(latest, s->virtual))
		latest = s->virtual;
	if (!is_before(s->virtual, s->deadline))
		begin_slice(s);
}

/* Who did not have its share, because it is more than one CPU or because it did not want it, is not owed more than this. */
static void keep_near(struct sched *s, u64 now_virtual, u64 owed)
{
	if (!is_before(s->virtual, now_virtual - owed))
		return;
	s->deadline += now_virtual - owed - s->virtual;
	s->virtual = now_virtual - owed;
}

/* It begins to be one of those that could have a CPU. */
static void join(struct sched *s, u64 now_virtual)
{
	if (s->class != SCHED_FAIR)
		return;
	keep_near(s, now_virtual, 0);
	begin_slice(s);
}

/* --- budgets --- */

/* What was had beyond a budget, in a stretch of EL2 that cannot be interrupted, is taken from the next ones. */
static void renew(struct sched *s, u64 now)
{
	if (!s->period || now < s->renews_at)
		return;
	u64 next = now - now % s->period + s->period, periods = (next - s->renews_at) / s->period;
	u64 owed = s->left < 0 ? (u64)-s->left : 0;
	u64 given = min_u64(periods, owed / s->budget + 2) * s->budget;

	s->left = (s64)min_u64(given > owed ? given - owed : 0, s->budget);
	if (given < owed)
		s->left = -(s64)(owed - given);
	s->renews_at = next;
}

/* A period is charged with its own part. */
static void charge_budget(struct sched *s, u64 since, u64 now)
{
	u64 end = s->renews_at;

	if (!s->period)
		return;
	if (is_before(since, end) && !is_before(now, end)) {
		s->left -= (s64)(end - since);
		renew(s, now);
		since = end;
	}
	bool had = has_budget(s);

	s->left -= (s64)(now - since);
	s->postponed += had && !has_budget(s) && s->wants;
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
	u64 since = c->since;
	c->since = now;
	if (!s)
		return;
	s->used += now - since;
	charge_budget(s, since, now);
	if (s->class == SCHED_FAIR)
		charge_virtual(s, now - since);
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

	found = found & s->last ? s->last : found & -found;
	idle &= ~found;
	return found;
}

/* Those that go on with a fair one though `s` waits for them: its turn, too, has an end from now on. */
static u32 ask_keepers(const struct sched *s)
{
	u32 found = s->class == SCHED_FAIR ? s->cpus & keepers : 0;

	keepers &= ~found;
	return found;
}

/* The one of its CPUs whose work can best wait, if that can: a bit, or 0. */
static u32 find_displaced(const struct sched *s)
{
	const struct sched *latest_one = s;
	u32 found = 0;

	for (u32 left = s->cpus; left; left &= left - 1) {
		u32 cpu = lowest_bit(left);
		const struct sched *current = cpus[cpu].current;

		if (!current || !displaces(latest_one, current))
			continue;
		found = 1U << cpu;
		if (!current->wants)
			break;
		latest_one = current;
	}
	return found;
}

/* The CPUs that are to choose again because `s` waits. */
static u32 who_should_look(const struct sched *s)
{
	u32 found = ask_idle(s);

	return found ? found : ask_keepers(s) | find_displaced(s);
}

static void begin_to_want(struct sched *s, u64 now)
{
	if (!(s->cpus & s->last))
		s->last = s->cpus & -s->cpus;
	for (u32 left = s->cpus; left; left &= left - 1)
		charge(lowest_bit(left), now);
	renew(s, now);
	join(s, virtual_now(lowest_bit(s->last)));
	insert(s);
	s->wants = true;
}

void sched_want(struct sched *s, bool wants, u64 now)
{
	spinlock_take(&sched_lock);
	if (wants && !s->wants) {
		begin_to_want(s, now);
	} else if (!wants && s->wants) {
		take_out(s);
		s->wants = false;
	}
	spinlock_give(&sched_lock);
}

void sched_give_way(struct sched *s)
{
	spinlock_take(&sched_lock);
	s->deadline = s->virtual + 2 * weighted(s, slice);
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

bool sched_forget(struct sched *s)
{
	spinlock_take(&sched_lock);
	bool forgotten = !s->wants && !s->holder;
	for (u32 left = forgotten ? s->cpus : 0; left; left &= left - 1)
		if (cpus[lowest_bit(left)].current == s)
			cpus[lowest_bit(left)].current = NULL;
	spinlock_give(&sched_lock);
	return forgotten;
}

u32 sched_release(struct sched *s, u32 cpu)
{
	u32 kick = 0;

	spinlock_take(&sched_lock);
	s->holder = 0;
	/* Of one without a budget the CPU that had it last is to know when that ends. This one chooses anyway, or just did. */
	if (s->wants)
		kick = (has_budget(s) ? who_should_look(s) : s->last) & ~(1U << cpu);
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
	u64 now_virtual = virtual_now(cpu);

	for (struct sched *s = first; s; s = s->next) {
		if (!may_have(s, cpu) || (s->holder && s->holder != cpu + 1))
			continue;
		bool was_spent = !has_budget(s);

		renew(s, now);
		if (was_spent && has_budget(s))
			join(s, now_virtual);
		if (has_budget(s))
			look_at(&all, s, cpu, now_virtual);
		else if (s->last == 1U << cpu)
			all.renewal = min_u64(all.renewal, s->renews_at);
	}
	if (!all.best)
		all.best = all.behind;
	return all;
}

/* When the chosen one is over, if it does not sleep before. A budget is over with its period. */
static u64 end_of(const struct sched *s, u32 fair, u64 now)
{
	u64 end = ~0UL;

	if (s->class == SCHED_FAIR && fair > 1) /* alone it needs no end */
		end = now + min_u64(slice, (s->deadline - s->virtual) * s->weight / SCHED_WEIGHT) + 1;
	return s->period ? min_u64(end, min_u64(now + (u64)s->left, s->renews_at)) : end;
}

/*
 * Whoever is left over. A CPU may have been asked to choose for this one and have found a better one, or a budget has just
 * been renewed.
 */
static u32 find_places(void)
{
	u32 kick = 0;

	for (struct sched *s = first; s && idle | keepers; s = s->next) {
		if (s->holder || !has_budget(s))
			continue;
		u32 found = ask_idle(s);

		kick |= found ? found : ask_keepers(s);
	}
	return kick;
}

/* Who it has from now on, and what others may know of that. */
static void give(u32 cpu, struct sched *s, u32 fair)
{
	u32 bit = 1U << cpu;

	cpus[cpu].current = s;
	idle &= ~bit;
	keepers &= ~bit;
	if (!s)
		return;
	s->holder = cpu + 1;
	s->last = bit;
	s->in_slice = true;
	if (s->class == SCHED_FAIR && fair == 1)
		keepers |= bit;
}

struct sched_choice sched_choose(u32 cpu, u64 now)
{
	struct sched_choice choice = {0};

	spinlock_take(&sched_lock);
	charge(cpu, now);
	struct survey all = survey(cpu, now);

	choice.chosen = all.best;
	choice.until = all.best ? min_u64(all.renewal, end_of(all.best, all.fair, now)) : all.renewal;
	give(cpu, all.best, all.fair);
	choice.kick = find_places();
	if (!all.best)
		idle |= 1U << cpu; /* from now on: it has just found nothing */
	spinlock_give(&sched_lock);
	return choice;
}
