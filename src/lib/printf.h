/* SPDX-License-Identifier: Apache-2.0 */
/* Formatted text: %s %c %u %d %lu %ld %x %lx %p %%, with width, 0 and - flags, and %.*s. */
#pragma once
#include <stdarg.h>
#include <stddef.h>

/* Receives the text piece by piece. */
struct sink {
	void (*put)(struct sink *to, char c);
};

void format(struct sink *to, const char *text, va_list arguments);

/*
 * Writes at most `size` bytes, the closing 0 included (nothing if size is 0).
 * Returns the length the whole text would have had.
 */
__attribute__((format(printf, 3, 4))) size_t format_text(char *to, size_t size, const char *text, ...);
