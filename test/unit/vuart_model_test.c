/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vuart.c: every access once, and random sequences against the reference model. */
#include "vuart_world.h"
#include "model/pl011_model.h"

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
		TEST(test_sweep),
		TEST(test_random_sequences_equal_the_model),
		TEST(test_random_sequences_with_fifos_equal_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
