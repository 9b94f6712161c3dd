/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vwatchdog.c: its two stages to the tick, what refreshes it, and random sequences against the model. */
#include "devices.h"
#include "model/watchdog_model.h"

enum { WCS = 0x00, WOR = 0x08, WOR_HIGH = 0x0c, WCV = 0x10, WCV_HIGH = 0x14, W_IIDR = 0xfcc, WRR = 0x00 };
enum { EN = 1, WS0 = 2, WS1 = 4, PERIOD = 1000 };
#define OFFSET 77000000UL /* of the VM's counter */

static u32 bites;

/* In place of monitor/vm.c. */
void life_end(struct vm *vm, enum life_end why)
{
	assert_ptr_equal(vm, &world.vm);
	assert_int_equal(why, END_BITTEN);
	check_no_lock_is_held();
	bites++;
}

static u32 get(u32 offset) { return (u32)read_sized(&vwatchdog_control_table, offset, 4); }
static void set(u32 offset, u32 value) { write_sized(&vwatchdog_control_table, offset, 4, value); }
static void pet(void) { write_sized(&vwatchdog_refresh_table, WRR, 4, 0x12345678); }
static bool line(void) { return lines[0][VGIC_WATCHDOG_INTID]; }
static u64 compare(void) { return get(WCV) | (u64)get(WCV_HIGH) << 32; }
static u64 guest_now(void) { return timer_now() - OFFSET; }
static void power_on(void) { vwatchdog_reset(&world.vm); }

static void begin(u64 period)
{
	set(WOR, (u32)period);
	set(WOR_HIGH, (u32)(period >> 32));
	set(WCS, EN);
}

static int start(void **state)
{
	(void)state;
	build_devices(2);
	reg_table_index(&vwatchdog_control_table);
	reg_table_index(&vwatchdog_refresh_table);
	timer_fake_set(OFFSET + 5000);
	world.vm.counter_offset = OFFSET;
	bites = 0;
	power_on();
	deadline_run();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	power_on(); /* nothing of this test stays queued */
	return 0;
}

static void tables_are_total(void **state)
{
	(void)state;
	assert_null(reg_table_check(&vwatchdog_control_table));
	assert_null(reg_table_check(&vwatchdog_refresh_table));
	sweep(&vwatchdog_control_table, power_on);
	sweep(&vwatchdog_refresh_table, power_on);
}

static void out_of_reset_it_is_off(void **state)
{
	(void)state;
	assert_int_equal(get(WCS) | get(WOR) | get(WOR_HIGH) | get(WCV) | get(WCV_HIGH), 0);
	assert_int_equal(get(W_IIDR), 0x1043b);
	assert_int_equal(read_sized(&vwatchdog_refresh_table, W_IIDR, 4), 0x1043b);
	assert_int_equal(timer_fake_armed(), ~0UL);
	pass(1UL << 40);
	assert_false(line());
	assert_int_equal(bites, 0);
}

static void it_warns_and_then_bites_to_the_tick(void **state)
{
	(void)state;
	begin(PERIOD);
	assert_int_equal(get(WCS), EN);
	assert_int_equal(compare(), guest_now() + PERIOD);
	pass(PERIOD);
	assert_false(line());
	pass(1); /* greater than the compare value */
	assert_true(line());
	assert_int_equal(get(WCS), EN | WS0);
	assert_int_equal(compare(), guest_now() + PERIOD);
	pass(PERIOD);
	assert_int_equal(bites, 0);
	pass(1);
	assert_int_equal(bites, 1);
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void each_kind_of_refresh_takes_the_warning_back(void **state)
{
	(void)state;
	for (u32 kind = 0; kind < 4; kind++) {
		begin(PERIOD);
		pass(PERIOD + 1);
		assert_true(line());
		pass(PERIOD - 1);
		if (kind == 0)
			pet();
		else
			set(kind == 1   ? WCS
			    : kind == 2 ? WOR
			                : WOR_HIGH,
			    kind == 1   ? EN
			    : kind == 2 ? PERIOD
			                : 0);
		assert_false(line());
		assert_int_equal(get(WCS), EN);
		assert_int_equal(compare(), guest_now() + PERIOD);
		pass(PERIOD);
		assert_false(line());
	}
	assert_int_equal(bites, 0);
}

static void a_guest_that_refreshes_in_time_is_never_bitten(void **state)
{
	(void)state;
	begin(PERIOD);
	for (u32 i = 0; i < 1000; i++) {
		pass(PERIOD);
		pet();
	}
	assert_int_equal(line_changes, 0);
	assert_int_equal(bites, 0);
}

static void disabled_it_forgets_its_warning(void **state)
{
	(void)state;
	begin(PERIOD);
	pass(PERIOD + 1);
	set(WCS, 0);
	assert_false(line());
	assert_int_equal(get(WCS), 0);
	assert_int_equal(timer_fake_armed(), ~0UL);
	pass(100 * PERIOD);
	assert_int_equal(bites, 0);
}

static void period_has_48_bits(void **state)
{
	(void)state;
	begin(~0UL);
	assert_int_equal(get(WOR), ~0U);
	assert_int_equal(get(WOR_HIGH), 0xffff);
	assert_int_equal(compare(), guest_now() + (1UL << 48) - 1);
	pass((1UL << 48) - 1);
	assert_false(line());
	pass(1);
	assert_true(line());
}

static void compare_value_can_be_written(void **state)
{
	(void)state;
	begin(PERIOD);
	set(WCV, (u32)(guest_now() + 10));
	pass(10);
	assert_false(line());
	pass(1);
	assert_true(line());
	assert_int_equal(compare(), guest_now() + PERIOD);
	set(WCV, (u32)(guest_now() + 5 * PERIOD)); /* no refresh: the warning stays */
	assert_int_equal(get(WCS), EN | WS0);
	pass(5 * PERIOD);
	assert_int_equal(bites, 0);
	pass(1);
	assert_int_equal(bites, 1);
}

static void compare_value_of_the_past_is_over_at_once(void **state)
{
	(void)state;
	begin(PERIOD);
	set(WCV, 0);
	assert_true(line());
	assert_int_equal(compare(), guest_now() + PERIOD);
	set(WCV, 0);
	assert_int_equal(bites, 1);
}

static void compare_value_beyond_the_machines_counter_is_never(void **state)
{
	(void)state;
	begin(PERIOD);
	set(WCV_HIGH, ~0U);
	set(WCV, ~0U);
	assert_int_equal(timer_fake_armed(), ~0UL);
	set(WCV, 0);
	assert_false(line());
}

/* EL2 was late: both periods have passed. */
static void late_look_finds_both_signals(void **state)
{
	(void)state;
	begin(PERIOD);
	pass(2 * PERIOD + 2);
	assert_true(line());
	assert_int_equal(bites, 1);
	assert_int_equal(get(WCS), EN | WS0 | WS1);
}

/* The guest looks before the deadline does, which then finds what is left to wait for. */
static void guest_that_looks_first_sees_the_warning(void **state)
{
	(void)state;
	begin(PERIOD);
	timer_fake_advance(PERIOD + 1);
	assert_int_equal(get(WCS), EN | WS0);
	assert_true(line());
	deadline_run();
	assert_int_equal(timer_fake_armed(), timer_now() + PERIOD + 1);
}

static void refresh_by_another_vcpu_moves_the_deadline(void **state)
{
	struct access a = {.offset = WRR, .size = 4, .write = true};

	(void)state;
	begin(PERIOD);
	pass(PERIOD - 1);
	fake_cpu(1);
	assert_int_equal(reg_access(&vwatchdog_refresh_table, &world.vcpus[1], &a), DONE);
	assert_int_equal(timer_fake_armed(), timer_now() + PERIOD + 1);
	fake_cpu(0);
	pass(PERIOD);
	assert_false(line());
	fake_cpu(1);
	pass(1);
	assert_true(line());
	fake_cpu(0);
}

static void expiry_of_a_refreshed_one_is_ignored(void **state)
{
	(void)state;
	begin(PERIOD);
	timer_fake_advance(PERIOD);
	pet();
	world.vm.watchdog.alarm.expire(&world.vm.watchdog.alarm);
	assert_false(line());
	assert_int_equal(timer_fake_armed(), timer_now() + PERIOD + 1);
}

static void reset_forgets_all(void **state)
{
	(void)state;
	begin(PERIOD);
	pass(2 * PERIOD + 2);
	assert_int_equal(bites, 1);
	assert_true(vwatchdog_bites(&world.vm));
	power_on();
	assert_false(vwatchdog_bites(&world.vm));
	assert_false(line());
	assert_int_equal(get(WCS) | get(WOR) | get(WOR_HIGH) | get(WCV) | get(WCV_HIGH), 0);
	assert_int_equal(timer_fake_armed(), ~0UL);
	world.vm.watchdog.alarm.expire(&world.vm.watchdog.alarm); /* was on its way */
	assert_int_equal(bites, 1);
}

/* Linux's sbsa_gwdt: version, status, period of half its timeout, start, what is left of it, keepalive, stop. */
static void linux_session(void **state)
{
	(void)state;
	assert_int_equal(get(W_IIDR) >> 16 & 15, 1);
	assert_int_equal(get(WCS), 0);
	begin(5 * timer_frequency());
	for (u32 i = 0; i < 10; i++) {
		pass(4 * timer_frequency());
		assert_int_equal((compare() - guest_now()) / timer_frequency(), 1);
		pet();
	}
	pass(6 * timer_frequency());
	assert_true(line());
	pet();
	assert_false(line());
	set(WCS, 0);
	pass(60 * timer_frequency());
	assert_int_equal(bites, 0);
}

/* --- against the model --- */

static u64 seed;

static u32 dice(u32 sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)(seed >> 20) % sides;
}

static void one_step(struct watchdog_model *m)
{
	static const u32 offsets[] = {WCS, WCS, WOR, WOR_HIGH, WCV, WCV, WCV_HIGH, W_IIDR, 4, 0xfd0};
	u32 offset = offsets[dice(ARRAY_COUNT(offsets))], size = dice(8) ? 4 : 1U << dice(4);
	bool refresh = dice(4) == 0;
	const struct reg_table *table = refresh ? &vwatchdog_refresh_table : &vwatchdog_control_table;
	u64 value = dice(3) ? dice(100) : dice(2) ? (u32)guest_now() + dice(100) : 0;

	if (offset == WOR_HIGH || offset == WCV_HIGH)
		value = dice(10) == 0;
	if (dice(2)) {
		u64 ticks = dice(60);

		pass(ticks);
		watchdog_model_pass(m, ticks);
	} else if (dice(3)) {
		write_sized(table, offset, size, value);
		watchdog_model_store(m, refresh, offset, size, value);
	} else {
		u64 cut = ~0UL >> (64 - 8 * size);

		assert_int_equal(read_sized(table, offset, size) & cut,
		                 watchdog_model_load(m, refresh, offset, size) & cut);
	}
}

static void random_sequences_equal_the_model(void **state)
{
	u32 warned = 0, ended = 0; /* so often: the sequences get somewhere */

	for (u64 from = 1; from <= 100; from++) {
		struct watchdog_model m = {0};

		start(state);
		m.counter = guest_now();
		seed = from * 0x9e3779b97f4a7c15;
		for (u32 step = 0; step < 1000; step++) {
			bool before = m.ws1;

			one_step(&m);
			assert_int_equal(line(), m.ws0);
			assert_int_equal(vwatchdog_bites(&world.vm), m.ws1);
			assert_int_equal(compare(), m.compare);
			assert_true(bites > 0 || !m.ws1);
			warned += m.ws0;
			ended += m.ws1 && !before;
			if (dice(300) == 0) {
				power_on();
				watchdog_model_reset(&m);
			}
		}
	}
	assert_true(warned > 1000 && ended > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tables_are_total),
		TEST(out_of_reset_it_is_off),
		TEST(it_warns_and_then_bites_to_the_tick),
		TEST(each_kind_of_refresh_takes_the_warning_back),
		TEST(a_guest_that_refreshes_in_time_is_never_bitten),
		TEST(disabled_it_forgets_its_warning),
		TEST(period_has_48_bits),
		TEST(compare_value_can_be_written),
		TEST(compare_value_of_the_past_is_over_at_once),
		TEST(compare_value_beyond_the_machines_counter_is_never),
		TEST(late_look_finds_both_signals),
		TEST(guest_that_looks_first_sees_the_warning),
		TEST(refresh_by_another_vcpu_moves_the_deadline),
		TEST(expiry_of_a_refreshed_one_is_ignored),
		TEST(reset_forgets_all),
		TEST(linux_session),
		TEST(random_sequences_equal_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
