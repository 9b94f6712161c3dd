/* SPDX-License-Identifier: Apache-2.0 */
/* The queues of deadlines and of jobs: order, moves between CPUs, rearming, the timer of the head. */
#include "alone.h"
#include "fake/timer_fake.h"
#include "monitor/deadline.h"
#include "monitor/job.h"

enum { COUNT = 8 };
static struct deadline d[COUNT];
static u32 expired[64], expired_count;
static u64 rearm; /* the first deadline is set again this much later */

static void expire(struct deadline *self)
{
	assert_int_equal(self->queue, 0); /* it is out of the queue: it may be set again */
	expired[expired_count++] = (u32)(self - d);
	if (self == &d[0] && rearm)
		deadline_set(self, self->when + rearm);
}

static void start(void)
{
	timer_fake_reset();
	for (u32 i = 0; i < COUNT; i++)
		d[i] = (struct deadline)DEADLINE_IDLE(expire);
}

static void runs_at(u64 now, u32 count)
{
	expired_count = 0;
	timer_fake_set(now);
	deadline_run();
	assert_int_equal(expired_count, count);
}

static void nothing_expires_before_its_time(void **s)
{
	(void)s;
	deadline_set(&d[1], 100);
	runs_at(99, 0);
	runs_at(100, 1);
	assert_int_equal(expired[0], 1);
	runs_at(101, 0);
}

static void they_expire_in_the_order_of_their_times(void **s)
{
	(void)s;
	deadline_set(&d[1], 300);
	deadline_set(&d[2], 100);
	deadline_set(&d[3], 200);
	runs_at(300, 3);
	assert_int_equal(expired[0], 2);
	assert_int_equal(expired[1], 3);
	assert_int_equal(expired[2], 1);
}

static void equal_times_expire_in_the_order_they_were_set(void **s)
{
	(void)s;
	for (u32 i = 1; i < COUNT; i++)
		deadline_set(&d[i], 50);
	runs_at(50, COUNT - 1);
	for (u32 i = 1; i < COUNT; i++)
		assert_int_equal(expired[i - 1], i);
}

static void timer_is_armed_for_the_head(void **s)
{
	(void)s;
	assert_int_equal(timer_fake_armed(), ~0UL);
	deadline_set(&d[1], 300);
	assert_int_equal(timer_fake_armed(), 300);
	deadline_set(&d[2], 100);
	assert_int_equal(timer_fake_armed(), 100);
	deadline_set(&d[3], 200);
	assert_int_equal(timer_fake_armed(), 100);
	runs_at(150, 1);
	assert_int_equal(timer_fake_armed(), 200);
	runs_at(300, 2);
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void setting_again_moves_it(void **s)
{
	(void)s;
	deadline_set(&d[1], 100);
	deadline_set(&d[1], 200);
	runs_at(150, 0);
	runs_at(200, 1);
}

static void setting_earlier_rearms_the_timer(void **s)
{
	(void)s;
	deadline_set(&d[1], 500);
	deadline_set(&d[2], 400);
	deadline_set(&d[1], 300);
	assert_int_equal(timer_fake_armed(), 300);
}

static void cancelled_one_never_expires(void **s)
{
	(void)s;
	deadline_set(&d[1], 100);
	deadline_set(&d[2], 200);
	deadline_cancel(&d[1]);
	assert_int_equal(d[1].queue, 0);
	assert_int_equal(timer_fake_armed(), 200);
	runs_at(300, 1);
	assert_int_equal(expired[0], 2);
}

static void cancelling_one_in_the_middle_keeps_the_others(void **s)
{
	(void)s;
	for (u32 i = 1; i <= 5; i++)
		deadline_set(&d[i], i * 10);
	deadline_cancel(&d[3]);
	deadline_cancel(&d[5]);
	runs_at(100, 3);
	assert_int_equal(expired[0], 1);
	assert_int_equal(expired[1], 2);
	assert_int_equal(expired[2], 4);
}

static void cancelling_an_idle_one_is_nothing(void **s)
{
	(void)s;
	deadline_set(&d[2], 10);
	deadline_cancel(&d[1]);
	deadline_cancel(&d[1]);
	assert_int_equal(timer_fake_armed(), 10);
}

static void set_on_another_cpu_it_moves_there(void **s)
{
	(void)s;
	deadline_set(&d[1], 100);
	fake_cpu(1);
	deadline_set(&d[1], 100);
	assert_int_equal(d[1].queue, 2);
	fake_cpu(0);
	runs_at(100, 0);
	fake_cpu(1);
	runs_at(100, 1);
}

static void cancelled_from_another_cpu_its_old_timer_fires_for_nothing(void **s)
{
	(void)s;
	deadline_set(&d[1], 100);
	fake_cpu(1);
	deadline_cancel(&d[1]);
	assert_int_equal(timer_fake_armed(), ~0UL); /* of this CPU: not touched */
	fake_cpu(0);
	runs_at(100, 0);
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void each_cpu_runs_its_own(void **s)
{
	(void)s;
	for (u32 cpu = 0; cpu < 3; cpu++) {
		fake_cpu(cpu);
		deadline_set(&d[cpu + 1], 100 + cpu);
	}
	fake_cpu(1);
	runs_at(1000, 1);
	assert_int_equal(expired[0], 2);
	fake_cpu(2);
	assert_int_equal(timer_fake_armed(), 102);
}

static void expiring_one_may_set_itself_again(void **s)
{
	(void)s;
	rearm = 10;
	deadline_set(&d[0], 100);
	runs_at(100, 1);
	assert_int_equal(timer_fake_armed(), 110);
	runs_at(135, 3); /* 110, 120, 130: all that is due */
	assert_int_equal(timer_fake_armed(), 140);
}

static void farthest_time_is_a_time(void **s)
{
	(void)s;
	deadline_set(&d[1], ~0UL - 1);
	deadline_set(&d[2], 5);
	runs_at(~0UL - 2, 1);
	runs_at(~0UL - 1, 1);
	assert_int_equal(expired[0], 1);
}

/* --- jobs --- */

static struct job jobs[3];
static u32 left[3], ran[32], ran_count;

static bool work(struct job *self)
{
	u32 n = (u32)(self - jobs);

	ran[ran_count++] = n;
	return --left[n] != 0;
}

static void no_job_nothing_to_run(void **s)
{
	(void)s;
	assert_false(job_run());
}

static void job_runs_step_by_step_until_it_is_done(void **s)
{
	(void)s;
	jobs[0].step = work;
	left[0] = 3;
	job_add(&jobs[0], 0);
	for (u32 i = 1; i <= 3; i++) {
		assert_true(job_run());
		assert_int_equal(ran_count, i);
	}
	assert_false(job_run());
}

static void jobs_of_one_cpu_take_turns(void **s)
{
	const u32 wanted[] = {0, 1, 2, 0, 2, 2};

	(void)s;
	for (u32 i = 0; i < 3; i++) {
		jobs[i].step = work;
		left[i] = (const u32[]){2, 1, 3}[i];
		job_add(&jobs[i], 0);
	}
	while (job_run())
		;
	assert_int_equal(ran_count, 6);
	assert_memory_equal(ran, wanted, sizeof(wanted));
}

static void job_runs_on_its_cpu_only(void **s)
{
	(void)s;
	jobs[0].step = work;
	left[0] = 1;
	job_add(&jobs[0], 2);
	assert_false(job_run());
	fake_cpu(2);
	assert_true(job_run());
	assert_false(job_run());
}

static bool add_another(struct job *self)
{
	(void)self;
	left[1] = 1;
	jobs[1].step = work;
	job_add(&jobs[1], 0);
	return false;
}

static void step_may_add_a_job(void **s)
{
	(void)s;
	jobs[0].step = add_another;
	job_add(&jobs[0], 0);
	assert_true(job_run());
	assert_true(job_run());
	assert_int_equal(ran[0], 1);
	assert_false(job_run());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(nothing_expires_before_its_time),
		ALONE(they_expire_in_the_order_of_their_times),
		ALONE(equal_times_expire_in_the_order_they_were_set),
		ALONE(timer_is_armed_for_the_head),
		ALONE(setting_again_moves_it),
		ALONE(setting_earlier_rearms_the_timer),
		ALONE(cancelled_one_never_expires),
		ALONE(cancelling_one_in_the_middle_keeps_the_others),
		ALONE(cancelling_an_idle_one_is_nothing),
		ALONE(set_on_another_cpu_it_moves_there),
		ALONE(cancelled_from_another_cpu_its_old_timer_fires_for_nothing),
		ALONE(each_cpu_runs_its_own),
		ALONE(expiring_one_may_set_itself_again),
		ALONE(farthest_time_is_a_time),
		ALONE(no_job_nothing_to_run),
		ALONE(job_runs_step_by_step_until_it_is_done),
		ALONE(jobs_of_one_cpu_take_turns),
		ALONE(job_runs_on_its_cpu_only),
		ALONE(step_may_add_a_job),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
