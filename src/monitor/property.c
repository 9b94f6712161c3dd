/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of properties (Devicetree Specification v0.4 §2.2.4).
 * Reads nothing outside the property's bytes, whatever they are. No state, no locks.
 */
#include "monitor/property.h"
#include "lib/string.h"

u32 property_be32(const u8 *bytes)
{
	return (u32)bytes[0] << 24 | (u32)bytes[1] << 16 | (u32)bytes[2] << 8 | bytes[3];
}

u64 property_be64(const u8 *bytes) { return (u64)property_be32(bytes) << 32 | property_be32(bytes + 4); }

/* "<1> to <8>", or "<2>" where there is no choice. */
struct range_text {
	char text[40];
};

static struct range_text range(u32 least, u32 most)
{
	struct range_text to;

	if (least == most)
		format_text(to.text, sizeof(to.text), "<%u>", least);
	else
		format_text(to.text, sizeof(to.text), "<%u> to <%u>", least, most);
	return to;
}

bool property_cell(struct report *r, const struct property *p, u32 least, u32 most, u32 *out)
{
	u32 value;

	if (p->size != 4) {
		report_error(r, "%s: a value of %u bytes; accepted: one cell, %s", p->name, p->size,
		             range(least, most).text);
		return false;
	}
	value = property_be32(p->bytes);
	if (value < least || value > most) {
		report_error(r, "%s: <%u>; accepted: %s", p->name, value, range(least, most).text);
		return false;
	}
	*out = value;
	return true;
}

bool property_address(struct report *r, const struct property *p, u64 *out)
{
	if (p->size != 4 && p->size != 8) {
		report_error(r,
		             "%s: a value of %u bytes; accepted: an address in one or two cells, such as "
		             "<0x40200000>",
		             p->name, p->size);
		return false;
	}
	*out = p->size == 4 ? property_be32(p->bytes) : property_be64(p->bytes);
	return true;
}

/* One string: its closing 0 is the last byte and the only 0. */
static bool is_text(const struct property *p)
{
	return p->size > 0 && strnlen((const char *)p->bytes, p->size) == p->size - 1;
}

/* Digits and a unit; 0: not a size (nor is "0M"). */
static u64 parse_size(const char *text)
{
	static const char *const units[] = {"K", "KiB", "M", "MiB", "G", "GiB", NULL};
	u64 value = 0;
	s32 unit;

	for (; *text >= '0' && *text <= '9'; text++) {
		if (value > UINT32_MAX)
			return 0;
		value = value * 10 + (u64)(*text - '0');
	}
	unit = report_find_word(text, units);
	if (unit < 0 || value > UINT32_MAX)
		return 0;
	return value * (unit < 2 ? KIB : unit < 4 ? MIB : GIB);
}

#define SIZE_ACCEPTED "accepted: \"512M\", \"1G\", \"256MiB\" or two cells, such as <0x0 0x20000000>"

/* The longest text has as many bytes as two cells may have; but as cells it would be more memory than exists.
 */
bool property_size(struct report *r, const struct property *p, u64 *out)
{
	u64 value = 0;

	if (p->size == 8 && p->bytes[0] < ' ') {
		*out = property_be64(p->bytes);
		return true;
	}
	if (!is_text(p)) {
		report_error(r, "%s: a value of %u bytes is not a size; " SIZE_ACCEPTED, p->name, p->size);
		return false;
	}
	value = parse_size((const char *)p->bytes);
	if (value == 0) {
		report_error(r, "%s: \"%s\" is not a size; " SIZE_ACCEPTED, p->name, (const char *)p->bytes);
		return false;
	}
	*out = value;
	return true;
}

bool property_text(struct report *r, const struct property *p, u32 most, const char **out)
{
	if (!is_text(p)) {
		report_error(r, "%s: a value of %u bytes is not a text; accepted: one string", p->name,
		             p->size);
		return false;
	}
	if (p->size - 1 > most) {
		report_error(r, "%s: a text of %u bytes; accepted: at most %u", p->name, p->size - 1, most);
		return false;
	}
	*out = (const char *)p->bytes;
	return true;
}

bool property_choice(struct report *r, const struct property *p, const char *const *words, u32 *out)
{
	const char *text;
	s32 which;

	if (!property_text(r, p, UINT32_MAX, &text))
		return false;
	which = report_find_word(text, words);
	if (which < 0) {
		report_unknown(r, p->name, text, words);
		return false;
	}
	*out = (u32)which;
	return true;
}

const char *property_next_text(const struct property *p, u32 *at)
{
	const char *text;
	u32 room = p->size - *at, length;

	if (room == 0)
		return NULL;
	text = (const char *)p->bytes + *at;
	length = (u32)strnlen(text, room);
	if (length == room)
		return NULL;
	*at += length + 1;
	return text;
}
