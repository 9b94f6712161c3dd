/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vuart.c: its registers, and output by polling and by interrupts. */
#include "vuart_world.h"

static void test_table_is_total(void **state)
{
	(void)state;
	assert_null(reg_table_check(&vuart_table));
}

static void test_registers_out_of_reset(void **state)
{
	static const u32 expected[][2] = {{DR, 0},   {RSR, 0},   {FR, 0x90},  {ILPR, 0},    {IBRD, 0},
	                                  {FBRD, 0}, {LCR_H, 0}, {CR, 0x300}, {IFLS, 0x12}, {IMSC, 0},
	                                  {RIS, 0},  {MIS, 0},   {ICR, 0},    {DMACR, 0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(expected); i++)
		assert_int_equal(get(expected[i][0]), expected[i][1]);
	assert_int_equal(line_changes, 0);
}

static void test_identification(void **state)
{
	static const u8 expected[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (u32 i = 0; i < sizeof(expected); i++) {
		assert_int_equal(get(IDS + 4 * i), expected[i]);
		assert_int_equal(read_sized(&vuart_table, IDS + 4 * i, 1), expected[i]);
		set(IDS + 4 * i, ~0U);
		assert_int_equal(get(IDS + 4 * i), expected[i]);
	}
}

/* Linux takes the FIFO's depth from the revision in UARTPeriphID2: below 3 it is 16. */
static void test_fifo_is_as_deep_as_the_revision_says(void **state)
{
	(void)state;
	start_with_fifos(state);
	u32 depth = get(IDS + 8) >> 4 < 3 ? 16 : 32, taken = 0;
	while (vuart_receive(&world.vm, 'x'))
		taken++;
	assert_int_equal(taken, depth);
}

static void test_stored_registers_keep_the_bits_that_exist(void **state)
{
	static const u32 stored[][2] = {{ILPR, 0xff}, {IBRD, 0xffff}, {FBRD, 0x3f},  {LCR_H, 0xff},
	                                {CR, 0xff87}, {IFLS, 0x3f},   {IMSC, 0x7ff}, {DMACR, 7}};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(stored); i++) {
		set(stored[i][0], ~0U);
		assert_int_equal(get(stored[i][0]), stored[i][1]);
		set(stored[i][0], 0);
		assert_int_equal(get(stored[i][0]), 0);
	}
}

static void test_status_registers_are_read_only(void **state)
{
	(void)state;
	set(FR, ~0U);
	set(RIS, ~0U);
	set(MIS, ~0U);
	assert_int_equal(get(FR), 0x90);
	assert_int_equal(get(RIS) | get(MIS), 0);
}

static void test_reset_returns_everything(void **state)
{
	start_with_fifos(state);
	type("abc");
	for (u32 offset = 0; offset <= DMACR; offset += 4)
		set(offset, ~0U);
	set(DR, 'x');
	assert_true(line());
	power_on();
	assert_false(line());
	test_registers_out_of_reset((line_changes = 0, state));
}

static void test_output_goes_to_the_console_in_order(void **state)
{
	(void)state;
	for (const char *c = "hello\r\n"; *c; c++)
		set(DR, (u8)*c);
	assert_int_equal(sent_count, 7);
	assert_memory_equal(sent, "hello\r\n", 7);
}

static void test_output_by_bytes_and_halfwords(void **state)
{
	(void)state;
	write_sized(&vuart_table, DR, 1, 'a');
	write_sized(&vuart_table, DR, 2, 'b');
	write_sized(&vuart_table, DR, 4, 0xffffff00 | 'c');
	assert_int_equal(sent_count, 3);
	assert_memory_equal(sent, "abc", 3);
}

static void test_accesses_beside_a_register_do_nothing(void **state)
{
	(void)state;
	type("x");
	write_sized(&vuart_table, DR + 1, 1, 'a');
	write_sized(&vuart_table, DR + 2, 2, 'a');
	write_sized(&vuart_table, DR, 8, 'a');
	assert_int_equal(sent_count, 0);
	assert_int_equal(read_sized(&vuart_table, DR + 1, 1), 0);
	assert_int_equal(read_sized(&vuart_table, DR, 8), 0);
	assert_int_equal(get(DR), 'x');
}

/* What a polling driver does: wait while full, write; wait until not busy. */
static void test_polled_output_loses_nothing_on_a_slow_line(void **state)
{
	char wanted[300];

	start_with_fifos(state);
	room = 5;
	for (u32 i = 0; i < sizeof(wanted); i++) {
		wanted[i] = (char)('a' + i % 26);
		for (u32 wait = 0; get(FR) & FR_TXFF; wait++) {
			assert_in_range(wait, 0, 3);
			drain(1);
		}
		set(DR, (u8)wanted[i]);
	}
	assert_int_equal(sent_count, sizeof(wanted));
	assert_memory_equal(sent, wanted, sizeof(wanted));
}

static void test_full_line_shows_full_and_busy(void **state)
{
	start_with_fifos(state);
	room = 0;
	assert_int_equal(get(FR), FR_TXFF | FR_BUSY | FR_RXFE);
	room = 1;
	assert_int_equal(get(FR), FR_BUSY | FR_RXFE);
	room = 15;
	assert_int_equal(get(FR), FR_BUSY | FR_RXFE);
	room = 16;
	assert_int_equal(get(FR), FR_TXFE | FR_RXFE);
}

static void test_full_line_without_fifos(void **state)
{
	(void)state;
	room = 0;
	assert_int_equal(get(FR), FR_TXFF | FR_BUSY | FR_RXFE);
	room = 1;
	assert_int_equal(get(FR), FR_TXFE | FR_RXFE);
}

static void test_write_to_a_full_line_is_lost_alone(void **state)
{
	start_with_fifos(state);
	room = 1;
	set(DR, 'a');
	set(DR, 'b');
	drain(100);
	set(DR, 'c');
	assert_int_equal(sent_count, 2);
	assert_memory_equal(sent, "ac", 2);
}

static void test_transmit_interrupt_comes_with_the_first_write(void **state)
{
	start_with_fifos(state);
	set(IMSC, TX);
	assert_false(line());
	set(DR, 'a');
	assert_int_equal(get(RIS), TX);
	assert_int_equal(get(MIS), TX);
	assert_true(line());
}

static void test_transmit_interrupt_unmasked_after_the_write(void **state)
{
	start_with_fifos(state);
	set(DR, 'a');
	assert_false(line());
	set(IMSC, TX);
	assert_true(line());
	set(IMSC, 0);
	assert_false(line());
}

static void test_transmit_interrupt_is_cleared_until_the_next_write(void **state)
{
	start_with_fifos(state);
	set(IMSC, TX);
	set(DR, 'a');
	set(ICR, TX);
	assert_false(line());
	vuart_drained(&world.vm); /* nothing waited: no news */
	assert_false(line());
	set(DR, 'b');
	assert_true(line());
}

/* Below the level a driver may write half a FIFO blindly: the interrupt promises that room. */
static void test_transmit_interrupt_promises_room_at_every_level(void **state)
{
	static const u32 free_at_level[8] = {14, 12, 8, 4, 2, 2, 2, 2};

	for (u32 level = 0; level < 8; level++) {
		for (u32 left = 0; left <= 20; left++) {
			start_with_fifos(state);
			set(IFLS, level);
			room = left + 1;
			set(DR, 'x');
			assert_int_equal(get(RIS) & TX, left >= free_at_level[level] ? TX : 0);
		}
	}
}

static void test_transmit_interrupt_without_fifos(void **state)
{
	(void)state;
	room = 2;
	set(DR, 'a');
	assert_int_equal(get(RIS), TX);
	set(DR, 'b');
	assert_int_equal(get(RIS), 0);
	drain(1);
	assert_int_equal(get(RIS), TX);
}

static void test_drained_line_raises_the_transmit_interrupt_once(void **state)
{
	start_with_fifos(state);
	set(IMSC, TX);
	room = 3;
	set(DR, 'a');
	assert_false(line());
	drain(5); /* 7 free: not yet half */
	assert_false(line());
	drain(1);
	assert_true(line());
	set(ICR, TX);
	drain(100);
	assert_false(line());
}

/* Linux: writes 8 bytes at each transmit interrupt without looking, and masks it when it has no more. */
static void test_interrupt_driven_output_loses_nothing(void **state)
{
	u32 next = 0;

	start_with_fifos(state);
	room = 2;
	set(DR, next++);
	set(IMSC, TX);
	for (u32 turn = 0; next < 400; turn++) {
		assert_in_range(turn, 0, 4000);
		if (line())
			for (u32 i = 0; i < 8; i++)
				set(DR, next++);
		else
			drain(3);
	}
	assert_int_equal(sent_count, next);
	for (u32 i = 0; i < next; i++)
		assert_int_equal((u8)sent[i], (u8)i);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table_is_total),
		TEST(test_registers_out_of_reset),
		TEST(test_identification),
		TEST(test_fifo_is_as_deep_as_the_revision_says),
		TEST(test_stored_registers_keep_the_bits_that_exist),
		TEST(test_status_registers_are_read_only),
		TEST(test_reset_returns_everything),
		TEST(test_output_goes_to_the_console_in_order),
		TEST(test_output_by_bytes_and_halfwords),
		TEST(test_accesses_beside_a_register_do_nothing),
		TEST(test_polled_output_loses_nothing_on_a_slow_line),
		TEST(test_full_line_shows_full_and_busy),
		TEST(test_full_line_without_fifos),
		TEST(test_write_to_a_full_line_is_lost_alone),
		TEST(test_transmit_interrupt_comes_with_the_first_write),
		TEST(test_transmit_interrupt_unmasked_after_the_write),
		TEST(test_transmit_interrupt_is_cleared_until_the_next_write),
		TEST(test_transmit_interrupt_promises_room_at_every_level),
		TEST(test_transmit_interrupt_without_fifos),
		TEST(test_drained_line_raises_the_transmit_interrupt_once),
		TEST(test_interrupt_driven_output_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
