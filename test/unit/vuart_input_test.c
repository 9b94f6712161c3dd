/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vuart.c: input, its interrupts, and loopback. */
#include "vuart_world.h"

static void test_input_is_read_in_order(void **state)
{
	start_with_fifos(state);
	type("hello");
	for (const char *c = "hello"; *c; c++) {
		assert_int_equal(get(FR) & FR_RXFE, 0);
		assert_int_equal(get(DR), *c);
	}
	assert_int_equal(get(FR) & FR_RXFE, FR_RXFE);
}

static void test_input_wraps_around_the_fifo(void **state)
{
	start_with_fifos(state);
	for (u32 i = 0; i < 200; i++) {
		assert_true(vuart_receive(&world.vm, (u8)i));
		assert_true(vuart_receive(&world.vm, (u8)~i));
		assert_int_equal(get(DR), (u8)i);
		assert_int_equal(get(DR), (u8)~i);
	}
}

static void test_every_byte_value_is_received(void **state)
{
	start_with_fifos(state);
	for (u32 byte = 0; byte < 256; byte++) {
		assert_true(vuart_receive(&world.vm, (u8)byte));
		assert_int_equal(get(DR), byte);
	}
}

static void test_full_fifo_takes_nothing(void **state)
{
	start_with_fifos(state);
	for (u32 i = 0; i < 16; i++) {
		assert_int_equal(get(FR) & FR_RXFF, 0);
		assert_true(vuart_receive(&world.vm, (u8)('a' + i)));
	}
	assert_int_equal(get(FR) & FR_RXFF, FR_RXFF);
	assert_false(vuart_receive(&world.vm, 'X'));
	assert_int_equal(get(RIS) & OE, 0); /* it was not lost: the console keeps it */
	assert_int_equal(get(DR), 'a');
	assert_true(vuart_receive(&world.vm, 'q'));
	for (u32 i = 1; i < 17; i++)
		assert_int_equal(get(DR), 'a' + i);
}

static void test_without_fifos_one_byte_fits(void **state)
{
	(void)state;
	type("a");
	assert_int_equal(get(FR), FR_TXFE | FR_RXFF);
	assert_false(vuart_receive(&world.vm, 'b'));
	assert_int_equal(get(DR), 'a');
	type("b");
	assert_int_equal(get(DR), 'b');
	assert_int_equal(get(FR), FR_TXFE | FR_RXFE);
}

static void test_empty_fifo_reads_zero(void **state)
{
	start_with_fifos(state);
	type("a");
	get(DR);
	for (u32 i = 0; i < 40; i++)
		assert_int_equal(get(DR), 0);
	type("b");
	assert_int_equal(get(DR), 'b');
}

static void test_any_byte_raises_receive_and_timeout(void **state)
{
	start_with_fifos(state);
	for (u32 level = 0; level < 8; level++) {
		set(IFLS, level << 3);
		type("a");
		assert_int_equal(get(RIS), RX | RT);
		get(DR);
		assert_int_equal(get(RIS), 0);
	}
}

static void test_receive_line_stays_until_all_is_read(void **state)
{
	static const u32 masks[] = {RX, RT, RX | RT};

	for (u32 i = 0; i < ARRAY_COUNT(masks); i++) {
		start_with_fifos(state);
		set(IMSC, masks[i]);
		type("abc");
		for (u32 left = 3; left; left--) {
			assert_true(line());
			get(DR);
		}
		assert_false(line());
	}
}

static void test_cleared_receive_interrupt_comes_back_with_the_next_byte(void **state)
{
	start_with_fifos(state);
	set(IMSC, RX | RT);
	type("a");
	set(ICR, RX | RT);
	assert_false(line());
	assert_int_equal(get(FR) & FR_RXFE, 0);
	type("b");
	assert_true(line());
}

static void test_line_changes_are_told_once(void **state)
{
	start_with_fifos(state);
	set(IMSC, RX);
	type("abcdef");
	assert_int_equal(line_changes, 1);
	for (u32 i = 0; i < 6; i++)
		get(DR);
	assert_int_equal(line_changes, 2);
}

static void test_masked_status_is_raw_and_mask(void **state)
{
	start_with_fifos(state);
	type("a");
	set(DR, 'b');
	for (u32 mask = 0; mask < 0x800; mask++) {
		set(IMSC, mask);
		assert_int_equal(get(RIS), RX | TX | RT);
		assert_int_equal(get(MIS), mask & (RX | TX | RT));
		assert_int_equal(line(), (mask & (RX | TX | RT)) != 0);
	}
}

static void test_clear_register_clears_its_bits_only(void **state)
{
	start_with_fifos(state);
	type("a");
	set(DR, 'b');
	set(ICR, TX);
	assert_int_equal(get(RIS), RX | RT);
	set(ICR, RT);
	assert_int_equal(get(RIS), RX);
	set(ICR, ~0U);
	assert_int_equal(get(RIS), 0);
	assert_int_equal(get(ICR), 0);
}

static void test_switching_fifos_empties_the_receiver(void **state)
{
	(void)state;
	type("a");
	set(LCR_H, 0x70);
	assert_int_equal(get(FR) & FR_RXFE, FR_RXFE);
	assert_int_equal(get(RIS), 0);
	type("abc");
	set(LCR_H, 0x60);
	assert_int_equal(get(FR) & FR_RXFE, FR_RXFE);
	type("d");
	assert_int_equal(get(DR), 'd');
}

static void test_other_line_control_keeps_the_receiver(void **state)
{
	start_with_fifos(state);
	type("ab");
	set(LCR_H, 0x1a);
	assert_int_equal(get(DR), 'a');
	assert_int_equal(get(DR), 'b');
}

static void test_loopback_returns_what_is_written(void **state)
{
	start_with_fifos(state);
	set(CR, 0x301 | LBE);
	set(DR, 0x1a5);
	assert_int_equal(get(RIS), RX | TX | RT);
	assert_int_equal(get(DR), 0xa5);
}

static void test_loopback_disconnects_the_input(void **state)
{
	start_with_fifos(state);
	set(CR, 0x301 | LBE);
	assert_true(vuart_receive(&world.vm, 'x')); /* taken, and lost as on the bare board */
	assert_int_equal(get(FR) & FR_RXFE, FR_RXFE);
	set(CR, 0x301);
	type("y");
	assert_int_equal(get(DR), 'y');
}

static void test_loopback_overrun(void **state)
{
	start_with_fifos(state);
	set(CR, 0x301 | LBE);
	for (u32 i = 0; i < 17; i++)
		set(DR, 'a' + i);
	assert_int_equal(get(RIS) & OE, OE);
	assert_int_equal(get(RSR), 8);
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(get(DR), 0x800 | ('a' + i));
	set(DR, 'z'); /* the first after the loss: the condition is over */
	assert_int_equal(get(DR), 'z');
	assert_int_equal(get(RSR), 8);
	set(RSR, 0xff);
	assert_int_equal(get(RSR), 0);
	set(ICR, OE);
	assert_int_equal(get(RIS) & OE, 0);
}

static void test_reset_forgets_a_loss_and_a_full_line(void **state)
{
	start_with_fifos(state);
	room = 17;
	set(CR, 0x301 | LBE);
	for (u32 i = 0; i < 17; i++)
		set(DR, 'a');
	assert_int_equal(get(RIS) & (OE | TX), OE);
	power_on();
	drain(100);
	assert_int_equal(get(RIS), 0);
	assert_int_equal(get(DR), 0);
}

static void test_loopback_break(void **state)
{
	start_with_fifos(state);
	set(CR, 0x301 | LBE);
	set(LCR_H, 0x70 | BRK);
	assert_int_equal(get(RIS), RX | RT | BE);
	assert_int_equal(get(DR), 0x400);
	assert_int_equal(get(RSR), 4);
	set(LCR_H, 0x70 | BRK); /* still on: no second one */
	assert_int_equal(get(FR) & FR_RXFE, FR_RXFE);
	set(DR, 'a');
	assert_int_equal(get(DR), 'a');
	assert_int_equal(get(RSR), 0);
}

static void test_break_without_loopback_is_not_received(void **state)
{
	start_with_fifos(state);
	set(LCR_H, 0x70 | BRK);
	assert_int_equal(get(FR) & FR_RXFE, FR_RXFE);
	assert_int_equal(sent_count, 0);
}

static void test_loopback_of_the_modem_lines(void **state)
{
	/* CR bit -> FR bit, RIS bit */
	static const u32 wires[][3] = {{0x2000, 0x100, 1}, {0x800, 1, 2}, {0x1000, 4, 4}, {0x400, 2, 8}};

	start_with_fifos(state);
	for (u32 i = 0; i < ARRAY_COUNT(wires); i++) {
		set(CR, 0x301 | wires[i][0]);
		assert_int_equal(get(FR) & 0x107, 0);
		set(CR, 0x301 | LBE | wires[i][0]);
		assert_int_equal(get(FR) & 0x107, wires[i][1]);
		assert_int_equal(get(RIS), wires[i][2]);
		set(CR, 0x301 | LBE);
		assert_int_equal(get(FR) & 0x107, 0);
		assert_int_equal(get(RIS), 0);
	}
}

/* EL2's CPUs call for a VM that is being reset, and before its guest has set anything up. */
static void test_input_before_any_set_up(void **state)
{
	(void)state;
	type("a");
	vuart_drained(&world.vm);
	assert_false(line());
	assert_int_equal(get(DR), 'a');
}

static void test_linux_console_session(void **state)
{
	start(state);
	/* pl011_hwinit, pl011_startup, pl011_set_termios: */
	set(ICR, 0x7f2);
	set(IMSC, RX | RT);
	set(IMSC, 0);
	set(IFLS, 0x12);
	set(LCR_H, 0);
	set(CR, 0xb01);
	set(FBRD, 4);
	set(IBRD, 39);
	set(LCR_H, 0x70);
	set(CR, 0xb01);
	set(ICR, RT | RX);
	for (u32 i = 0; i < 32 && !(get(FR) & FR_RXFE); i++)
		get(DR);
	set(IMSC, RX | RT);
	assert_false(line());
	type("ls\r");
	assert_true(line());
	char read[8] = {0};
	for (u32 i = 0; !(get(FR) & FR_RXFE); i++)
		read[i] = (char)get(DR);
	assert_string_equal(read, "ls\r");
	assert_false(line());
	assert_int_equal(get(FR) & 0xff, FR_TXFE | FR_RXFE);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_input_is_read_in_order),
		TEST(test_input_wraps_around_the_fifo),
		TEST(test_every_byte_value_is_received),
		TEST(test_full_fifo_takes_nothing),
		TEST(test_without_fifos_one_byte_fits),
		TEST(test_empty_fifo_reads_zero),
		TEST(test_any_byte_raises_receive_and_timeout),
		TEST(test_receive_line_stays_until_all_is_read),
		TEST(test_cleared_receive_interrupt_comes_back_with_the_next_byte),
		TEST(test_line_changes_are_told_once),
		TEST(test_masked_status_is_raw_and_mask),
		TEST(test_clear_register_clears_its_bits_only),
		TEST(test_switching_fifos_empties_the_receiver),
		TEST(test_other_line_control_keeps_the_receiver),
		TEST(test_loopback_returns_what_is_written),
		TEST(test_loopback_disconnects_the_input),
		TEST(test_loopback_overrun),
		TEST(test_reset_forgets_a_loss_and_a_full_line),
		TEST(test_loopback_break),
		TEST(test_break_without_loopback_is_not_received),
		TEST(test_loopback_of_the_modem_lines),
		TEST(test_input_before_any_set_up),
		TEST(test_linux_console_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
