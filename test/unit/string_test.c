/* SPDX-License-Identifier: Apache-2.0 */
/* lib/string.c under other names, against the host's own functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/types.h"

#define memcpy  our_memcpy
#define memmove our_memmove
#define memset  our_memset
#define memcmp  our_memcmp
#define memchr  our_memchr
#define strlen  our_strlen
#define strnlen our_strnlen
#define strcmp  our_strcmp
#define strncmp our_strncmp
#define strchr  our_strchr
#define strrchr our_strrchr
#include "../../src/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

enum { ROOM = 256, LONGEST = 140, SHIFTS = 9 };

static u8 here[ROOM] __attribute__((aligned(16))), there[ROOM] __attribute__((aligned(16)));
static u8 expected[ROOM];

static int start(void **state)
{
	(void)state;
	for (u32 i = 0; i < ROOM; i++) {
		here[i] = (u8)(i * 7 + 1);
		there[i] = expected[i] = (u8)(0xff - i);
	}
	return 0;
}

static int sign(int value) { return (value > 0) - (value < 0); }

/* Every length at every pair of alignments, with the bytes around it untouched. */
static void test_memcpy_every_alignment_and_length(void **state)
{
	for (u32 to = 0; to < SHIFTS; to++) {
		for (u32 from = 0; from < SHIFTS; from++) {
			for (u32 length = 0; length < LONGEST; length++) {
				start(state);
				memcpy(expected + 16 + to, here + from, length);
				assert_ptr_equal(our_memcpy(there + 16 + to, here + from, length),
				                 there + 16 + to);
				assert_memory_equal(there, expected, ROOM);
			}
		}
	}
}

static void test_memcpy_reads_nothing_outside(void **state)
{
	(void)state;
	for (u32 length = 1; length < LONGEST; length++) {
		u8 *from = malloc(length), *to = malloc(length); /* the address sanitizer guards both */

		memset(from, 0x5a, length);
		our_memcpy(to, from, length);
		assert_memory_equal(to, from, length);
		free(from);
		free(to);
	}
}

static void test_memcpy_large_block(void **state)
{
	size_t size = 4 * 1024 * 1024 + 13;
	u8 *from = malloc(size), *to = malloc(size + 4);

	(void)state;
	for (size_t i = 0; i < size; i++)
		from[i] = (u8)(i * 31 >> 3);
	our_memcpy(to, from, size);
	assert_memory_equal(to, from, size);
	our_memcpy(to + 4, from, size);
	assert_memory_equal(to + 4, from, size);
	free(from);
	free(to);
}

/* All overlaps from wholly below to wholly above, by every distance. */
static void test_memmove_every_overlap(void **state)
{
	for (u32 length = 0; length < 100; length++) {
		for (u32 to = 0; to < 120; to++) {
			u32 from = 60;

			start(state);
			memcpy(expected, here, ROOM);
			memmove(expected + to, expected + from, length);
			assert_ptr_equal(our_memmove(here + to, here + from, length), here + to);
			assert_memory_equal(here, expected, ROOM);
		}
	}
}

static void test_memmove_up_by_less_than_a_word(void **state)
{
	for (u32 by = 1; by < 8; by++) {
		start(state);
		memcpy(expected, here, ROOM);
		memmove(expected + by, expected, 200);
		our_memmove(here + by, here, 200);
		assert_memory_equal(here, expected, ROOM);
	}
}

static void test_memmove_onto_itself(void **state)
{
	(void)state;
	memcpy(expected, here, ROOM);
	our_memmove(here + 3, here + 3, 100);
	assert_memory_equal(here, expected, ROOM);
}

static void test_memset_every_alignment_and_length(void **state)
{
	for (u32 to = 0; to < SHIFTS; to++) {
		for (u32 length = 0; length < LONGEST; length++) {
			start(state);
			memset(expected + 16 + to, 0xa7, length);
			assert_ptr_equal(our_memset(there + 16 + to, 0xa7, length), there + 16 + to);
			assert_memory_equal(there, expected, ROOM);
		}
	}
}

static void test_memset_takes_the_low_byte_only(void **state)
{
	(void)state;
	our_memset(there, 0x1234, 100);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(there[i], 0x34);
	our_memset(there, -1, 40);
	for (u32 i = 0; i < 40; i++)
		assert_int_equal(there[i], 0xff);
}

static void test_memcmp_finds_each_differing_byte(void **state)
{
	(void)state;
	for (u32 at = 0; at < LONGEST; at++) {
		memcpy(there, here, ROOM);
		there[at] ^= 0x80;
		assert_int_equal(sign(our_memcmp(here, there, LONGEST)), sign(memcmp(here, there, LONGEST)));
		assert_int_equal(our_memcmp(here, there, at), 0);
	}
}

static void test_memcmp_compares_unsigned(void **state)
{
	(void)state;
	assert_true(our_memcmp("\x80", "\x7f", 1) > 0);
	assert_true(our_memcmp("\x00", "\xff", 1) < 0);
}

static void test_memcmp_of_nothing_is_equal(void **state)
{
	(void)state;
	assert_int_equal(our_memcmp("a", "b", 0), 0);
}

static void test_memchr_finds_the_first(void **state)
{
	(void)state;
	assert_ptr_equal(our_memchr(here, here[9], ROOM), here + 9);
	assert_ptr_equal(our_memchr("a\0b", 0, 4), memchr("a\0b", 0, 4));
	assert_null(our_memchr("abc", 'c', 2));
	assert_null(our_memchr("abc", 'a', 0));
}

static void test_memchr_takes_the_low_byte_only(void **state)
{
	static const u8 bytes[] = {1, 0xf0, 3};

	(void)state;
	assert_ptr_equal(our_memchr(bytes, (int)0xfffffff0, 3), bytes + 1);
	assert_ptr_equal(our_memchr(bytes, 0x103, 3), bytes + 2);
}

static void test_strlen_every_length(void **state)
{
	(void)state;
	for (u32 length = 0; length < LONGEST; length++) {
		char *text = malloc(length + 1);

		memset(text, 'x', length);
		text[length] = 0;
		assert_int_equal(our_strlen(text), length);
		free(text);
	}
}

static void test_strnlen_stops_at_limit_or_end(void **state)
{
	static const char unterminated[3] = {'a', 'b', 'c'};

	(void)state;
	assert_int_equal(our_strnlen("hello", 3), 3);
	assert_int_equal(our_strnlen("hello", 5), 5);
	assert_int_equal(our_strnlen("hello", 100), 5);
	assert_int_equal(our_strnlen("hello", 0), 0);
	assert_int_equal(our_strnlen(unterminated, 3), 3);
}

static void test_strcmp_orders_as_the_host(void **state)
{
	static const char *const words[] = {"",     "a",    "ab",    "abc",  "abd", "b",
	                                    "\x80", "\xff", "a\xff", "cpus", "cpu"};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(words); i++) {
		for (u32 j = 0; j < ARRAY_COUNT(words); j++)
			assert_int_equal(sign(our_strcmp(words[i], words[j])),
			                 sign(strcmp(words[i], words[j])));
	}
}

static void test_strncmp_orders_as_the_host(void **state)
{
	static const char *const words[] = {"",  "a",    "ab",   "abc",   "abd",
	                                    "b", "\x80", "\xff", "a\xff", "console="};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(words); i++) {
		for (u32 j = 0; j < ARRAY_COUNT(words); j++) {
			for (u32 n = 0; n < 10; n++)
				assert_int_equal(sign(our_strncmp(words[i], words[j], n)),
				                 sign(strncmp(words[i], words[j], n)));
		}
	}
}

static void test_strncmp_reads_no_further_than_the_count(void **state)
{
	static const char a[3] = {'a', 'b', 'c'}, b[3] = {'a', 'b', 'c'};

	(void)state;
	assert_int_equal(our_strncmp(a, b, 3), 0);
}

static void test_strchr_finds_first_and_terminator(void **state)
{
	static const char text[] = "banana";

	(void)state;
	assert_ptr_equal(our_strchr(text, 'a'), text + 1);
	assert_ptr_equal(our_strchr(text, 'b'), text);
	assert_ptr_equal(our_strchr(text, 0), text + 6);
	assert_null(our_strchr(text, 'x'));
	assert_null(our_strchr("", 'x'));
}

static void test_strrchr_finds_last_and_terminator(void **state)
{
	static const char text[] = "banana";

	(void)state;
	assert_ptr_equal(our_strrchr(text, 'a'), text + 5);
	assert_ptr_equal(our_strrchr(text, 'b'), text);
	assert_ptr_equal(our_strrchr(text, 0), text + 6);
	assert_null(our_strrchr(text, 'x'));
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memcpy_every_alignment_and_length),
		TEST(test_memcpy_reads_nothing_outside),
		TEST(test_memcpy_large_block),
		TEST(test_memmove_every_overlap),
		TEST(test_memmove_up_by_less_than_a_word),
		TEST(test_memmove_onto_itself),
		TEST(test_memset_every_alignment_and_length),
		TEST(test_memset_takes_the_low_byte_only),
		TEST(test_memcmp_finds_each_differing_byte),
		TEST(test_memcmp_compares_unsigned),
		TEST(test_memcmp_of_nothing_is_equal),
		TEST(test_memchr_finds_the_first),
		TEST(test_memchr_takes_the_low_byte_only),
		TEST(test_strlen_every_length),
		TEST(test_strnlen_stops_at_limit_or_end),
		TEST(test_strcmp_orders_as_the_host),
		TEST(test_strncmp_orders_as_the_host),
		TEST(test_strncmp_reads_no_further_than_the_count),
		TEST(test_strchr_finds_first_and_terminator),
		TEST(test_strrchr_finds_last_and_terminator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
