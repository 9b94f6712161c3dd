/* SPDX-License-Identifier: Apache-2.0 */
/*
 * News is a bit per vCPU, at the CPU that holds it; of one that nobody holds, at the CPU that brings the news, if it may have
 * it: then no other is disturbed before sched.c says so. A vCPU may move on before that CPU looks; then the bit
 * follows it. To look at a vCPU is to hold it (sched_hold()), so that no other CPU chooses it meanwhile.
 *
 * Invariant: a CPU with a bit, or that is asked to choose, passes its loop: who sets it as the first sends the SGI, and the
 * loop takes it away before it looks.
 *
 * No lock: news and `asked` are atomic, the rest is its CPU's own or sched.c's.
 */
#include "monitor/share.h"

#include "lib/bits.h"
#include "lib/bounds.h"
#include "lib/require.h"
#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/deadline.h"
#include "monitor/irq.h"
#include "monitor/run.h"
#include "monitor/vm.h"

enum { WORD = 32, WORDS = (BOUND_SHARERS + WORD - 1) / WORD };

static struct vcpu *sharers[BOUND_SHARERS]; /* NULL: nobody has the number */
static u32 shared;                          /* bit n: some of them may have CPU n */

/* Whose turn it is on a CPU. */
struct turn {
	u32 news[WORDS]; /* bit n: of sharers[n] */
	bool asked;      /* to choose again */
	struct vcpu *current;
	struct deadline end; /* when to choose again, if nothing else happens */
};
static struct turn turns[BOUND_CPUS];

void share_add(struct vcpu *v)
{
	u32 number = 0;

	for (; sharers[number]; number++)
		require(number + 1 < BOUND_SHARERS);
	v->sharer = number;
	__atomic_store_n(&sharers[number], v, __ATOMIC_RELEASE);
	__atomic_fetch_or(&shared, v->sched.cpus, __ATOMIC_RELEASE);
}

static struct turn *mine(void) { return &turns[cpu_index()]; }

struct vcpu *share_current(void) { return mine()->current; }

bool share_has_news(void)
{
	const struct turn *t = mine();
	u32 all = __atomic_load_n(&t->asked, __ATOMIC_RELAXED);

	for (u32 i = 0; i < WORDS; i++)
		all |= __atomic_load_n(&t->news[i], __ATOMIC_RELAXED);
	return all;
}

/* Which CPU is to look: who holds it, if only to look itself. It may be the wrong one by now, and then sends it on. */
static u32 who_looks(const struct vcpu *v)
{
	u32 here = cpu_index(), holder = __atomic_load_n(&v->sched.holder, __ATOMIC_RELAXED);

	if (holder)
		return holder - 1;
	return v->sched.cpus >> here & 1 ? here : __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);
}

void share_notice(struct vcpu *v)
{
	u32 cpu = who_looks(v), bit = 1U << v->sharer % WORD;

	if (v == share_current())
		return; /* its own act, after which its loop looks at it */
	if (!(__atomic_fetch_or(&turns[cpu].news[v->sharer / WORD], bit, __ATOMIC_SEQ_CST) & bit))
		irq_kick_any(cpu);
}

static void ask_to_choose(u32 those)
{
	for (; those; those &= those - 1) {
		u32 cpu = lowest_bit(those);

		if (!__atomic_exchange_n(&turns[cpu].asked, true, __ATOMIC_SEQ_CST))
			irq_kick_any(cpu);
	}
}

/* A CPU has it until it has chosen again, and was told of it until it has looked. */
u32 share_remove(struct vcpu *v)
{
	u32 bit = 1U << v->sharer % WORD, busy = 0;

	for (u32 left = v->sched.cpus; left; left &= left - 1) {
		const struct turn *t = &turns[lowest_bit(left)];

		if (__atomic_load_n(&t->current, __ATOMIC_SEQ_CST) == v ||
		    __atomic_load_n(&t->news[v->sharer / WORD], __ATOMIC_SEQ_CST) & bit)
			busy |= left & -left;
	}
	if (!busy && sched_forget(&v->sched)) {
		__atomic_store_n(&sharers[v->sharer], NULL, __ATOMIC_RELEASE);
		return 0;
	}
	busy = busy ? busy : v->sched.cpus;
	ask_to_choose(busy);
	return busy;
}

static void look_at(struct vcpu *v)
{
	u32 cpu = cpu_index();

	if (!sched_hold(&v->sched, cpu)) {
		share_notice(v); /* another one has it */
		return;
	}
	sched_want(&v->sched, run_may_go_on(v), timer_now());
	if (v != share_current())
		ask_to_choose(sched_release(&v->sched, cpu));
}

static void look_at_news(struct turn *t)
{
	for (u32 i = 0; i < WORDS; i++) {
		u32 news = t->news[i] ? __atomic_exchange_n(&t->news[i], 0, __ATOMIC_SEQ_CST) : 0;

		for (; news; news &= news - 1) {
			struct vcpu *v =
				__atomic_load_n(&sharers[i * WORD + lowest_bit(news)], __ATOMIC_ACQUIRE);

			if (v && v != t->current) /* it may be late news of one that has gone */
				look_at(v);
		}
	}
	if (t->current)
		look_at(t->current);
}

static void expired(struct deadline *d) { (void)d; /* its interrupt leads to the loop, which chooses */ }

static void end_turn_at(struct turn *t, u64 when)
{
	t->end.expire = expired;
	if (when == ~0UL)
		deadline_cancel(&t->end);
	else if (!t->end.queue || t->end.when != when)
		deadline_set(&t->end, when);
}

struct vcpu *share_choose(void)
{
	u32 cpu = cpu_index();
	struct turn *t = mine();
	struct vcpu *had = t->current;

	if (!(__atomic_load_n(&shared, __ATOMIC_RELAXED) >> cpu & 1))
		return NULL;
	__atomic_store_n(&t->asked, false, __ATOMIC_SEQ_CST);
	look_at_news(t);
	u64 now =
		timer_now(); /* one for all: what one is charged for is what others are told that they lacked */
	struct sched_choice choice = sched_choose(cpu, now);
	struct vcpu *v = choice.chosen ? CONTAINER_OF(choice.chosen, struct vcpu, sched) : NULL;

	if (v)
		__atomic_store_n(&v->cpu, cpu, __ATOMIC_SEQ_CST);
	__atomic_store_n(&t->current, v, __ATOMIC_SEQ_CST);
	ask_to_choose(choice.kick);
	if (had && had != v) {
		vcpu_end_turn(had, now);
		ask_to_choose(sched_release(&had->sched, cpu));
	}
	if (v && v->power == VCPU_ON)
		vcpu_get_turn(v, now);
	end_turn_at(t, choice.until);
	return v;
}
