/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/vrtc.c: its registers, the time, and random sequences against a plain clock. */
#include "vrtc_world.h"

static void test_table_is_total(void **state)
{
	(void)state;
	assert_null(reg_table_check(&vrtc_table));
}

static void test_registers_out_of_reset(void **state)
{
	(void)state;
	assert_int_equal(get(DR), EPOCH);
	assert_int_equal(get(MR) | get(LR) | get(IMSC) | get(RIS) | get(MIS) | get(ICR), 0);
	assert_int_equal(get(CR), 1);
	assert_int_equal(timer_fake_armed(), ~0UL);
}

static void test_identification(void **state)
{
	static const u8 expected[] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (u32 i = 0; i < sizeof(expected); i++) {
		set(IDS + 4 * i, ~0U);
		assert_int_equal(get(IDS + 4 * i), expected[i]);
		assert_int_equal(read_sized(&vrtc_table, IDS + 4 * i, 1), expected[i]);
	}
}

static void test_counts_seconds(void **state)
{
	(void)state;
	pass(FREQUENCY - 1);
	assert_int_equal(get(DR), EPOCH);
	pass(1);
	assert_int_equal(get(DR), EPOCH + 1);
	pass_seconds(86400);
	assert_int_equal(get(DR), EPOCH + 86401);
}

static void test_counts_at_other_frequencies(void **state)
{
	static const u64 frequencies[] = {1, 1000, 24000000, 1000000000, 4294967295};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(frequencies); i++) {
		timer_fake_set_frequency(frequencies[i]);
		timer_fake_set(100 * frequencies[i]);
		assert_int_equal(get(DR), EPOCH + 100);
		timer_fake_set(101 * frequencies[i] - 1);
		assert_int_equal(get(DR), EPOCH + 100);
	}
}

static void test_load_sets_the_time(void **state)
{
	(void)state;
	set(LR, 1000);
	assert_int_equal(get(DR), 1000);
	assert_int_equal(get(LR), 1000);
	pass_seconds(5);
	assert_int_equal(get(DR), 1005);
	assert_int_equal(get(LR), 1000);
	set(LR, 0xfffffff0);
	assert_int_equal(get(DR), 0xfffffff0);
}

static void test_load_of_edge_values(void **state)
{
	static const u32 values[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, EPOCH};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(values); i++) {
		pass_seconds(3);
		set(LR, values[i]);
		assert_int_equal(get(DR), values[i]);
	}
}

static void test_counter_wraps(void **state)
{
	(void)state;
	set(LR, 0xffffffff);
	pass_seconds(1);
	assert_int_equal(get(DR), 0);
	pass_seconds(1);
	assert_int_equal(get(DR), 1);
}

static void test_two_machines_keep_their_own_time(void **state)
{
	static struct machine_world other;

	(void)state;
	machine_world_build(&other, 1);
	vrtc_reset(&other.vm);
	set(LR, 5);
	struct access a = {.offset = DR, .size = 4};
	assert_int_equal(reg_access(&vrtc_table, &other.vcpus[0], &a), DONE);
	assert_int_equal(a.value, EPOCH);
}

static void test_read_only_registers(void **state)
{
	static const u32 offsets[] = {DR, CR, RIS, MIS};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(offsets); i++) {
		u32 before = get(offsets[i]);

		set(offsets[i], ~before);
		assert_int_equal(get(offsets[i]), before);
	}
}

static void test_stop_bit_does_not_stop_it(void **state)
{
	(void)state;
	set(CR, 0);
	pass_seconds(2);
	assert_int_equal(get(DR), EPOCH + 2);
	assert_int_equal(get(CR), 1);
}

static void test_narrow_accesses_do_nothing(void **state)
{
	(void)state;
	for (u32 size = 1; size <= 8; size *= 2) {
		if (size == 4)
			continue;
		write_sized(&vrtc_table, LR, size, 5);
		assert_int_equal(read_sized(&vrtc_table, DR, size), 0);
	}
	assert_int_equal(get(DR), EPOCH);
}

static void test_sweep(void **state)
{
	(void)state;
	sweep(&vrtc_table, power_on);
}

/* Random writes and waits against a clock that is moved second by second. */
static void test_random_sequences_equal_a_second_by_second_clock(void **state)
{
	for (u32 from = 1; from <= 40; from++) {
		u32 random = from * 2654435761U, clock = EPOCH, match = 0;
		bool raised = false, mask = false, armed = false;

		start(state);
		for (u32 step = 0; step < 400; step++) {
			random = random * 1664525 + 1013904223;
			u32 value = clock + (random >> 8) % 12 - 3;

			switch (random >> 28) {
			case 0:
				set(LR, value);
				clock = value;
				raised |= armed && clock == match;
				break;
			case 1:
			case 2:
			case 3:
				set(MR, value);
				match = value;
				armed = true;
				raised |= clock == match;
				break;
			case 4:
				mask = random >> 9 & 1;
				set(IMSC, mask);
				break;
			case 5:
			case 6:
				set(ICR, 1);
				raised = false;
				break;
			case 7:
				power_on();
				raised = mask = armed = false;
				match = 0;
				break;
			default:
				for (u32 i = 0; i < (random >> 8) % 5; i++) {
					pass_seconds(1);
					clock++;
					raised |= armed && clock == match;
				}
			}
			assert_int_equal(get(DR), clock);
			assert_int_equal(get(MR), match);
			assert_int_equal(get(RIS), raised);
			assert_int_equal(get(MIS), raised && mask);
			assert_int_equal(line(), raised && mask);
		}
		finish(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table_is_total),
		TEST(test_registers_out_of_reset),
		TEST(test_identification),
		TEST(test_counts_seconds),
		TEST(test_counts_at_other_frequencies),
		TEST(test_load_sets_the_time),
		TEST(test_load_of_edge_values),
		TEST(test_counter_wraps),
		TEST(test_two_machines_keep_their_own_time),
		TEST(test_read_only_registers),
		TEST(test_stop_bit_does_not_stop_it),
		TEST(test_narrow_accesses_do_nothing),
		TEST(test_sweep),
		TEST(test_random_sequences_equal_a_second_by_second_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
