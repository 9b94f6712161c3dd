/* SPDX-License-Identifier: Apache-2.0 */
/* virtual/reg.c: what makes a table total, and which row an access reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/bits.h"
#include "virtual/reg.h"

static u32 reads, writes;
static struct access last;

static enum verdict note_read(struct vcpu *v, struct access *a)
{
	(void)v;
	reads++;
	last = *a;
	a->value = 0x1234;
	return DONE;
}

static enum verdict note_write(struct vcpu *v, struct access *a)
{
	(void)v;
	writes++;
	last = *a;
	return DONE;
}

static enum verdict refuse(struct vcpu *v, struct access *a)
{
	(void)v;
	(void)a;
	return ABORT;
}

#define ANY                       (1 | 2 | 4 | 8)
#define ROW(offset, size, widths) REG(offset, size, widths, note_read, note_write, "row")

enum { SIZE = 0x200, ROWS = 6 };
static struct reg rows[ROWS];
static u8 row_index[SIZE >> REG_INDEX_SHIFT];
static struct reg_table table;

static int start(void **state)
{
	static const struct reg good[ROWS] = {
		ROW(0x000, 4, 4),
		ROW(0x004, 4, 1 | 2 | 4 | REG_START),
		ROW(0x008, 0x18, 1 | 4),
		REG_RESERVED(0x020, 0x1a3),
		REG(0x1c3, 1, 1, refuse, refuse, "odd"),
		REG_RESERVED(0x1c4, 0x3c),
	};

	(void)state;
	memcpy(rows, good, sizeof(rows));
	memset(row_index, 0xff, sizeof(row_index));
	table = (struct reg_table){"test", rows, row_index, ROWS, SIZE};
	reads = writes = 0;
	assert_null(reg_table_check(&table));
	reg_table_index(&table);
	return 0;
}

static enum verdict access_at(u32 offset, u32 size, bool write, u64 *value)
{
	struct access a = {.offset = offset, .size = size, .write = write, .value = *value};
	enum verdict verdict = reg_access(&table, NULL, &a);

	*value = a.value;
	return verdict;
}

static bool reaches(u32 offset, u32 size)
{
	u64 value = 0xdead;
	u32 before = reads;

	assert_int_equal(access_at(offset, size, false, &value), DONE);
	assert_int_equal(value, reads == before ? 0 : 0x1234);
	return reads != before;
}

static void test_gap_is_found(void **state)
{
	(void)state;
	rows[2].offset += 4;
	assert_string_equal(reg_table_check(&table), "a gap between two rows");
}

static void test_gap_at_start_is_found(void **state)
{
	(void)state;
	rows[0].offset = 2;
	rows[0].widths = 2;
	assert_string_equal(reg_table_check(&table), "a gap between two rows");
}

static void test_overlap_is_found(void **state)
{
	(void)state;
	rows[2].end += 4;
	assert_string_equal(reg_table_check(&table), "rows overlap or are not sorted");
}

static void test_unsorted_rows_are_found(void **state)
{
	(void)state;
	struct reg first = rows[0];
	rows[0] = rows[1];
	rows[1] = first;
	assert_non_null(reg_table_check(&table));
}

static void test_missing_end_is_found(void **state)
{
	(void)state;
	table.count--;
	assert_string_equal(reg_table_check(&table), "a gap at the end of the region");
}

static void test_row_beyond_region_is_found(void **state)
{
	(void)state;
	rows[ROWS - 1].end += 4;
	assert_string_equal(reg_table_check(&table), "a row goes beyond the region");
	rows[ROWS - 1].end = ~0U;
	assert_string_equal(reg_table_check(&table), "a row goes beyond the region");
}

static void test_row_after_the_end_is_found(void **state)
{
	struct reg_table longer = table;
	struct reg more[ROWS + 1];

	(void)state;
	memcpy(more, rows, sizeof(rows));
	more[ROWS] = (struct reg)REG_RESERVED(SIZE, 4);
	longer.rows = more;
	longer.count++;
	assert_string_equal(reg_table_check(&longer), "a row goes beyond the region");
}

static void test_empty_row_is_found(void **state)
{
	(void)state;
	rows[0].end = 0;
	assert_string_equal(reg_table_check(&table), "a row is empty");
}

static void test_nameless_row_is_found(void **state)
{
	(void)state;
	rows[3].name = "";
	assert_string_equal(reg_table_check(&table), "a row has no name");
	rows[3].name = NULL;
	assert_string_equal(reg_table_check(&table), "a row has no name");
}

static void test_row_without_function_is_found(void **state)
{
	(void)state;
	rows[0].write = NULL;
	assert_string_equal(reg_table_check(&table), "a row lacks a function");
	start(state);
	rows[0].read = NULL;
	assert_string_equal(reg_table_check(&table), "a row lacks a function");
}

static void test_bad_widths_are_found(void **state)
{
	static const u32 bad[] = {0, REG_START, 32, 4 | 64};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(bad); i++) {
		rows[0].widths = bad[i];
		assert_string_equal(reg_table_check(&table), "a row's widths are not of 1, 2, 4, 8");
	}
}

static void test_width_larger_than_register_is_found(void **state)
{
	(void)state;
	rows[0].widths = 4 | 8;
	assert_non_null(reg_table_check(&table));
}

static void test_misaligned_register_is_found(void **state)
{
	(void)state;
	rows[1].offset = 6;
	rows[0].end = 6;
	rows[0].widths = 2;
	rows[1].end = 8;
	assert_non_null(reg_table_check(&table));
	rows[1].widths = 1 | 2;
	assert_null(reg_table_check(&table));
}

static void test_bad_region_sizes_are_found(void **state)
{
	(void)state;
	table.size = 0;
	assert_string_equal(reg_table_check(&table),
	                    "the region's size is not a power of two from 128 bytes to 16 MiB");
	table.size = SIZE + 128;
	assert_string_equal(reg_table_check(&table),
	                    "the region's size is not a power of two from 128 bytes to 16 MiB");
}

static void test_incomplete_table_is_found(void **state)
{
	(void)state;
	table.index = NULL;
	assert_non_null(reg_table_check(&table));
	start(state);
	table.name = NULL;
	assert_non_null(reg_table_check(&table));
	start(state);
	table.rows = NULL;
	assert_non_null(reg_table_check(&table));
	start(state);
	table.count = 0;
	assert_non_null(reg_table_check(&table));
}

static void test_more_rows_than_the_index_can_name_are_found(void **state)
{
	static struct reg many[257];
	static u8 index[(257 * 128) >> REG_INDEX_SHIFT];
	struct reg_table large = {"large", many, index, 256, 256 * 128};

	(void)state;
	for (u32 i = 0; i < 257; i++)
		many[i] = (struct reg)ROW(i * 128, 128, ANY);
	assert_null(reg_table_check(&large));
	large.count = 257;
	large.size += 128;
	assert_non_null(reg_table_check(&large));
}

/* The last row that an index can name is found through it. */
static void test_index_of_256_rows(void **state)
{
	static struct reg many[256];
	static u8 index[256];
	struct reg_table large = {"large", many, index, 256, 256 * 128};
	struct access a = {.offset = 255 * 128 + 8, .size = 8};

	(void)state;
	for (u32 i = 0; i < 256; i++)
		many[i] = (struct reg)ROW(i * 128, 128, ANY);
	reg_table_index(&large);
	for (u32 i = 0; i < 256; i++)
		assert_int_equal(index[i], i);
	assert_int_equal(reg_access(&large, NULL, &a), DONE);
	assert_int_equal(a.value, 0x1234);
}

static void test_index_names_the_row_of_each_block(void **state)
{
	static const u8 expected[] = {0, 3, 3, 3};

	(void)state;
	assert_memory_equal(row_index, expected, sizeof(expected));
}

static void test_access_reaches_its_row_with_its_offset(void **state)
{
	u64 value = 0;

	(void)state;
	assert_int_equal(access_at(0x10, 4, false, &value), DONE);
	assert_int_equal(value, 0x1234);
	assert_int_equal(last.offset, 0x10);
	value = 0x77;
	assert_int_equal(access_at(0x1f, 1, true, &value), DONE);
	assert_int_equal(last.offset, 0x1f);
	assert_int_equal(last.value, 0x77);
	assert_int_equal(writes, 1);
}

static void test_width_the_row_lacks(void **state)
{
	(void)state;
	assert_true(reaches(0, 4));
	assert_false(reaches(0, 1));
	assert_false(reaches(0, 2));
	assert_false(reaches(0, 8));
	assert_true(reaches(8, 1));
	assert_false(reaches(8, 2));
}

static void test_misaligned_access(void **state)
{
	(void)state;
	assert_true(reaches(0x0c, 4));
	for (u32 offset = 0x0d; offset < 0x10; offset++)
		assert_false(reaches(offset, 4));
}

/* So no aligned access of an allowed width can cross the end of its row. */
static void test_row_that_ends_within_an_access_is_found(void **state)
{
	(void)state;
	rows[0].end = 6;
	rows[0].widths = 2 | 4;
	rows[1].offset = 6;
	assert_string_equal(reg_table_check(&table),
	                    "a register is misaligned for, or smaller than, a width it allows");
}

static void test_register_that_is_reached_at_its_start_only(void **state)
{
	(void)state;
	assert_true(reaches(4, 1));
	assert_true(reaches(4, 2));
	assert_true(reaches(4, 4));
	assert_false(reaches(5, 1));
	assert_false(reaches(6, 2));
	assert_false(reaches(7, 1));
}

static void test_refused_write_does_nothing(void **state)
{
	u64 value = 0x55;

	(void)state;
	assert_int_equal(access_at(0, 1, true, &value), DONE);
	assert_int_equal(access_at(0x0d, 4, true, &value), DONE);
	assert_int_equal(access_at(0x21, 8, true, &value), DONE);
	assert_int_equal(writes, 0);
	assert_int_equal(value, 0x55);
}

static void test_reserved_reads_zero_at_any_width_and_offset(void **state)
{
	(void)state;
	for (u32 offset = 0x20; offset < 0x1c3; offset++) {
		for (u32 size = 1; size <= 8; size *= 2) {
			u64 value = ~0UL;

			if (offset + size <= 0x1c3)
				assert_int_equal(access_at(offset, size, false, &value), DONE);
			else
				continue;
			assert_int_equal(value, 0);
		}
	}
}

static void test_further_frames_are_alike(void **state)
{
	(void)state;
	assert_true(reaches(SIZE, 4));
	assert_int_equal(last.offset, SIZE); /* the row's function sees which frame */
	assert_true(reaches(7 * SIZE + 4, 2));
	assert_false(reaches(7 * SIZE + 5, 1));
}

static void test_access_across_the_end_of_the_region(void **state)
{
	(void)state;
	for (u32 offset = SIZE - 8; offset < SIZE; offset++)
		assert_false(reaches(offset, 8));
}

static void test_verdict_of_the_row_is_passed_on(void **state)
{
	u64 value = 0;

	(void)state;
	assert_int_equal(access_at(0x1c3, 1, false, &value), ABORT);
	assert_int_equal(access_at(0x1c3, 1, true, &value), ABORT);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gap_is_found),
		TEST(test_gap_at_start_is_found),
		TEST(test_overlap_is_found),
		TEST(test_unsorted_rows_are_found),
		TEST(test_missing_end_is_found),
		TEST(test_row_beyond_region_is_found),
		TEST(test_row_after_the_end_is_found),
		TEST(test_empty_row_is_found),
		TEST(test_nameless_row_is_found),
		TEST(test_row_without_function_is_found),
		TEST(test_bad_widths_are_found),
		TEST(test_width_larger_than_register_is_found),
		TEST(test_misaligned_register_is_found),
		TEST(test_bad_region_sizes_are_found),
		TEST(test_incomplete_table_is_found),
		TEST(test_more_rows_than_the_index_can_name_are_found),
		TEST(test_index_of_256_rows),
		TEST(test_index_names_the_row_of_each_block),
		TEST(test_access_reaches_its_row_with_its_offset),
		TEST(test_width_the_row_lacks),
		TEST(test_misaligned_access),
		TEST(test_row_that_ends_within_an_access_is_found),
		TEST(test_register_that_is_reached_at_its_start_only),
		TEST(test_refused_write_does_nothing),
		TEST(test_reserved_reads_zero_at_any_width_and_offset),
		TEST(test_further_frames_are_alike),
		TEST(test_access_across_the_end_of_the_region),
		TEST(test_verdict_of_the_row_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
