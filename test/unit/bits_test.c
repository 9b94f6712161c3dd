/* SPDX-License-Identifier: Apache-2.0 */
/* lib/bits.h: fields and alignment at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/bits.h"

static void test_bit_edges(void **state)
{
	(void)state;
	assert_int_equal(BIT(0), 1);
	assert_int_equal(BIT(31), 0x80000000UL);
	assert_int_equal(BIT(63), 0x8000000000000000UL);
}

static void test_field_every_pair(void **state)
{
	(void)state;
	for (u32 high = 0; high < 64; high++) {
		for (u32 low = 0; low <= high; low++) {
			u64 expected = 0;

			for (u32 bit = low; bit <= high; bit++)
				expected |= 1UL << bit;
			assert_int_equal(FIELD(high, low), expected);
		}
	}
}

static void test_put_then_get_every_field(void **state)
{
	(void)state;
	for (u32 high = 0; high < 64; high++) {
		for (u32 low = 0; low <= high; low++) {
			u64 field = FIELD(high, low), value = 0xa5c3f00f12345678UL & (field >> low);

			assert_int_equal(field_get(field, field_put(field, value)), value);
		}
	}
}

static void test_put_cuts_what_is_too_wide(void **state)
{
	(void)state;
	assert_int_equal(field_put(FIELD(7, 4), 0x1f), 0xf0);
	assert_int_equal(field_put(FIELD(63, 60), ~0UL), 0xf000000000000000UL);
}

static void test_get_ignores_neighbours(void **state)
{
	(void)state;
	assert_int_equal(field_get(FIELD(7, 4), 0xffffff5fUL), 5);
	assert_int_equal(field_get(FIELD(63, 0), 0x123456789abcdef0UL), 0x123456789abcdef0UL);
}

static void test_set_replaces_only_its_field(void **state)
{
	(void)state;
	assert_int_equal(field_set(~0UL, FIELD(15, 8), 0x12), 0xffffffffffff12ffUL);
	assert_int_equal(field_set(0, FIELD(15, 8), 0x12), 0x1200);
	assert_int_equal(field_set(0xabcdUL, FIELD(3, 0), 0x77), 0xabc7);
}

static void test_align_down_and_up(void **state)
{
	(void)state;
	assert_int_equal(align_down(0x1fff, 0x1000), 0x1000);
	assert_int_equal(align_up(0x1001, 0x1000), 0x2000);
	assert_int_equal(align_up(0x1000, 0x1000), 0x1000);
	assert_int_equal(align_down(0x1000, 0x1000), 0x1000);
	assert_int_equal(align_up(0, 0x1000), 0);
	assert_int_equal(align_up(5, 1), 5);
}

static void test_align_brackets_every_value(void **state)
{
	(void)state;
	for (u64 to = 1; to <= 4096; to *= 2) {
		for (u64 value = 0; value < 3 * to && value < 5000; value++) {
			assert_true(align_down(value, to) <= value && value - align_down(value, to) < to);
			assert_true(align_up(value, to) >= value && align_up(value, to) - value < to);
			assert_true(is_aligned(align_down(value, to), to) &&
			            is_aligned(align_up(value, to), to));
			assert_int_equal(is_aligned(value, to), value % to == 0);
		}
	}
}

static void test_align_at_the_top(void **state)
{
	(void)state;
	assert_int_equal(align_down(~0UL, 0x1000), 0xfffffffffffff000UL);
	assert_int_equal(align_up(0xfffffffffffff000UL, 0x1000), 0xfffffffffffff000UL);
}

static void test_min_max(void **state)
{
	(void)state;
	assert_int_equal(min_u64(1, ~0UL), 1);
	assert_int_equal(min_u64(~0UL, 1), 1);
	assert_int_equal(max_u64(1, ~0UL), ~0UL);
	assert_int_equal(max_u64(~0UL, 1), ~0UL);
	assert_int_equal(min_u64(7, 7), 7);
}

static void test_lowest_bit(void **state)
{
	(void)state;
	for (u32 bit = 0; bit < 64; bit++) {
		assert_int_equal(lowest_bit(1UL << bit), bit);
		assert_int_equal(lowest_bit(~0UL << bit), bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bit_edges),
		cmocka_unit_test(test_field_every_pair),
		cmocka_unit_test(test_put_then_get_every_field),
		cmocka_unit_test(test_put_cuts_what_is_too_wide),
		cmocka_unit_test(test_get_ignores_neighbours),
		cmocka_unit_test(test_set_replaces_only_its_field),
		cmocka_unit_test(test_align_down_and_up),
		cmocka_unit_test(test_align_brackets_every_value),
		cmocka_unit_test(test_align_at_the_top),
		cmocka_unit_test(test_min_max),
		cmocka_unit_test(test_lowest_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
