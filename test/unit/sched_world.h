/* SPDX-License-Identifier: Apache-2.0 */
/* Some CPUs, some who want them, and time: what the loops of the CPUs would do, event by event. A tick is 1 us. */
#pragma once
#include "alone.h"
#include "lib/bits.h"
#include "monitor/sched.h"

enum { SIM_CPUS = 4, SIM_MAX = 32 };

/* Works `work` ticks, then sleeps until the next multiple of `every`; every 0: never sleeps. */
struct sim_member {
	struct sched sched;
	u64 work, every;
	u64 left, released; /* of the present job, and when that began */
	u64 worst;          /* the longest that a job took */
	u64 jobs;
};

struct sim_cpu {
	struct sched *has;
	u64 until;
	u64 choices; /* how often it was made to choose by a kick or its own time */
	u64 idle;
};

static struct sim_member sim[SIM_MAX];
static u32 sim_count;
static struct sim_cpu sim_cpus[SIM_CPUS];
static u32 sim_kicked;
static u64 sim_now;

static inline struct sim_member *sim_of(struct sched *s) { return CONTAINER_OF(s, struct sim_member, sched); }

/* As whoever has it says it, or the first of its CPUs, which holds it for that and then chooses. */
static inline void sim_want(struct sim_member *m, bool wants)
{
	u32 cpu = lowest_bit(m->sched.cpus);

	if (!sched_hold(&m->sched, cpu))
		cpu = m->sched.holder - 1;
	sched_want(&m->sched, wants, sim_now);
	if (sim_cpus[cpu].has != &m->sched)
		sim_kicked |= sched_release(&m->sched, cpu);
	sim_kicked |= 1U << cpu;
}

static inline struct sim_member *sim_add(struct sched terms, u64 work, u64 every)
{
	struct sim_member *m = &sim[sim_count++];

	m->sched = terms;
	m->work = m->left = work;
	m->every = every;
	m->released = sim_now;
	sim_want(m, true);
	return m;
}

static inline struct sim_member *sim_fair(u32 weight, u32 cpus)
{
	return sim_add((struct sched){.class = SCHED_FAIR, .weight = weight, .cpus = cpus}, 1, 0);
}

/* While somebody waits, no CPU that it may have is without work, has less urgent work, or has a fair turn without an end. */
static inline void sim_check(void)
{
	for (u32 i = 0; i < sim_count; i++) {
		const struct sched *s = &sim[i].sched;

		if (!s->wants || s->holder || (s->period && s->left <= 0))
			continue;
		for (u32 cpu = 0; cpu < SIM_CPUS; cpu++) {
			const struct sched *has = sim_cpus[cpu].has;

			if (!(s->cpus >> cpu & 1))
				continue;
			assert_non_null(has);
			if (s->class == SCHED_FAIR && has->class == SCHED_FAIR)
				assert_true(sim_cpus[cpu].until <= sim_now + SCHED_SLICE_US + 1);
			if (s->class == SCHED_REAL_TIME)
				assert_true(has->class == SCHED_REAL_TIME && has->priority <= s->priority);
		}
	}
}

/* Until nobody is asked to choose again. */
static inline void sim_settle(void)
{
	for (u32 i = 0; sim_kicked; i++) {
		u32 cpu = lowest_bit(sim_kicked);
		struct sim_cpu *c = &sim_cpus[cpu];
		struct sched *had = c->has;

		assert_true(i < 1000);
		sim_kicked &= ~(1U << cpu);
		struct sched_choice choice = sched_choose(cpu, sim_now);

		c->choices++;
		c->has = choice.chosen;
		c->until = choice.until;
		assert_true(choice.until > sim_now);
		sim_kicked |= choice.kick;
		assert_true(!c->has ||
		            (c->has->holder == cpu + 1 && c->has->cpus >> cpu & 1 && c->has->wants));
		if (had && had != c->has)
			sim_kicked |= sched_release(had, cpu);
	}
	sim_check();
}

/* Nobody wants anything any more. */
static inline void sim_end(void)
{
	for (u32 i = 0; i < sim_count; i++)
		sim_want(&sim[i], false);
	sim_kicked = (1U << SIM_CPUS) - 1;
	sim_settle();
	memset(sim, 0, sizeof(sim));
	sim_count = 0;
}

static inline u64 sim_next(u64 end)
{
	u64 next = end;

	for (u32 i = 0; i < SIM_CPUS; i++) {
		next = min_u64(next, sim_cpus[i].until ? sim_cpus[i].until : ~0UL);
		if (sim_cpus[i].has && sim_of(sim_cpus[i].has)->every)
			next = min_u64(next, sim_now + sim_of(sim_cpus[i].has)->left);
	}
	for (u32 i = 0; i < sim_count; i++)
		if (sim[i].every && !sim[i].sched.wants)
			next = min_u64(next, sim[i].released);
	return next;
}

static inline void sim_advance(u64 to)
{
	u64 passed = to - sim_now;

	sim_now = to;
	for (u32 i = 0; i < SIM_CPUS; i++) {
		struct sim_cpu *c = &sim_cpus[i];

		if (!c->has) {
			c->idle += passed;
		} else if (sim_of(c->has)->every) {
			struct sim_member *m = sim_of(c->has);

			m->left -= passed;
			if (!m->left) {
				m->worst = m->worst > to - m->released ? m->worst : to - m->released;
				m->jobs++;
				m->released = to - to % m->every + m->every;
				m->left = m->work;
				sim_want(m, false);
			}
		}
		if (c->until && c->until <= to)
			sim_kicked |= 1U << i;
	}
	for (u32 i = 0; i < sim_count; i++)
		if (sim[i].every && !sim[i].sched.wants && sim[i].released <= to)
			sim_want(&sim[i], true);
}

static inline void sim_run(u64 ticks)
{
	u64 end = sim_now + ticks;

	sim_settle();
	while (sim_now < end) {
		sim_advance(sim_next(end));
		sim_settle();
	}
	/* Everybody is charged. */
	sim_kicked = (1U << SIM_CPUS) - 1;
	sim_settle();
}
