/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vgpio.c: its registers, edges and levels, and random sequences against the model. */
#include "model/pl061_model.h"
#include "vgpio_world.h"

/* --- registers --- */

static void table_is_total(void **state)
{
	(void)state;
	assert_null(reg_table_check(&vgpio_table));
	sweep(&vgpio_table, power_on);
}

static void out_of_reset_all_is_0(void **state)
{
	(void)state;
	for (u32 offset = 0; offset < IDS; offset += 4)
		assert_int_equal(get(offset), 0);
	assert_int_equal(timer_fake_armed(), ~0UL);
	assert_int_equal(line_changes, 0);
}

static void identification(void **state)
{
	static const u8 expected[] = {0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (u32 i = 0; i < sizeof(expected); i++) {
		set(IDS + 4 * i, ~0U);
		assert_int_equal(get(IDS + 4 * i), expected[i]);
		assert_int_equal(read_sized(&vgpio_table, IDS + 4 * i, 1), expected[i]);
	}
}

static void values_are_kept_in_eight_bits(void **state)
{
	static const u32 kept[] = {DIR, IS, IBE, IEV, IE, AFSEL};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(kept); i++) {
		power_on();
		set(kept[i], 0xffffff5a);
		for (u32 other = 0; other < ARRAY_COUNT(kept); other++)
			assert_int_equal(get(kept[other]), other == i ? 0x5a : 0);
		write_sized(&vgpio_table, kept[i], 1, 0xa5);
		assert_int_equal(read_sized(&vgpio_table, kept[i], 1), 0xa5);
		write_sized(&vgpio_table, kept[i], 2, 0x1234);
		assert_int_equal(read_sized(&vgpio_table, kept[i], 2), 0x34);
	}
}

static void status_is_only_read_and_clear_only_written(void **state)
{
	(void)state;
	set(RIS, ~0U);
	set(MIS, ~0U);
	assert_int_equal(get(RIS) | get(MIS) | get(IC), 0);
}

static void address_chooses_the_pins(void **state)
{
	(void)state;
	set(DIR, 0xff);
	for (u32 mask = 0; mask < 256; mask++) {
		set(ALL, 0);
		set(4 * mask, 0xff);
		assert_int_equal(get(ALL), mask);
		set(ALL, 0xff);
		set(4 * mask, 0);
		assert_int_equal(get(ALL), (u8)~mask);
		set(ALL, 0xff);
		assert_int_equal(get(4 * mask), mask);
	}
}

static void data_lies_at_words(void **state)
{
	(void)state;
	set(DIR, 0xff);
	set(ALL, 0x5a);
	for (u32 byte = 1; byte < 4; byte++) {
		assert_int_equal(read_sized(&vgpio_table, ALL + byte, 1), 0);
		write_sized(&vgpio_table, ALL + byte, 1, 0xff);
	}
	write_sized(&vgpio_table, ALL + 2, 2, 0xffff);
	assert_int_equal(read_sized(&vgpio_table, ALL, 1), 0x5a);
	assert_int_equal(read_sized(&vgpio_table, ALL, 2), 0x5a);
	write_sized(&vgpio_table, ALL, 1, 0xa5);
	assert_int_equal(get(ALL), 0xa5);
}

static void inputs_cannot_be_written(void **state)
{
	(void)state;
	set(DIR, 0xf0);
	set(ALL, 0xff);
	assert_int_equal(get(ALL), 0xf0);
	set(DIR, 0xff);
	assert_int_equal(get(ALL), 0xf0); /* nor is it kept for later */
}

static void output_keeps_what_was_written_while_it_is_an_input(void **state)
{
	(void)state;
	set(DIR, 0xff);
	set(ALL, 0xa5);
	set(DIR, 0);
	assert_int_equal(get(ALL), 0);
	press();
	assert_int_equal(get(ALL), PIN);
	set(DIR, 0xff);
	assert_int_equal(get(ALL), 0xa5);
}

/* --- interrupts --- */

/* What a press, and then letting go, leaves in GPIORIS. */
static void edges_are(u32 both, u32 event, bool at_press, bool at_release)
{
	power_on();
	set(IBE, both);
	set(IEV, event);
	press();
	assert_int_equal(get(RIS), at_press ? PIN : 0);
	set(IC, PIN);
	assert_int_equal(get(RIS), 0);
	pass(HELD);
	assert_int_equal(get(RIS), at_release ? PIN : 0);
}

static void edge_is_chosen(void **state)
{
	(void)state;
	edges_are(0, 0, false, true);
	edges_are(0, PIN, true, false);
	edges_are(0xff, 0, true, true);
	edges_are(PIN, PIN, true, true);
	edges_are((u8)~PIN, PIN, true, false); /* the others' settings do not matter */
	edges_are(0, (u8)~PIN, false, true);
}

static void edge_is_remembered_until_it_is_cleared(void **state)
{
	(void)state;
	set(IEV, PIN);
	set(IE, PIN);
	press();
	assert_true(line());
	pass(HELD);
	assert_true(line());
	set(IC, (u8)~PIN);
	assert_true(line());
	set(IC, PIN);
	assert_false(line());
	assert_int_equal(get(RIS), 0);
}

static void level_is_an_interrupt_as_long_as_it_lasts(void **state)
{
	(void)state;
	set(IS, PIN);
	set(IEV, PIN);
	set(IE, PIN);
	assert_false(line());
	press();
	assert_true(line());
	assert_int_equal(get(RIS), PIN);
	set(IC, 0xff);
	assert_true(line());
	pass(HELD);
	assert_false(line());
	assert_int_equal(get(RIS), 0);
}

static void low_level_is_one_too(void **state)
{
	(void)state;
	set(IS, 0xff);
	assert_int_equal(get(RIS), 0xff);
	assert_int_equal(get(MIS), 0);
	set(IE, PIN);
	assert_int_equal(get(MIS), PIN);
	assert_true(line());
	press();
	assert_int_equal(get(RIS), (u8)~PIN);
	assert_false(line());
	pass(HELD);
	assert_true(line());
	set(IEV, 0xff);
	assert_int_equal(get(RIS), 0);
	assert_false(line());
}

static void level_of_an_output_counts(void **state)
{
	(void)state;
	set(DIR, 0x01);
	set(IS, 0x01);
	set(IEV, 0x01);
	set(IE, 0x01);
	assert_false(line());
	set(ALL, 0x01);
	assert_true(line());
	set(ALL, 0);
	assert_false(line());
}

static void edges_of_an_output_do_not(void **state)
{
	(void)state;
	set(DIR, 0xff);
	set(IBE, 0xff);
	set(ALL, 0xff);
	set(ALL, 0);
	set(DIR, 0);
	assert_int_equal(get(RIS), 0);
}

static void while_levels_are_wanted_edges_are_not_remembered(void **state)
{
	(void)state;
	set(IBE, PIN);
	set(IS, PIN);
	press();
	pass(HELD);
	set(IS, 0);
	assert_int_equal(get(RIS), 0);
}

static void mask_hides_and_forgets_nothing(void **state)
{
	(void)state;
	set(IBE, PIN);
	press();
	assert_int_equal(get(RIS), PIN);
	assert_int_equal(get(MIS), 0);
	assert_false(line());
	set(IE, (u8)~PIN);
	assert_false(line());
	set(IE, PIN);
	assert_int_equal(get(MIS), PIN);
	assert_true(line());
	set(IE, 0);
	assert_false(line());
}

static void line_changes_are_told_once(void **state)
{
	(void)state;
	set(IBE, PIN);
	set(IE, 0xff);
	press();
	press();
	set(IE, 0xff);
	pass(HELD);
	assert_int_equal(line_changes, 1);
	set(IC, PIN);
	set(IC, PIN);
	assert_int_equal(line_changes, 2);
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

static void one_access(struct pl061_model *m)
{
	u32 size = dice(4) ? 4 : 1U << dice(4);
	u32 offset = dice(3) ? DIR + 4 * dice(9) : dice(4) ? dice(0x100) * 4 : dice(0x1000);
	u64 cut = ~0UL >> (64 - 8 * size), value = (u64)dice(1 << 16) * 0x100010001UL & cut;

	if (dice(2)) {
		write_sized(&vgpio_table, offset, size, value);
		pl061_model_store(m, offset, size, value);
	} else {
		assert_int_equal(read_sized(&vgpio_table, offset, size) & cut,
		                 pl061_model_load(m, offset, size) & cut);
	}
}

static void one_step(struct pl061_model *m)
{
	u32 kind = dice(20);

	if (kind == 0) {
		press();
		pl061_model_press(m, HELD);
	} else if (kind < 4) {
		u64 ticks = dice(HELD);

		pass(ticks);
		pl061_model_pass(m, ticks);
	} else {
		one_access(m);
	}
}

static void random_sequences_equal_the_model(void **state)
{
	u32 raised = 0, pressed = 0; /* so often: the sequences get somewhere */

	for (u64 from = 1; from <= 100; from++) {
		struct pl061_model m = {0};

		start(state);
		seed = from * 0x9e3779b97f4a7c15;
		for (u32 step = 0; step < 1000; step++) {
			one_step(&m);
			assert_int_equal(line(), pl061_model_line(&m));
			assert_int_equal(get(RIS), pl061_model_load(&m, RIS, 4));
			assert_int_equal(get(ALL), pl061_model_load(&m, ALL, 4));
			raised += line();
			pressed += m.pins[3].outside;
			if (dice(300) == 0) {
				power_on();
				pl061_model_reset(&m);
			}
		}
	}
	assert_true(raised > 1000 && pressed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(table_is_total),
		TEST(out_of_reset_all_is_0),
		TEST(identification),
		TEST(values_are_kept_in_eight_bits),
		TEST(status_is_only_read_and_clear_only_written),
		TEST(address_chooses_the_pins),
		TEST(data_lies_at_words),
		TEST(inputs_cannot_be_written),
		TEST(output_keeps_what_was_written_while_it_is_an_input),
		TEST(edge_is_chosen),
		TEST(edge_is_remembered_until_it_is_cleared),
		TEST(level_is_an_interrupt_as_long_as_it_lasts),
		TEST(low_level_is_one_too),
		TEST(level_of_an_output_counts),
		TEST(edges_of_an_output_do_not),
		TEST(while_levels_are_wanted_edges_are_not_remembered),
		TEST(mask_hides_and_forgets_nothing),
		TEST(line_changes_are_told_once),
		TEST(random_sequences_equal_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
