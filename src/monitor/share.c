/* SPDX-License-Identifier: Apache-2.0 */
/*
 * News is a bit per vCPU at the CPU that had it last. A vCPU may move on before that CPU looks; then the bit
 * follows it. To look at a vCPU is to hold it (sched_hold()), so that no other CPU chooses it meanwhile.
 *
 * No lock: news is atomic, the rest is its CPU's own or sched.c's.
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

static struct vcpu *sharers[BOUND_SHARERS];
static u32 sharer_count;
static u32 shared; /* bit n: some of them may have CPU n */

struct cpu {
	u32 news[WORDS]; /* bit n: of sharers[n] */
	struct vcpu *current;
	struct deadline again; /* when to choose again */
};
static struct cpu cpus[BOUND_CPUS];

void share_add(struct vcpu *v)
{
	require(sharer_count < BOUND_SHARERS);
	v->sharer = sharer_count;
	v->shares = true;
	shared |= v->sched.cpus;
	sharers[sharer_count++] = v;
}

struct vcpu *share_current(void) { return cpus[cpu_index()].current; }

bool share_has_news(void)
{
	u32 all = 0;

	for (u32 i = 0; i < WORDS; i++)
		all |= __atomic_load_n(&cpus[cpu_index()].news[i], __ATOMIC_RELAXED);
	return all;
}

void share_notice(struct vcpu *v)
{
	u32 cpu = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);

	__atomic_fetch_or(&cpus[cpu].news[v->sharer / WORD], 1U << v->sharer % WORD, __ATOMIC_SEQ_CST);
	if (v != share_current()) /* else its own act, after which this CPU looks anyway */
		irq_kick_any(cpu);
}

static void kick(u32 those)
{
	for (; those; those &= those - 1)
		irq_kick_any(lowest_bit(those));
}

static void look(struct vcpu *v)
{
	u32 cpu = cpu_index();
	struct cpu *c = &cpus[cpu];

	if (!sched_hold(&v->sched, cpu)) {
		share_notice(v); /* another one has it */
		return;
	}
	kick(sched_want(&v->sched, run_may_go_on(v), timer_now()));
	if (v != c->current)
		kick(sched_release(&v->sched, cpu));
}

static void look_at_news(struct cpu *c)
{
	for (u32 i = 0; i < WORDS; i++) {
		u32 news = c->news[i] ? __atomic_exchange_n(&c->news[i], 0, __ATOMIC_SEQ_CST) : 0;

		for (; news; news &= news - 1) {
			struct vcpu *v = sharers[i * WORD + lowest_bit(news)];

			if (v != c->current)
				look(v);
		}
	}
	if (c->current)
		look(c->current);
}

static void expired(struct deadline *d) { (void)d; /* its interrupt leads to the loop, which chooses */ }

static void choose_again_at(struct cpu *c, u64 when)
{
	c->again.expire = expired;
	if (when == ~0UL)
		deadline_cancel(&c->again);
	else if (!c->again.queue || c->again.when != when)
		deadline_set(&c->again, when);
}

struct vcpu *share_choose(void)
{
	u32 cpu = cpu_index();
	struct cpu *c = &cpus[cpu];
	struct vcpu *had = c->current;

	if (!(shared >> cpu & 1))
		return NULL;
	look_at_news(c);
	struct sched_choice choice = sched_choose(cpu, timer_now());
	struct vcpu *v = choice.chosen ? CONTAINER_OF(choice.chosen, struct vcpu, sched) : NULL;

	if (v)
		__atomic_store_n(&v->cpu, cpu, __ATOMIC_SEQ_CST);
	c->current = v;
	if (had && had != v) {
		vcpu_put_away(had);
		choice.kick |= sched_release(&had->sched, cpu);
	}
	choose_again_at(c, choice.until);
	kick(choice.kick);
	return v;
}
