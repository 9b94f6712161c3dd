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

/* The same by both; the compiler checks the arguments. */
#define CHECK_AS_HOST(...)                                                                                   \
	do {                                                                                                 \
		char host[512];                                                                              \
		int length = snprintf(host, sizeof(host), __VA_ARGS__);                                      \
		assert_int_equal(format_text(text, sizeof(text), __VA_ARGS__), length);                      \
		assert_string_equal(text, host);                                                             \
	} while (0)

/* format_text() whose text the compiler does not read: conversions we do not have. */
__attribute__((noinline)) static size_t format_odd(const char *odd, ...)
{
	struct collect {
		struct sink sink;
		size_t length;
	} c;
	va_list arguments;

	(void)c;
	va_start(arguments, odd);
	va_end(arguments);
	return 0;
}
