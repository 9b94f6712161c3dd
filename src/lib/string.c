/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and strings. Copies step by words wherever source and destination are equally far from a
 * word's boundary, because EL2 also runs with the MMU off, where an unaligned access aborts (Arm ARM B2.5).
 */
#include "lib/string.h"

#include "lib/bits.h"
#include "lib/types.h"

/*
 * A compiler may recognise the loop inside memset() as memset() and call it, for ever. `used`: the
 * calls that compilers make themselves appear too late for link-time optimisation to see them.
 */
#ifdef __clang__
#define STEPS     __attribute__((no_builtin("memcpy", "memmove", "memset", "strlen")))
#define PRIMITIVE __attribute__((used)) STEPS
#else
#define STEPS
#define PRIMITIVE __attribute__((used))
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

typedef u64 __attribute__((may_alias)) word;
typedef u32 __attribute__((may_alias)) half;

/* Both are aligned to the step. Four loads before four stores become pairs; returns the bytes done. */
STEPS static size_t copy_words(u8 *to, const u8 *from, size_t count)
{
	const word *f = (const word *)(const void *)from;
	size_t done = 0;

	for (word *t = (word *)(void *)to; count - done >= 4 * sizeof(word); done += 4 * sizeof(word)) {
		u64 a = f[0], b = f[1], c = f[2], d = f[3];

		t[0] = a;
		t[1] = b;
		t[2] = c;
		t[3] = d;
		t += 4;
		f += 4;
	}
	return done;
}

STEPS static size_t copy_halves(u8 *to, const u8 *from, size_t count)
{
	const half *f = (const half *)(const void *)from;
	size_t done = 0;

	for (half *t = (half *)(void *)to; count - done >= 4 * sizeof(half); done += 4 * sizeof(half)) {
		u32 a = f[0], b = f[1], c = f[2], d = f[3];

		t[0] = a;
		t[1] = b;
		t[2] = c;
		t[3] = d;
		t += 4;
		f += 4;
	}
	return done;
}

/* From the first byte to the last: right for overlaps where `to` is below `from`. */
STEPS static void copy_up(u8 *to, const u8 *from, size_t count)
{
	u64 apart = ((uintptr_t)to ^ (uintptr_t)from) & 7;

	if ((apart & 3) == 0 && count >= 8) {
		for (; !is_aligned((uintptr_t)to, 8) && count; count--)
			*to++ = *from++;
		/* Images inlined in a device tree, and its properties, lie at multiples of 4 (DTSpec 5.4.2). */
		size_t done = apart == 0 ? copy_words(to, from, count) : copy_halves(to, from, count);

		for (; count - done >= sizeof(half); done += sizeof(half))
			*(half *)(void *)(to + done) = *(const half *)(const void *)(from + done);
		to += done;
		from += done;
		count -= done;
	}
	while (count--)
		*to++ = *from++;
}

/* From the last byte to the first. */
STEPS static void copy_down(u8 *to, const u8 *from, size_t count)
{
	to += count;
	from += count;
	if ((((uintptr_t)to ^ (uintptr_t)from) & 7) == 0 && count >= 16) {
		for (; !is_aligned((uintptr_t)to, 8) && count; count--)
			*--to = *--from;
		for (; count >= 8; count -= 8) {
			to -= 8;
			from -= 8;
			*(word *)(void *)to = *(const word *)(const void *)from;
		}
	}
	while (count--)
		*--to = *--from;
}

PRIMITIVE void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
	copy_up(to, from, count);
	return to;
}

PRIMITIVE void *memmove(void *to, const void *from, size_t count)
{
	if ((uintptr_t)to - (uintptr_t)from >= count) /* `to` is below `from`, or beyond its end */
		copy_up(to, from, count);
	else
		copy_down(to, from, count);
	return to;
}

PRIMITIVE void *memset(void *to, int byte, size_t count)
{
	u64 pattern = (u8)byte * 0x0101010101010101UL;
	u8 *at = to;

	if (count >= 32) {
		for (; !is_aligned((uintptr_t)at, 8); count--)
			*at++ = (u8)byte;
		for (; count >= 64; count -= 64, at += 64) {
			word *eight = (word *)(void *)at; /* four pairs */

			eight[0] = eight[1] = pattern;
			eight[2] = eight[3] = pattern;
			eight[4] = eight[5] = pattern;
			eight[6] = eight[7] = pattern;
		}
		for (; count >= 8; count -= 8, at += 8)
			*(word *)(void *)at = pattern;
	}
	while (count--)
		*at++ = (u8)byte;
	return to;
}

PRIMITIVE int memcmp(const void *a, const void *b, size_t count)
{
	const u8 *left = a, *right = b;

	for (; count && *left == *right; count--, left++, right++)
		;
	return count ? *left - *right : 0;
}

void *memchr(const void *in, int byte, size_t count)
{
	for (const u8 *at = in; count; at++, count--) {
		if (*at == (u8)byte)
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

PRIMITIVE size_t strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t count)
{
	for (; count && *a && *a == *b; a++, b++, count--)
		;
	return count ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *text, int wanted)
{
	for (; *text != (char)wanted; text++) {
		if (!*text)
			return NULL;
	}
	return (char *)(uintptr_t)text;
}

char *strrchr(const char *text, int wanted)
{
	const char *last = NULL;

	for (;; text++) {
		if (*text == (char)wanted)
			last = text;
		if (!*text)
			return (char *)(uintptr_t)last;
	}
}
