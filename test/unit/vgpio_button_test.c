/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vgpio.c: how long the button is held, to the tick, who lets it go, and what a driver makes of it. */
#include "vgpio_world.h"

static void press_is_a_level_for_a_tenth_of_a_second(void **state)
{
	(void)state;
	pass(12345);
	press();
	assert_int_equal(get(ALL), PIN);
	assert_int_equal(get(BUTTON), PIN);
	assert_int_equal(get(ALL & ~BUTTON), 0);
	assert_int_equal(timer_fake_armed(), 12345 + HELD);
	pass(HELD - 1);
	assert_int_equal(get(ALL), PIN);
	pass(1);
	assert_int_equal(get(ALL), 0);
	assert_int_equal(timer_fake_armed(), ~0UL);
	assert_int_equal(line_changes, 0); /* nobody enabled it */
}

static void pressed_again_it_is_held_for_longer(void **state)
{
	(void)state;
	set(IBE, PIN);
	press();
	set(IC, PIN);
	pass(HELD - 1);
	press();
	assert_int_equal(get(RIS), 0); /* no edge: it was down */
	pass(HELD - 1);
	assert_int_equal(get(ALL), PIN);
	pass(1);
	assert_int_equal(get(ALL), 0);
	assert_int_equal(get(RIS), PIN);
}

/* It expired on one CPU while another pressed again: taken out of the queue, not yet believed. */
static void expiry_of_a_button_pressed_again_is_ignored(void **state)
{
	(void)state;
	press();
	timer_fake_advance(HELD);
	press();
	world.vm.gpio.release.expire(&world.vm.gpio.release);
	assert_int_equal(get(ALL), PIN);
	pass(HELD);
	assert_int_equal(get(ALL), 0);
}

static void pressed_from_another_cpu_it_is_let_go_there(void **state)
{
	(void)state;
	press();
	fake_cpu(1);
	press();
	assert_int_equal(timer_fake_armed(), HELD);
	fake_cpu(0);
	timer_fake_advance(HELD);
	deadline_run();
	assert_int_equal(get(ALL), PIN);
	fake_cpu(1);
	deadline_run();
	assert_int_equal(get(ALL), 0);
	fake_cpu(0);
}

static void pressed_while_the_pin_is_an_output_it_shows_later(void **state)
{
	(void)state;
	set(DIR, PIN);
	set(IBE, PIN);
	press();
	assert_int_equal(get(ALL), 0);
	assert_int_equal(get(RIS), 0);
	set(DIR, 0);
	assert_int_equal(get(ALL), PIN);
	assert_int_equal(get(RIS), 0); /* what changed is the direction */
	pass(HELD);
	assert_int_equal(get(RIS), PIN);
}

static void reset_lets_the_button_go_and_forgets_all(void **state)
{
	static const u32 kept[] = {DIR, IS, IBE, IEV, IE, AFSEL};

	(void)state;
	set(IBE, 0xff);
	set(IE, 0xff);
	press();
	for (u32 i = 0; i < ARRAY_COUNT(kept); i++)
		set(kept[i], 0xff);
	set(ALL, 0xff);
	assert_true(line());
	power_on();
	assert_false(line());
	assert_int_equal(timer_fake_armed(), ~0UL);
	for (u32 offset = 0; offset < IDS; offset += 4)
		assert_int_equal(get(offset), 0);
	set(DIR, 0xff);
	assert_int_equal(get(ALL), 0);
	pass(2 * HELD);
	assert_int_equal(get(RIS), 0);
}

static void expiry_after_a_reset_is_ignored(void **state)
{
	(void)state;
	press();
	timer_fake_advance(HELD);
	power_on();
	set(IBE, PIN);
	set(IE, PIN);
	world.vm.gpio.release.expire(&world.vm.gpio.release); /* was on its way */
	assert_int_equal(get(RIS), 0);
	assert_false(line());
}

/* Linux's gpio-pl061 and gpio-keys: probe, direction, both edges, and a look 5 ms after each. All by bytes. */
static void linux_session(void **state)
{
	const struct reg_table *t = &vgpio_table;
	const u64 bounce = timer_frequency() / 200;

	(void)state;
	assert_int_equal(get(IDS) | get(IDS + 4) << 8 | get(IDS + 8) << 16 | get(IDS + 12) << 24, 0x041061);
	write_sized(t, IE, 1, 0);
	write_sized(t, DIR, 1, read_sized(t, DIR, 1) & (u8)~PIN);
	write_sized(t, IEV, 1, read_sized(t, IEV, 1) & (u8)~PIN);
	write_sized(t, IBE, 1, read_sized(t, IBE, 1) | PIN);
	write_sized(t, IS, 1, read_sized(t, IS, 1) & (u8)~PIN);
	write_sized(t, IE, 1, read_sized(t, IE, 1) | PIN);
	for (u32 level = PIN; line_changes < 4; level ^= PIN) {
		if (level)
			press();
		else
			pass(HELD - bounce);
		assert_true(line());
		assert_int_equal(read_sized(t, MIS, 1), PIN);
		write_sized(t, IC, 1, PIN);
		assert_false(line());
		if (level)
			pass(bounce);
		assert_int_equal(read_sized(t, BUTTON, 1), level);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(press_is_a_level_for_a_tenth_of_a_second),
		TEST(pressed_again_it_is_held_for_longer),
		TEST(expiry_of_a_button_pressed_again_is_ignored),
		TEST(pressed_from_another_cpu_it_is_let_go_there),
		TEST(pressed_while_the_pin_is_an_output_it_shows_later),
		TEST(reset_lets_the_button_go_and_forgets_all),
		TEST(expiry_after_a_reset_is_ignored),
		TEST(linux_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
