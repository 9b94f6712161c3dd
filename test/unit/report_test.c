/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of a description: the path, the filter, the nearest word, sizes for people. */
#include "unit/description.h"
#include "monitor/report.h"

static struct report report;

static int start_report(void **state)
{
	static struct sink sink = {put_error};

	(void)state;
	errors[0] = 0;
	report_start(&report, &sink);
	return 0;
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup(name, start_report)

CASE(root_has_the_shortest_path)
{
	report_error(&report, "no");
	assert_string_equal(errors, "/: no\n");
	assert_int_equal(report.errors, 1);
}

CASE(path_has_parent_and_node)
{
	report_at(&report, NULL, "a");
	report_error(&report, "%u", 1);
	report_at(&report, "a", "b");
	report_error(&report, "%u", 2);
	assert_string_equal(errors, "/a: 1\n/a/b: 2\n");
	assert_int_equal(report.errors, 2);
}

CASE(filter_spares_printable_bytes_only)
{
	report_at(&report, NULL, "a\tb");
	report_error(&report, "%s", "x\x1b~\x7f\x80 \r\n");
	assert_string_equal(errors, "/a?b: x?~?? ??\n");
}

CASE(unknown_word_gets_nearest_and_list)
{
	static const char *const words[] = {"red", "green", "", "ultraviolet", NULL};

	report_unknown(&report, "colour", "gren", words);
	assert_string_equal(errors, "/: colour \"gren\"; nearest: \"green\"; accepted: red, green\n");
}

CASE(words_behind_the_empty_one_are_not_advertised)
{
	static const char *const words[] = {"red", "", "ultraviolet", NULL};

	report_unknown(&report, "colour", "ultraviole", words);
	assert_string_equal(errors, "/: colour \"ultraviole\"; nearest: \"red\"; accepted: red\n");
}

CASE(first_of_equally_near_words_wins)
{
	static const char *const words[] = {"bat", "cat", NULL};

	report_unknown(&report, "animal", "rat", words);
	assert_string_equal(errors, "/: animal \"rat\"; nearest: \"bat\"; accepted: bat, cat\n");
}

CASE(find_word_counts_the_empty_one)
{
	static const char *const words[] = {"red", "", "ultraviolet", NULL};

	assert_int_equal(report_find_word("red", words), 0);
	assert_int_equal(report_find_word("ultraviolet", words), 2);
	assert_int_equal(report_find_word("", words), -1);
	assert_int_equal(report_find_word("re", words), -1);
}

CASE(distance_counts_edits)
{
	assert_int_equal(report_distance("", ""), 0);
	assert_int_equal(report_distance("", "abc"), 3);
	assert_int_equal(report_distance("abc", ""), 3);
	assert_int_equal(report_distance("memory", "memory"), 0);
	assert_int_equal(report_distance("cpu", "cpus"), 1);
	assert_int_equal(report_distance("cpux", "cpus"), 1);
	assert_int_equal(report_distance("memroy", "memory"), 1);
	assert_int_equal(report_distance("kitten", "sitting"), 3);
	assert_int_equal(report_distance("load", "entry"), 5);
}

CASE(distance_is_symmetric)
{
	assert_int_equal(report_distance("restart", "restart-limit"), 6);
	assert_int_equal(report_distance("restart-limit", "restart"), 6);
}

CASE(distance_looks_at_31_bytes)
{
	assert_int_equal(
		report_distance("0123456789012345678901234567890xxx", "0123456789012345678901234567890y"), 0);
	assert_int_equal(report_distance("01234567890123456789012345678901", ""), 31);
}

static void size_is(u64 bytes_, u64 amount, const char *unit)
{
	assert_int_equal(report_amount(bytes_), amount);
	assert_string_equal(report_unit(bytes_), unit);
}

CASE(sizes_are_exact_in_the_largest_unit)
{
	size_is(0, 0, "bytes");
	size_is(1023, 1023, "bytes");
	size_is(1024, 1, "KiB");
	size_is(1025, 1025, "bytes");
	size_is(1536 * MIB, 1536, "MiB");
	size_is(2 * GIB, 2, "GiB");
	size_is(2 * GIB + KIB, 2 * MIB + 1, "KiB");
}

static const struct CMUnitTest tests[] = {
	TEST(root_has_the_shortest_path),
	TEST(path_has_parent_and_node),
	TEST(filter_spares_printable_bytes_only),
	TEST(unknown_word_gets_nearest_and_list),
	TEST(words_behind_the_empty_one_are_not_advertised),
	TEST(first_of_equally_near_words_wins),
	TEST(find_word_counts_the_empty_one),
	TEST(distance_counts_edits),
	TEST(distance_is_symmetric),
	TEST(distance_looks_at_31_bytes),
	TEST(sizes_are_exact_in_the_largest_unit),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
