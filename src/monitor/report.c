/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of a description: path, filter, nearest word.
 * A line is written whole; nothing is kept but the count. No locks: the caller owns the report.
 */
#include "monitor/report.h"
#include "lib/bits.h"
#include "lib/string.h"

enum { WORD_MAX = 31 };

static void put_filtered(struct sink *to, char c)
{
	struct report *r = CONTAINER_OF(to, struct report, filter);

	r->to->put(r->to, c >= ' ' && c <= '~' ? c : '?');
}

void report_start(struct report *r, struct sink *to)
{
	*r = (struct report){.filter = {put_filtered}, .to = to};
}

void report_at(struct report *r, const char *parent, const char *node)
{
	r->parent = parent;
	r->node = node;
}

__attribute__((format(printf, 2, 3))) static void piece(struct report *r, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(&r->filter, text, arguments);
	va_end(arguments);
}

static void begin(struct report *r)
{
	r->errors++;
	if (r->parent)
		piece(r, "/%s", r->parent);
	piece(r, "/%s: ", r->node ? r->node : "");
}

static void end(struct report *r) { r->to->put(r->to, '\n'); }

void report_error(struct report *r, const char *text, ...)
{
	va_list arguments;

	begin(r);
	va_start(arguments, text);
	format(&r->filter, text, arguments);
	va_end(arguments);
	end(r);
}

static u32 least(u32 a, u32 b) { return a < b ? a : b; }

u32 report_distance(const char *a, const char *b)
{
	u32 rows[3][WORD_MAX + 1]; /* of the table of prefixes, the row of a's first i bytes in [i % 3] */
	u32 a_size = (u32)strnlen(a, WORD_MAX), b_size = (u32)strnlen(b, WORD_MAX);

	for (u32 j = 0; j <= b_size; j++)
		rows[0][j] = j;
	for (u32 i = 1; i <= a_size; i++) {
		u32 *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (u32 j = 1; j <= b_size; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a_size % 3][b_size];
}

static const char *nearest(const char *found, const char *const *words)
{
	const char *best = words[0];

	for (u32 i = 1; words[i] && words[i][0]; i++) {
		if (report_distance(found, words[i]) < report_distance(found, best))
			best = words[i];
	}
	return best;
}

void report_unknown(struct report *r, const char *what, const char *found, const char *const *words)
{
	begin(r);
	piece(r, "%s \"%s\"; nearest: \"%s\"; accepted: ", what, found, nearest(found, words));
	for (u32 i = 0; words[i] && words[i][0]; i++)
		piece(r, "%s%s", i ? ", " : "", words[i]);
	end(r);
}

s32 report_find_word(const char *word, const char *const *words)
{
	for (s32 i = 0; words[i]; i++) {
		if (words[i][0] && strcmp(word, words[i]) == 0)
			return i;
	}
	return -1;
}

u64 report_amount(u64 bytes)
{
	if (bytes && is_aligned(bytes, GIB))
		return bytes / GIB;
	if (bytes && is_aligned(bytes, MIB))
		return bytes / MIB;
	return bytes && is_aligned(bytes, KIB) ? bytes / KIB : bytes;
}

const char *report_unit(u64 bytes)
{
	if (bytes && is_aligned(bytes, GIB))
		return "GiB";
	if (bytes && is_aligned(bytes, MIB))
		return "MiB";
	return bytes && is_aligned(bytes, KIB) ? "KiB" : "bytes";
}
