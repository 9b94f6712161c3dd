/* SPDX-License-Identifier: Apache-2.0 */
/* Values of properties (Devicetree Specification v0.4 §2.2.4), each with its error. */
#pragma once
#include "lib/types.h"
#include "monitor/report.h"

struct property {
	const char *name;
	const u8 *bytes;
	u32 size;
};

/* Cells are big-endian and may lie on any byte. */
u32 property_be32(const u8 *bytes);
u64 property_be64(const u8 *bytes);

/* All answer false and leave *out alone after an error. */
bool property_cell(struct report *r, const struct property *p, u32 least, u32 most, u32 *out);
/* One cell or two. */
bool property_address(struct report *r, const struct property *p, u64 *out);
/* "512M", "1G", "256MiB", or two cells: bytes, any number of them. */
bool property_size(struct report *r, const struct property *p, u64 *out);
/* One string of at most `most` bytes; it stays where it is. */
bool property_text(struct report *r, const struct property *p, u32 most, const char **out);
/* One string out of `words`; its place there. */
bool property_choice(struct report *r, const struct property *p, const char *const *words, u32 *out);
/* The string of a list that starts at byte *at, which moves on; NULL: the end, or no string. */
const char *property_next_text(const struct property *p, u32 *at);
