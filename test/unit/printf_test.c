/* SPDX-License-Identifier: Apache-2.0 */
/* lib/printf.c: exact texts, the host's snprintf() as the reference, and the buffer's edges. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/printf.h"
#include "lib/types.h"

static char text[512];

/* Ours is the host's; the compiler checks the arguments. */
#define CHECK_AS_HOST(...)                                                              \
	do {                                                                            \
		char host[512];                                                         \
		int length = snprintf(host, sizeof(host), __VA_ARGS__);                 \
		assert_int_equal(format_text(text, sizeof(text), __VA_ARGS__), length); \
		assert_string_equal(text, host);                                        \
	} while (0)

struct collector {
	struct sink sink;
	char text[256];
	u32 length;
};

static void collect(struct sink *to, char c)
{
	struct collector *own = CONTAINER_OF(to, struct collector, sink);

	own->text[own->length++] = c;
}

/* Without the attribute that would make the compiler refuse what we want to try. */
static const char *formatted(const char *format_string, ...)
{
	static struct collector c;
	va_list arguments;

	c = (struct collector){.sink.put = collect};
	va_start(arguments, format_string);
	format(&c.sink, format_string, arguments);
	va_end(arguments);
	return c.text;
}

static void test_plain_text(void **state)
{
	(void)state;
	CHECK_AS_HOST("no conversion\n");
	CHECK_AS_HOST("100%%, %% alone");
}

static void test_empty_text(void **state)
{
	(void)state;
	text[0] = 'x';
	assert_string_equal(formatted(""), "");
	assert_int_equal(format_text(text, sizeof(text), "%s", ""), 0);
	assert_string_equal(text, "");
}

static void test_unsigned(void **state)
{
	static const u32 values[] = {0, 1, 9, 10, 99, 100, 4294967295U};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(values); i++)
		CHECK_AS_HOST("<%u>", values[i]);
}

static void test_signed(void **state)
{
	static const int values[] = {0, 1, -1, 10, -10, INT_MAX, INT_MIN};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(values); i++)
		CHECK_AS_HOST("<%d>", values[i]);
}

static void test_hexadecimal(void **state)
{
	static const u32 values[] = {0, 9, 10, 15, 16, 0xdeadbeef, ~0U};

	(void)state;
	for (u32 i = 0; i < ARRAY_COUNT(values); i++)
		CHECK_AS_HOST("<%x>", values[i]);
}

static void test_long_unsigned(void **state)
{
	(void)state;
	CHECK_AS_HOST("%lu %lu %lu", 0UL, 4294967296UL, ULONG_MAX);
}

static void test_long_signed(void **state)
{
	(void)state;
	CHECK_AS_HOST("%ld %ld %ld", 0L, LONG_MAX, LONG_MIN);
}

static void test_long_hexadecimal(void **state)
{
	(void)state;
	CHECK_AS_HOST("%lx %lx %lx", 0UL, 0x123456789abcdef0UL, ULONG_MAX);
}

static void test_narrow_conversion_ignores_upper_half(void **state)
{
	(void)state;
	assert_string_equal(formatted("%x %u %d", 0x1ffffffffUL, 0x100000001UL, 0x1ffffffffUL),
	                    "ffffffff 1 -1");
}

static void test_character(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%c%c]", 'a', '%');
	assert_int_equal(format_text(text, sizeof(text), "%c", 0), 1);
}

static void test_string(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%s][%s]", "abc", "");
	CHECK_AS_HOST("%s", "100%u");
}

static void test_null_string(void **state)
{
	(void)state;
	assert_string_equal(formatted("[%s]", (char *)NULL), "[(null)]");
	assert_string_equal(formatted("[%.3s]", (char *)NULL), "[(nu]");
}

static void test_pointer(void **state)
{
	(void)state;
	CHECK_AS_HOST("%p", (void *)0x7fff1234UL);
	assert_string_equal(formatted("%p", NULL), "0x0");
}

static void test_width_pads_left(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%5u][%5d][%5x][%5s][%5c]", 42, -42, 0xab, "ab", 'c');
}

static void test_width_smaller_than_value(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%2u][%1s][%3d][%04x]", 12345, "abc", -1234, 0x12345);
}

static void test_zero_flag(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%08x][%02x][%016lx][%05u]", 0xbeef, 5, 0xabcUL, 42);
}

static void test_zero_flag_keeps_the_sign_first(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%06d][%06d]", -42, 42);
	assert_string_equal(formatted("[%010p]", (void *)0xab), "[0x000000ab]");
}

static void test_minus_flag(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%-6u][%-6d][%-6x][%-6s][%-3c]", 42, -42, 0xab, "ab", 'c');
}

static void test_minus_beats_zero(void **state)
{
	(void)state;
	assert_string_equal(formatted("[%-06d][%0-6d]", 42, 42), "[42    ][42    ]");
}

static void test_zero_flag_does_not_pad_text_with_zeros(void **state)
{
	(void)state;
	assert_string_equal(formatted("[%05s][%03c]", "ab", 'c'), "[   ab][  c]");
}

static void test_precision_cuts_strings(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%.2s][%.0s][%.10s]", "abcdef", "abcdef", "abc");
}

static void test_precision_by_argument(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%.*s][%.*s]", 3, "abcdef", 0, "abcdef");
	CHECK_AS_HOST("[%*s]", 6, "abc");
}

static void test_precision_reads_no_further(void **state)
{
	static const char unterminated[3] = {'a', 'b', 'c'};

	(void)state;
	assert_int_equal(format_text(text, sizeof(text), "[%.*s]", 3, unterminated), 5);
	assert_string_equal(text, "[abc]");
}

static void test_precision_with_width(void **state)
{
	(void)state;
	CHECK_AS_HOST("[%6.2s][%-6.2s]", "abcdef", "abcdef");
}

static void test_negative_argument_for_precision_is_none_of_the_text(void **state)
{
	(void)state;
	assert_string_equal(formatted("[%.*s]", -1, "abc"), "[]");
}

static void test_unknown_conversion_stands_as_written(void **state)
{
	(void)state;
	assert_string_equal(formatted("[%q][%5k][%lz]"), "[%q][%5k][%lz]");
}

static void test_unknown_conversion_takes_no_argument(void **state)
{
	(void)state;
	assert_string_equal(formatted("%y %u", 7), "%y 7");
}

static void test_lone_percent_at_the_end(void **state)
{
	(void)state;
	assert_string_equal(formatted("100%"), "100%");
	assert_string_equal(formatted("100%-08l"), "100%-08l");
}

static void test_many_arguments(void **state)
{
	(void)state;
	/* More than fit in registers, so that the list's second half is used. */
	CHECK_AS_HOST("%u %lu %d %s %x %lx %c %u %lu %d %s %x", 1, 2UL, -3, "4", 5, 6UL, '7', 8, 9UL, -10,
	              "11", 12);
}

static void test_caller_may_use_its_list_again(void **state)
{
	(void)state;
	assert_string_equal(formatted("%u-%s", 1, "a"), "1-a");
	assert_string_equal(formatted("%u-%s", 2, "b"), "2-b");
}

static void test_buffer_every_size(void **state)
{
	char small[16];

	(void)state;
	for (size_t size = 0; size <= sizeof(small); size++) {
		memset(small, '#', sizeof(small));
		assert_int_equal(format_text(small, size, "%s", "0123456789"), 10);
		size_t kept = size == 0 ? 0 : size - 1 < 10 ? size - 1 : 10;
		assert_memory_equal(small, "0123456789", kept);
		if (size)
			assert_int_equal(small[kept], 0);
		for (size_t i = size ? kept + 1 : 0; i < sizeof(small); i++)
			assert_int_equal(small[i], '#');
	}
}

static void test_no_buffer_measures(void **state)
{
	(void)state;
	assert_int_equal(format_text(NULL, 0, "%08x %s", 1, "abc"), 12);
}

static void test_sweep_of_widths_and_flags(void **state)
{
	static const char *const flags[] = {"", "0", "-"};
	static const char *const letters[] = {"u", "d", "x"};

	(void)state;
	for (u32 f = 0; f < ARRAY_COUNT(flags); f++) {
		for (u32 width = 0; width < 14; width++) {
			for (u32 l = 0; l < ARRAY_COUNT(letters); l++) {
				char pattern[16], host[64];

				snprintf(pattern, sizeof(pattern), width ? "%%%s%u%s" : "%%%s%.0u%s",
				         flags[f], width, letters[l]);
				snprintf(host, sizeof(host), pattern, 123456);
				assert_string_equal(formatted(pattern, 123456), host);
			}
		}
	}
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain_text),
		TEST(test_empty_text),
		TEST(test_unsigned),
		TEST(test_signed),
		TEST(test_hexadecimal),
		TEST(test_long_unsigned),
		TEST(test_long_signed),
		TEST(test_long_hexadecimal),
		TEST(test_narrow_conversion_ignores_upper_half),
		TEST(test_character),
		TEST(test_string),
		TEST(test_null_string),
		TEST(test_pointer),
		TEST(test_width_pads_left),
		TEST(test_width_smaller_than_value),
		TEST(test_zero_flag),
		TEST(test_zero_flag_keeps_the_sign_first),
		TEST(test_minus_flag),
		TEST(test_minus_beats_zero),
		TEST(test_zero_flag_does_not_pad_text_with_zeros),
		TEST(test_precision_cuts_strings),
		TEST(test_precision_by_argument),
		TEST(test_precision_reads_no_further),
		TEST(test_precision_with_width),
		TEST(test_negative_argument_for_precision_is_none_of_the_text),
		TEST(test_unknown_conversion_stands_as_written),
		TEST(test_unknown_conversion_takes_no_argument),
		TEST(test_lone_percent_at_the_end),
		TEST(test_many_arguments),
		TEST(test_caller_may_use_its_list_again),
		TEST(test_buffer_every_size),
		TEST(test_no_buffer_measures),
		TEST(test_sweep_of_widths_and_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
