/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vuart.c: the PL011 as drivers use it, and random sequences against the reference model. */
#include "devices.h"
#include "model/pl011_model.h"
#include "monitor/console.h"

enum { DR = 0x00, RSR = 0x04, FR = 0x18, ILPR = 0x20, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30 };
enum { IFLS = 0x34, IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44, DMACR = 0x48, IDS = 0xfe0 };
enum { FR_BUSY = 8, FR_RXFE = 0x10, FR_TXFF = 0x20, FR_RXFF = 0x40, FR_TXFE = 0x80 };
enum { RX = 0x10, TX = 0x20, RT = 0x40, BE = 0x200, OE = 0x400, FEN = 0x10, BRK = 1, LBE = 0x80 };
enum { PLENTY = 2048 };

static char sent[4096];
static u32 sent_count, room;

u32 console_room(const struct vm *vm)
{
	assert_ptr_equal(vm, &world.vm);
	return room;
}

void console_put(struct vm *vm, u8 byte)
{
	assert_ptr_equal(vm, &world.vm);
	if (room) {
		room--;
		sent[sent_count++ % sizeof(sent)] = (char)byte;
	}
}

static u32 get(u32 offset) { return (u32)read_sized(&vuart_table, offset, 4); }
static void set(u32 offset, u32 value) { write_sized(&vuart_table, offset, 4, value); }
static bool line(void) { return lines[0][VGIC_UART_INTID]; }
static void power_on(void) { vuart_reset(&world.vm); }

static void drain(u32 bytes)
{
	room += bytes;
	vuart_drained(&world.vm);
}

static void type(const char *text)
{
	for (; *text; text++)
		assert_true(vuart_receive(&world.vm, (u8)*text));
}

static int start(void **state)
{
	(void)state;
	build_devices(2);
	reg_table_index(&vuart_table);
	sent_count = 0;
	room = PLENTY;
	power_on();
	return 0;
}

/* As Linux, U-Boot and EDK2 leave it: 8N1, FIFOs on, enabled. */
static int start_with_fifos(void **state)
{
	start(state);
	set(LCR_H, 0x70);
	set(CR, 0x301);
	return 0;
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

static void test_sweep(void **state)
{
	(void)state;
	sweep(&vuart_table, power_on);
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

static void one_step(struct pl011_model *m)
{
	static const u32 sizes[] = {4, 4, 4, 4, 4, 1, 2, 8};
	static const u32 values[] = {0,      ~0U,  0x70, 0x60,  0x71, 0x380, 0x300,
	                             0x3f80, 0x12, 0x24, 0x7ff, 0x70, 0x20};
	u32 size = sizes[dice(ARRAY_COUNT(sizes))], choice = dice(100);
	u32 offset = dice(20) ? 4 * dice(20) : dice(0x1008);
	u64 value = dice(3) ? values[dice(ARRAY_COUNT(values))] : dice(0x10000);

	if (choice < 12) {
		assert_int_equal(vuart_receive(&world.vm, (u8)value), pl011_model_receive(m, (u8)value));
	} else if (choice < 22) {
		u32 bytes = dice(12);

		drain(bytes);
		pl011_model_drain(m, bytes);
	} else if (choice < 40) {
		set(DR, (u32)value);
		pl011_model_write(m, DR, (u32)value);
	} else if (choice < 52) {
		assert_int_equal(get(DR), pl011_model_read(m, DR));
	} else if (choice < 75) {
		value &= size == 8 ? ~0UL : (1UL << 8 * size) - 1;
		write_sized(&vuart_table, offset, size, value);
		pl011_model_store(m, offset, size, value);
	} else {
		u64 cut = size == 8 ? ~0UL : (1UL << 8 * size) - 1;

		assert_int_equal(read_sized(&vuart_table, offset, size),
		                 pl011_model_load(m, offset, size) & cut);
	}
}

static void check_against_model(u64 from, u32 steps)
{
	struct pl011_model m = {.room = 40};

	seed = from;
	room = 40;
	pl011_model_reset(&m);
	for (u32 step = 0; step < steps; step++) {
		one_step(&m);
		if (dice(2000) == 0) {
			power_on();
			pl011_model_reset(&m);
		}
		for (u32 offset = RSR; offset <= DMACR; offset += 4)
			assert_int_equal(get(offset), pl011_model_read(&m, offset));
		assert_int_equal(line(), pl011_model_line(&m));
		assert_int_equal(room, m.room);
		assert_int_equal(sent_count, m.sent_count);
		if (sent_count)
			assert_int_equal((u8)sent[(sent_count - 1) % sizeof(sent)],
			                 m.sent[(sent_count - 1) % 64]);
	}
}

static void test_random_sequences_equal_the_model(void **state)
{
	for (u64 from = 1; from <= 60; from++) {
		start(state);
		check_against_model(from * 0x9e3779b97f4a7c15, 1000);
	}
}

static void test_random_sequences_with_fifos_equal_the_model(void **state)
{
	for (u64 from = 1; from <= 20; from++) {
		struct pl011_model m = {.room = 20};

		start_with_fifos(state);
		seed = from * 0xd1342543de82ef95;
		room = 20;
		pl011_model_reset(&m);
		pl011_model_write(&m, LCR_H, 0x70);
		pl011_model_write(&m, CR, 0x301);
		/* Only what leaves the FIFOs on, so that they fill and wrap. */
		for (u32 step = 0; step < 3000; step++) {
			u32 choice = dice(8), byte = dice(256);

			if (choice < 3)
				assert_int_equal(vuart_receive(&world.vm, (u8)byte),
				                 pl011_model_receive(&m, (u8)byte));
			else if (choice < 5)
				assert_int_equal(get(DR), pl011_model_read(&m, DR));
			else if (choice < 7)
				set(DR, byte), pl011_model_write(&m, DR, byte);
			else
				drain(byte % 8), pl011_model_drain(&m, byte % 8);
			assert_int_equal(get(FR), pl011_model_read(&m, FR));
			assert_int_equal(get(RIS), pl011_model_read(&m, RIS));
		}
	}
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	        TEST(test_loopback_break),
	        TEST(test_break_without_loopback_is_not_received),
	        TEST(test_loopback_of_the_modem_lines),
	        TEST(test_input_before_any_set_up),
	        TEST(test_linux_console_session),
	        TEST(test_sweep),
	        TEST(test_random_sequences_equal_the_model),
	        TEST(test_random_sequences_with_fifos_equal_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
