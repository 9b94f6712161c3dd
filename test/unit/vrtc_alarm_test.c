/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vrtc.c: the alarm, to the tick, and what it survives. */
#include "vrtc_world.h"

static void test_alarm_to_the_tick(void **state)
{
	(void)state;
	pass(12345);
	set(IMSC, 1);
	set(MR, EPOCH + 3);
	assert_int_equal(get(MR), EPOCH + 3);
	assert_int_equal(timer_fake_armed(), 3UL * FREQUENCY);
	pass(3UL * FREQUENCY - 12345 - 1);
	assert_false(line());
	assert_int_equal(get(RIS), 0);
	pass(1);
	assert_true(line());
	assert_int_equal(get(RIS), 1);
	assert_int_equal(get(MIS), 1);
	assert_int_equal(get(DR), EPOCH + 3);
}

static void test_alarm_is_cleared(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 1);
	pass_seconds(1);
	set(ICR, 0);
	assert_true(line());
	set(ICR, 1);
	assert_false(line());
	assert_int_equal(get(RIS), 0);
	pass_seconds(1000);
	assert_false(line()); /* once */
}

static void test_masked_alarm(void **state)
{
	(void)state;
	set(MR, EPOCH + 1);
	pass_seconds(1);
	assert_int_equal(get(RIS), 1);
	assert_int_equal(get(MIS), 0);
	assert_false(line());
	set(IMSC, ~0U);
	assert_int_equal(get(IMSC), 1);
	assert_true(line());
	assert_int_equal(get(MIS), 1);
	set(IMSC, ~1U);
	assert_false(line());
}

static void test_match_with_the_present_second(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH);
	assert_true(line());
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void test_match_with_the_past_waits_for_the_wrap(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH - 1);
	pass_seconds(0xfffffffe);
	assert_false(line());
	pass_seconds(1);
	assert_true(line());
	assert_int_equal(get(DR), EPOCH - 1);
}

static void test_match_just_over_the_wrap(void **state)
{
	(void)state;
	set(LR, 0xfffffffe);
	set(IMSC, 1);
	set(MR, 1);
	pass_seconds(2);
	assert_false(line());
	pass_seconds(1);
	assert_true(line());
}

static void test_new_match_replaces_the_old(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 1);
	set(MR, EPOCH + 10);
	pass_seconds(9);
	assert_false(line());
	pass_seconds(1);
	assert_true(line());
}

static void test_earlier_match_replaces_the_later(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 10);
	set(MR, EPOCH + 2);
	pass_seconds(2);
	assert_true(line());
	set(ICR, 1);
	pass_seconds(8);
	assert_false(line());
}

static void test_alarm_follows_a_new_time(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 100);
	set(LR, EPOCH + 95);
	pass_seconds(4);
	assert_false(line());
	pass_seconds(1);
	assert_true(line());
}

static void test_alarm_follows_a_time_set_back(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 5);
	set(LR, EPOCH - 5);
	pass_seconds(9);
	assert_false(line());
	pass_seconds(1);
	assert_true(line());
}

static void test_time_set_to_the_match_itself(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, 5000);
	set(LR, 5000);
	assert_true(line());
}

static void test_load_without_a_match_arms_nothing(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(LR, 0xffffffff);
	assert_int_equal(timer_fake_armed(), ~0UL);
	pass_seconds(10); /* through 0, which the match register holds */
	assert_false(line());
}

static void test_alarm_beyond_the_machines_counter_is_never(void **state)
{
	(void)state;
	timer_fake_set_frequency(4294967295);
	timer_fake_set(0xfffffff000000000);
	set(IMSC, 1);
	set(MR, get(DR) - 1);
	assert_int_equal(timer_fake_armed(), ~0UL);
	assert_false(line());
}

static void test_reset_keeps_the_time_and_silences_the_alarm(void **state)
{
	(void)state;
	set(LR, 777);
	set(IMSC, 1);
	set(MR, 777);
	assert_true(line());
	power_on();
	assert_false(line());
	assert_int_equal(get(RIS) | get(IMSC) | get(MR) | get(LR), 0);
	assert_int_equal(get(DR), 777);
}

static void test_reset_forgets_a_queued_alarm(void **state)
{
	(void)state;
	set(MR, EPOCH + 2);
	power_on();
	assert_int_equal(timer_fake_armed(), ~0UL);
	set(IMSC, 1);
	pass_seconds(5);
	assert_false(line());
	assert_int_equal(get(RIS), 0);
}

/* The deadline sits in the queue of the CPU that set it; another vCPU may move it. */
static void test_alarm_set_from_another_cpu(void **state)
{
	struct access a = {.offset = MR, .size = 4, .write = true, .value = EPOCH + 5};

	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 2);
	fake_cpu(1);
	assert_int_equal(reg_access(&vrtc_table, &world.vcpus[1], &a), DONE);
	assert_int_equal(timer_fake_armed(), 5UL * FREQUENCY);
	fake_cpu(0);
	pass_seconds(2);
	assert_false(line());
	fake_cpu(1);
	pass_seconds(3);
	assert_true(line());
	fake_cpu(0);
}

/* It expired on one CPU while another moved it on: taken out of the queue, not yet believed. */
static void test_expiry_of_a_moved_alarm_is_ignored(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 2);
	timer_fake_advance(2UL * FREQUENCY);
	set(MR, EPOCH + 9);
	world.vm.rtc.alarm.expire(&world.vm.rtc.alarm);
	assert_false(line());
	pass_seconds(7);
	assert_true(line());
}

static void test_expiry_after_a_reset_is_ignored(void **state)
{
	(void)state;
	set(MR, EPOCH + 2);
	timer_fake_advance(2UL * FREQUENCY);
	power_on();
	set(IMSC, 1);
	world.vm.rtc.alarm.expire(&world.vm.rtc.alarm);
	assert_false(line());
}

/* EL2 was late: the second has passed, the alarm still comes. */
static void test_late_expiry_still_raises(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH + 2);
	pass_seconds(60);
	assert_true(line());
}

static void test_line_changes_are_told_once(void **state)
{
	(void)state;
	set(IMSC, 1);
	set(MR, EPOCH);
	set(MR, EPOCH);
	set(IMSC, 1);
	assert_int_equal(line_changes, 1);
	set(ICR, 1);
	set(ICR, 1);
	assert_int_equal(line_changes, 2);
}

/* Linux's rtc-pl031: read, set, alarm in two seconds, interrupt, clear. */
static void test_linux_session(void **state)
{
	(void)state;
	set(CR, get(CR) | 1);
	set(LR, get(DR));
	set(ICR, 1);
	set(MR, get(DR) + 2);
	set(IMSC, get(IMSC) | 1);
	pass_seconds(1);
	assert_false(line());
	pass_seconds(1);
	assert_true(line());
	assert_int_equal(get(MIS), 1);
	set(ICR, 1);
	set(IMSC, 0);
	assert_false(line());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alarm_to_the_tick),
		TEST(test_alarm_is_cleared),
		TEST(test_masked_alarm),
		TEST(test_match_with_the_present_second),
		TEST(test_match_with_the_past_waits_for_the_wrap),
		TEST(test_match_just_over_the_wrap),
		TEST(test_new_match_replaces_the_old),
		TEST(test_earlier_match_replaces_the_later),
		TEST(test_alarm_follows_a_new_time),
		TEST(test_alarm_follows_a_time_set_back),
		TEST(test_time_set_to_the_match_itself),
		TEST(test_load_without_a_match_arms_nothing),
		TEST(test_alarm_beyond_the_machines_counter_is_never),
		TEST(test_reset_keeps_the_time_and_silences_the_alarm),
		TEST(test_reset_forgets_a_queued_alarm),
		TEST(test_alarm_set_from_another_cpu),
		TEST(test_expiry_of_a_moved_alarm_is_ignored),
		TEST(test_expiry_after_a_reset_is_ignored),
		TEST(test_late_expiry_still_raises),
		TEST(test_line_changes_are_told_once),
		TEST(test_linux_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
