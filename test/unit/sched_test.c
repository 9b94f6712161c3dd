/* SPDX-License-Identifier: Apache-2.0 */
/* Shares, budgets, priorities and who is disturbed, over minutes of simulated time. */
#include "sched_world.h"

#define SECOND 1000000UL
enum { BOTH = 3 };

static void begin(void) { sched_init(SCHED_SLICE_US); }

static void has_share(const struct sim_member *m, u64 ticks, u64 share, u64 of)
{
	u64 want = ticks * share / of, off = want / 100;

	if (m->sched.used + off < want || m->sched.used > want + off)
		fail_msg("member %d of weight %u had %lu, not %lu", (int)(m - sim), m->sched.weight,
		         m->sched.used, want);
}

static void alone_it_is_never_interrupted(void **s)
{
	(void)s;
	struct sim_member *m = sim_fair(100, 1);

	sim_run(10 * SECOND);
	assert_int_equal(m->sched.used, 10 * SECOND);
	assert_int_equal(sim_cpus[0].choices, 2); /* at its start and at the end of the run */
	assert_int_equal(sim_cpus[0].until, ~0UL);
}

static void two_share_by_weight(void **s)
{
	(void)s;
	struct sim_member *a = sim_fair(100, 1), *b = sim_fair(300, 1);

	sim_run(10 * SECOND);
	has_share(a, 10 * SECOND, 1, 4);
	has_share(b, 10 * SECOND, 3, 4);
}

static void three_share_two_cpus(void **s)
{
	(void)s;
	for (u32 i = 0; i < 3; i++)
		sim_fair(100, BOTH);
	sim_run(10 * SECOND);
	for (u32 i = 0; i < 3; i++)
		has_share(&sim[i], 20 * SECOND, 1, 3);
	assert_true(sim_cpus[0].idle + sim_cpus[1].idle < 10);
}

static void sixteen_share_two_cpus_by_weight(void **s)
{
	(void)s;
	u64 sum = 0;

	for (u32 i = 0; i < 16; i++)
		sum += sim_fair(50 + 25 * i, BOTH)->sched.weight;
	sim_run(10 * SECOND);
	for (u32 i = 0; i < 16; i++)
		has_share(&sim[i], 20 * SECOND, sim[i].sched.weight, sum);
}

/* Whose share would be more than one CPU has that; what is left goes by weight. */
static void nobody_has_more_than_one_cpu(void **s)
{
	(void)s;
	struct sim_member *heavy = sim_fair(10000, BOTH), *a = sim_fair(100, BOTH), *b = sim_fair(200, BOTH);

	sim_run(10 * SECOND);
	has_share(heavy, 10 * SECOND, 1, 1);
	has_share(a, 10 * SECOND, 1, 3);
	has_share(b, 10 * SECOND, 2, 3);
}

static void who_slept_is_not_owed_for_it(void **s)
{
	(void)s;
	struct sim_member *a = sim_fair(100, 1);
	struct sim_member *late = sim_add((struct sched){.class = SCHED_FAIR, .weight = 100, .cpus = 1},
	                                  10 * SECOND, 20 * SECOND);

	sim_want(late, false);
	late->released = 10 * SECOND;
	sim_run(10 * SECOND);
	u64 before = a->sched.used;
	sim_run(2 * SECOND);
	has_share(late, 2 * SECOND, 1, 2);
	assert_true(a->sched.used - before > SECOND * 99 / 100);
}

static void who_wakes_waits_at_most_a_slice_of_each(void **s)
{
	(void)s;
	for (u32 i = 0; i < 4; i++)
		sim_fair(100, 1);
	struct sim_member *m =
		sim_add((struct sched){.class = SCHED_FAIR, .weight = 100, .cpus = 1}, 500, 20000);
	sim_run(10 * SECOND);
	assert_true(m->jobs >= 499);
	assert_true(m->worst <= 5 * SCHED_SLICE_US + 500);
}

/* Time that nobody wanted is nobody's: two that were alone at different times begin alike. */
static void who_was_alone_is_not_ahead(void **s)
{
	(void)s;
	struct sim_member *a = sim_fair(100, 1), *b;

	sim_run(10 * SECOND);
	sim_want(a, false);
	b = sim_fair(100, 1);
	sim_run(SECOND);
	sim_want(a, true);
	u64 had_a = a->sched.used, had_b = b->sched.used;
	sim_run(SECOND);
	assert_true(a->sched.used - had_a > SECOND * 49 / 100);
	assert_true(b->sched.used - had_b > SECOND * 49 / 100);
}

/* However often one gives way, its next turn is no longer for that. */
static void giving_way_is_not_saved_up(void **s)
{
	(void)s;
	struct sim_member *a = sim_fair(100, 1), *b = sim_fair(100, 1);

	sim_run(SECOND);
	for (u32 i = 0; i < 10000; i++)
		sched_give_way(&a->sched);
	sim_kicked = 1;
	sim_run(10 * SECOND); /* sim_check() looks at the ends of turns */
	assert_true(a->sched.used > 5 * SECOND && b->sched.used > 5 * SECOND);
}

static struct sched real_time(u32 priority, u32 cpu, u64 budget, u64 period)
{
	return (struct sched){.class = SCHED_REAL_TIME,
	                      .priority = priority,
	                      .cpus = 1U << cpu,
	                      .budget = budget,
	                      .period = period};
}

static void real_time_meets_its_deadlines(void **s)
{
	(void)s;
	for (u32 i = 0; i < 15; i++)
		sim_fair(100 + i, BOTH);
	struct sim_member *m = sim_add(real_time(1, 0, 2000, 10000), 2000, 10000);

	sim_run(10 * SECOND);
	assert_int_equal(m->jobs, 1000);
	assert_int_equal(m->worst, 2000); /* it never waits */
	assert_int_equal(m->sched.postponed, 0);
}

static void an_overrun_is_postponed_and_counted(void **s)
{
	(void)s;
	struct sim_member *fair = sim_fair(100, 1), *rt = sim_add(real_time(1, 0, 2000, 10000), 1, 0);

	sim_run(10 * SECOND);
	has_share(rt, 10 * SECOND, 2, 10);
	has_share(fair, 10 * SECOND, 8, 10);
	assert_int_equal(rt->sched.postponed, 1000);
}

/* What a period of the lower one is promised it gets, also where the other's budgets of two periods meet. */
static void budgets_of_two_periods_do_not_meet(void **s)
{
	(void)s;
	struct sim_member *low = sim_add(real_time(2, 0, 5000, 15000), 1, 0), *high;

	sim_run(29999);
	high = sim_add(real_time(1, 0, 5000, 10000), 1, 0);
	sim_run(1);
	u64 had = low->sched.used;
	sim_run(15000);
	assert_int_equal(low->sched.used - had, 5000);
	assert_true(high->sched.used >= 10000);
}

/* EL2 cannot be interrupted: a CPU may charge late. */
static void an_overrun_is_paid_back(void **s)
{
	(void)s;
	struct sched rt = real_time(1, 0, 2000, 10000);

	assert_true(sched_hold(&rt, 0));
	sched_want(&rt, true, 0);
	sched_release(&rt, 0);
	assert_ptr_equal(sched_choose(0, 0).chosen, &rt);
	assert_null(sched_choose(0, 9000).chosen); /* 7000 too many: three periods and a half */
	sched_release(&rt, 0);
	for (u64 now = 10000; now < 40000; now += 10000) {
		struct sched_choice choice = sched_choose(0, now);

		assert_null(choice.chosen);
		assert_int_equal(choice.until, now + 10000);
	}
	struct sched_choice choice = sched_choose(0, 40000);
	assert_ptr_equal(choice.chosen, &rt);
	assert_int_equal(choice.until, 41000);
}

/* A CPU that looks for work does not renew a budget that is being spent elsewhere. */
static void a_budget_is_renewed_where_it_is_spent(void **s)
{
	(void)s;
	struct sched rt = real_time(1, 0, 2000, 10000);

	assert_true(sched_hold(&rt, 0));
	sched_want(&rt, true, 9000);
	sched_release(&rt, 0);
	struct sched_choice choice = sched_choose(0, 9000);
	assert_ptr_equal(choice.chosen, &rt);
	assert_int_equal(choice.until, 10000);
	assert_null(sched_choose(1, 10500).chosen);
	choice = sched_choose(0, 11000);
	assert_ptr_equal(choice.chosen, &rt);
	assert_int_equal(choice.until, 12000);
	assert_int_equal(rt.postponed, 0);
}

static void the_first_priority_goes_first(void **s)
{
	(void)s;
	struct sim_member *low = sim_add(real_time(9, 0, 5000, 20000), 5000, 20000);
	struct sim_member *high = sim_add(real_time(1, 0, 2000, 5000), 2000, 5000);

	sim_run(10 * SECOND);
	assert_int_equal(high->worst, 2000);
	assert_int_equal(low->worst, 9000); /* with two jobs of the other one before it ends */
	assert_int_equal(low->jobs, 500);
}

static void a_cap_holds_though_nobody_else_wants_it(void **s)
{
	(void)s;
	struct sim_member *m = sim_add(
		(struct sched){
			.class = SCHED_FAIR, .weight = 100, .cpus = BOTH, .budget = 25000, .period = 100000},
		1, 0);

	sim_run(10 * SECOND);
	has_share(m, 10 * SECOND, 1, 4);
}

static void a_spent_one_does_not_hold_up_others(void **s)
{
	(void)s;
	sim_add(
		(struct sched){
			.class = SCHED_FAIR, .weight = 9000, .cpus = BOTH, .budget = 10000, .period = 100000},
		1, 0);
	struct sim_member *a = sim_fair(100, BOTH), *b = sim_fair(100, BOTH);

	sim_run(10 * SECOND);
	has_share(&sim[0], 10 * SECOND, 1, 10);
	has_share(a, 10 * SECOND, 19, 20);
	has_share(b, 10 * SECOND, 19, 20);
}

/* A CPU has no more business than its own vCPU: those of others never make it choose. */
static void a_cpu_is_not_disturbed_for_those_that_may_not_have_it(void **s)
{
	(void)s;
	sim_add(real_time(1, 1, 900000, 1000000), 1, 0);
	sim_run(SECOND / 2);
	u64 before = sim_cpus[1].choices;
	for (u32 i = 0; i < 5; i++)
		sim_fair(100, 1);
	sim_add((struct sched){.class = SCHED_FAIR, .weight = 100, .cpus = BOTH}, 100, 1000);
	sim_run(SECOND / 4);
	assert_int_equal(sim_cpus[1].choices, before + 1); /* the one at the end of the run */
}

static struct sched any_terms(u32 dice, u32 number)
{
	u32 cpus = dice >> 4 & 0xf ? dice >> 4 & 0xf : 1;
	struct sched fair = {.class = SCHED_FAIR, .weight = 1 + dice % 400, .cpus = cpus};

	if (dice % 4 == 0)
		return real_time(1 + number, lowest_bit(cpus), 200, 10000);
	if (dice % 4 == 1)
		fair.budget = 20000, fair.period = 100000;
	return fair;
}

/* Whatever the mixture: no CPU idles while somebody waits for it (sim_check()), budgets hold, nobody starves. */
static void any_mixture_is_served(void **s)
{
	(void)s;
	u32 seed = 1;

	for (u32 round = 0; round < 200; round++) {
		for (u32 i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			u32 dice = seed >> 16;

			sim_add(any_terms(dice, i), 1 + dice % 5000, dice % 3 ? 0 : 10000);
		}
		sim_run(3 * SECOND);
		for (u32 i = 0; i < sim_count; i++) {
			const struct sched *m = &sim[i].sched;

			assert_true(m->used > 0);
			if (m->period)
				assert_true(m->used <= (3 * SECOND / m->period + 1) * m->budget);
		}
		sim_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(alone_it_is_never_interrupted),
		ALONE(two_share_by_weight),
		ALONE(three_share_two_cpus),
		ALONE(sixteen_share_two_cpus_by_weight),
		ALONE(nobody_has_more_than_one_cpu),
		ALONE(who_slept_is_not_owed_for_it),
		ALONE(who_wakes_waits_at_most_a_slice_of_each),
		ALONE(who_was_alone_is_not_ahead),
		ALONE(giving_way_is_not_saved_up),
		ALONE(real_time_meets_its_deadlines),
		ALONE(budgets_of_two_periods_do_not_meet),
		ALONE(an_overrun_is_paid_back),
		ALONE(a_budget_is_renewed_where_it_is_spent),
		ALONE(an_overrun_is_postponed_and_counted),
		ALONE(the_first_priority_goes_first),
		ALONE(a_cap_holds_though_nobody_else_wants_it),
		ALONE(a_spent_one_does_not_hold_up_others),
		ALONE(a_cpu_is_not_disturbed_for_those_that_may_not_have_it),
		ALONE(any_mixture_is_served),
	};

	alone_start = begin;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
