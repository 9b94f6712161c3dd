/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vtimer.c: the trapped physical timer in the guest's time. With the real queue of deadlines. */
#include "devices.h"

static u32 kicks;

/* In place of monitor/irq.c. */
void irq_kick(struct vcpu *v)
{
	(void)v;
	kicks++;
}
#include "virtual/vtimer.h"

enum { ENABLE = 1, IMASK = 2, ISTATUS = 4 };
#define OFFSET 1000000UL

static u64 call(reg_function function, bool write, u64 value)
{
	struct access a = {.size = 8, .write = write, .value = write ? value : 0xddddddddddddddddUL};

	assert_int_equal(function(&world.vcpus[0], &a), DONE);
	check_no_lock_is_held();
	return a.value;
}

static u64 now(void) { return call(vtimer_cntpct_read, false, 0); }
static u64 control(void) { return call(vtimer_ctl_read, false, 0); }
static u64 cval(void) { return call(vtimer_cval_read, false, 0); }
static u64 tval(void) { return call(vtimer_tval_read, false, 0); }
static void set_control(u64 value) { call(vtimer_ctl_write, true, value); }
static void set_cval(u64 value) { call(vtimer_cval_write, true, value); }
static void set_tval(u64 value) { call(vtimer_tval_write, true, value); }
static bool line(void) { return lines[0][TIMER_PHYSICAL_PPI]; }

static int start(void **state)
{
	(void)state;
	build_devices(2);
	world.vm.counter_offset = OFFSET;
	timer_fake_set(OFFSET);
	for (u32 i = 0; i < 2; i++)
		vtimer_reset(&world.vcpus[i]);
	deadline_run();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2; i++) {
		world.vcpus[i].timer.line = false;
		vtimer_reset(&world.vcpus[i]);
	}
	return 0;
}

static void test_state_out_of_reset(void **state)
{
	(void)state;
	assert_int_equal(control(), 0);
	assert_int_equal(cval(), 0);
	assert_int_equal(timer_fake_armed(), ~0UL);
	assert_int_equal(line_changes, 0);
}

static void test_time_of_a_machine_starts_at_its_offset(void **state)
{
	(void)state;
	assert_int_equal(now(), 0);
	pass(12345);
	assert_int_equal(now(), 12345);
}

static void test_time_before_the_offset_wraps(void **state)
{
	(void)state;
	world.vm.counter_offset = OFFSET + 10;
	assert_int_equal(now(), ~0UL - 9);
}

static void test_fires_to_the_tick(void **state)
{
	(void)state;
	set_cval(500);
	set_control(ENABLE);
	assert_int_equal(timer_fake_armed(), OFFSET + 500);
	pass(499);
	assert_false(line());
	assert_int_equal(control(), ENABLE);
	pass(1);
	assert_true(line());
	assert_int_equal(control(), ENABLE | ISTATUS);
}

static void test_level_stays_until_it_is_moved(void **state)
{
	(void)state;
	set_cval(10);
	set_control(ENABLE);
	pass(1000);
	assert_true(line());
	assert_int_equal(line_changes, 1);
	set_cval(2000);
	assert_false(line());
	assert_int_equal(control(), ENABLE);
	pass(1000);
	assert_true(line());
}

static void test_already_due_when_enabled(void **state)
{
	(void)state;
	pass(100);
	set_cval(100);
	assert_false(line());
	set_control(ENABLE);
	assert_true(line());
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void test_disable_lowers_the_line(void **state)
{
	(void)state;
	set_control(ENABLE);
	assert_true(line());
	set_control(0);
	assert_false(line());
	assert_int_equal(control(), 0);
}

static void test_disabled_timer_arms_nothing(void **state)
{
	(void)state;
	set_cval(50);
	assert_int_equal(timer_fake_armed(), ~0UL);
	set_control(ENABLE);
	set_control(0);
	assert_int_equal(timer_fake_armed(), ~0UL);
	pass(100);
	assert_false(line());
}

static void test_mask_hides_the_line_not_the_status(void **state)
{
	(void)state;
	set_cval(10);
	set_control(ENABLE | IMASK);
	pass(10);
	assert_false(line());
	assert_int_equal(control(), ENABLE | IMASK | ISTATUS);
	set_control(ENABLE);
	assert_true(line());
	set_control(ENABLE | IMASK);
	assert_false(line());
}

static void test_unmask_before_it_is_due(void **state)
{
	(void)state;
	set_cval(10);
	set_control(ENABLE | IMASK);
	assert_int_equal(timer_fake_armed(), ~0UL);
	set_control(ENABLE);
	pass(10);
	assert_true(line());
}

static void test_control_keeps_two_bits_only(void **state)
{
	(void)state;
	set_cval(1000);
	set_control(~0UL);
	assert_int_equal(control(), ENABLE | IMASK);
	set_control(ISTATUS);
	assert_int_equal(control(), 0);
}

static void test_relative_value_is_signed_forward(void **state)
{
	(void)state;
	pass(100);
	set_tval(50);
	assert_int_equal(cval(), 150);
	assert_int_equal(tval(), 50);
	pass(30);
	assert_int_equal(tval(), 20);
}

static void test_relative_value_is_signed_backward(void **state)
{
	(void)state;
	pass(100);
	set_tval(0xffffffff);
	assert_int_equal(cval(), 99);
	assert_int_equal(tval(), 0xffffffff);
	set_tval(0x80000000);
	assert_int_equal(cval(), 100 - 0x80000000UL);
}

static void test_relative_value_ignores_the_upper_half(void **state)
{
	(void)state;
	set_tval(0xabcdef0100000010);
	assert_int_equal(cval(), 0x10);
}

static void test_relative_value_reads_32_bits(void **state)
{
	(void)state;
	set_cval(0x123456789abcdef0);
	assert_int_equal(tval(), 0x9abcdef0);
}

static void test_relative_value_counts_down_past_zero(void **state)
{
	(void)state;
	set_tval(5);
	set_control(ENABLE);
	pass(7);
	assert_int_equal(tval(), (u32)-2);
	assert_true(line());
}

static void test_largest_relative_value(void **state)
{
	(void)state;
	set_tval(0x7fffffff);
	set_control(ENABLE);
	pass(0x7ffffffe);
	assert_false(line());
	pass(1);
	assert_true(line());
}

static void test_negative_relative_value_fires_at_once(void **state)
{
	(void)state;
	pass(100);
	set_control(ENABLE | IMASK);
	set_tval((u32)-1);
	set_control(ENABLE);
	assert_true(line());
}

static void test_compare_value_keeps_64_bits(void **state)
{
	static const u64 values[] = {0, 1, 0x7fffffffffffffff, 0x8000000000000000, ~0UL, 0x123456789abcdef0};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(values); i++) {
		set_cval(values[i]);
		assert_int_equal(cval(), values[i]);
	}
}

/* What Linux writes to stop it: far beyond what the machine's counter will reach. */
static void test_compare_value_at_the_end_of_time(void **state)
{
	(void)state;
	set_cval(~0UL);
	set_control(ENABLE);
	assert_int_equal(timer_fake_armed(), ~0UL);
	assert_false(line());
	assert_int_equal(control(), ENABLE);
}

static void test_far_compare_value_replaces_a_near_one(void **state)
{
	(void)state;
	set_control(ENABLE | IMASK);
	set_cval(100);
	set_control(ENABLE);
	set_cval(~0UL);
	pass(1000);
	assert_false(line());
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void test_periodic_ticks(void **state)
{
	(void)state;
	set_tval(100);
	set_control(ENABLE);
	for (u32 tick = 1; tick <= 50; tick++) {
		pass(100);
		assert_true(line());
		set_cval(cval() + 100);
		assert_false(line());
		assert_int_equal(line_changes, 2 * tick);
	}
	assert_int_equal(now(), 5000);
}

static void test_timers_of_two_vcpus_are_apart(void **state)
{
	struct access a = {.size = 8, .write = true, .value = 20};

	(void)state;
	set_cval(10);
	set_control(ENABLE);
	fake_cpu(1);
	assert_int_equal(vtimer_cval_write(&world.vcpus[1], &a), DONE);
	a.value = ENABLE;
	assert_int_equal(vtimer_ctl_write(&world.vcpus[1], &a), DONE);
	assert_int_equal(timer_fake_armed(), OFFSET + 20);
	fake_cpu(0);
	pass(10);
	assert_true(lines[0][TIMER_PHYSICAL_PPI]);
	assert_false(lines[1][TIMER_PHYSICAL_PPI]);
	fake_cpu(1);
	pass(10);
	assert_true(lines[1][TIMER_PHYSICAL_PPI]);
	fake_cpu(0);
}

static void test_reset_lowers_and_disarms(void **state)
{
	(void)state;
	set_control(ENABLE);
	assert_true(line());
	vtimer_reset(&world.vcpus[0]);
	assert_false(line());
	assert_int_equal(control(), 0);
	set_cval(10);
	set_control(ENABLE);
	vtimer_reset(&world.vcpus[0]);
	assert_int_equal(timer_fake_armed(), ~0UL);
	pass(100);
	assert_false(line());
}

/* A deadline that was already on its way when the guest moved the timer. */
static void test_stale_expiry_is_judged_by_the_registers(void **state)
{
	struct deadline *alarm = &world.vcpus[0].timer.alarm;

	(void)state;
	set_cval(10);
	set_control(ENABLE);
	timer_fake_advance(10);
	set_cval(100);
	alarm->expire(alarm);
	assert_false(line());
	pass(90);
	assert_true(line());
}

static void test_early_expiry_waits_again(void **state)
{
	struct deadline *alarm = &world.vcpus[0].timer.alarm;

	(void)state;
	set_cval(10);
	set_control(ENABLE);
	deadline_cancel(alarm);
	timer_fake_advance(9);
	alarm->expire(alarm);
	assert_false(line());
	assert_int_equal(timer_fake_armed(), OFFSET + 10);
	pass(1);
	assert_true(line());
}

/* Random writes and waits; after each the registers must tell what the architecture's formulas say. */
static void test_random_sequences_obey_the_formulas(void **state)
{
	for (u32 from = 1; from <= 60; from++) {
		u64 random = from * 0x9e3779b97f4a7c15UL, compare = 0, bits = 0;

		start(state);
		for (u32 step = 0; step < 500; step++) {
			random = random * 6364136223846793005UL + 1442695040888963407UL;
			u64 value = random >> 40;

			switch (random >> 61) {
			case 0:
			case 1:
				set_control(value);
				bits = value & 3;
				break;
			case 2:
				compare = value & 1 ? value % 100000 : value << 41;
				set_cval(compare);
				break;
			case 3:
			case 4:
				value = value & 1 ? value % 200 : ~(value % 200);
				compare = now() + (u64)(s64)(s32)value;
				set_tval(value);
				break;
			default:
				pass(value % 120);
			}
			bool met = (bits & ENABLE) && now() >= compare;

			assert_int_equal(cval(), compare);
			assert_int_equal(control(), bits | (met ? ISTATUS : 0));
			assert_int_equal(tval(), (u32)(compare - now()));
			assert_int_equal(line(), met && !(bits & IMASK));
		}
		finish(state);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_state_out_of_reset),
		TEST(test_time_of_a_machine_starts_at_its_offset),
		TEST(test_time_before_the_offset_wraps),
		TEST(test_fires_to_the_tick),
		TEST(test_level_stays_until_it_is_moved),
		TEST(test_already_due_when_enabled),
		TEST(test_disable_lowers_the_line),
		TEST(test_disabled_timer_arms_nothing),
		TEST(test_mask_hides_the_line_not_the_status),
		TEST(test_unmask_before_it_is_due),
		TEST(test_control_keeps_two_bits_only),
		TEST(test_relative_value_is_signed_forward),
		TEST(test_relative_value_is_signed_backward),
		TEST(test_relative_value_ignores_the_upper_half),
		TEST(test_relative_value_reads_32_bits),
		TEST(test_relative_value_counts_down_past_zero),
		TEST(test_largest_relative_value),
		TEST(test_negative_relative_value_fires_at_once),
		TEST(test_compare_value_keeps_64_bits),
		TEST(test_compare_value_at_the_end_of_time),
		TEST(test_far_compare_value_replaces_a_near_one),
		TEST(test_periodic_ticks),
		TEST(test_timers_of_two_vcpus_are_apart),
		TEST(test_reset_lowers_and_disarms),
		TEST(test_stale_expiry_is_judged_by_the_registers),
		TEST(test_early_expiry_waits_again),
		TEST(test_random_sequences_obey_the_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
