/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of a description, one line each: the node's path, what is wrong, what would be accepted.
 * What the line quotes comes from the description; control bytes in it never reach a terminal.
 */
#pragma once
#include "lib/printf.h"
#include "lib/types.h"

struct report {
	struct sink filter;
	struct sink *to;
	const char *parent, *node; /* whom the next errors are about; a NULL is left out of the path */
	u32 errors;
};

void report_start(struct report *r, struct sink *to);
void report_at(struct report *r, const char *parent, const char *node);

__attribute__((format(printf, 2, 3))) void report_error(struct report *r, const char *text, ...);
/*
 * "<what> "<found>"; nearest: "<word>"; accepted: <words>". `words` ends with NULL and holds one at
 * least; an empty word ends the part that the list shows, those behind it are known but not advertised.
 */
void report_unknown(struct report *r, const char *what, const char *found, const char *const *words);

/* Place of `word` in `words`, the empty one included; -1: not there. */
s32 report_find_word(const char *word, const char *const *words);
/* Edits (insert, delete, replace, swap neighbours) from word to word, within their first 31 bytes. */
u32 report_distance(const char *a, const char *b);

/* A size for people: `report_amount(n)` of `report_unit(n)`, exact. */
u64 report_amount(u64 bytes);
const char *report_unit(u64 bytes);
