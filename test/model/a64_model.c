/* SPDX-License-Identifier: Apache-2.0 */
/* Reads "ldpsw x1, x2, [x0, #8]!" and does it. */
#include "model/a64_model.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPERANDS = 8, TEXT = 96, REGISTERS = 4, ZERO = 31, STACK = 32, PC = 33, NONE = 34 };

struct a64_register {
	char file; /* w, x: general; b, h, s, d, q, v: V */
	u32 number;
	u32 lane; /* of v1.s[2] */
};

/* A parsed line. */
struct line {
	char mnemonic[16];
	struct a64_register registers[REGISTERS];
	u32 count;
	u32 element, lanes; /* of v registers: bytes, how many of them; a single lane: 0 */
	u32 base, index;
	char extend[8];
	u32 shift;
	s64 immediate;
	bool before, after; /* written back: [x0, #1]! and [x0], #1 */
};

/* What the mnemonic means. */
struct meaning {
	bool write, pair, structure, all_lanes;
	u32 interleave; /* LD3: 3; else 1 */
	u32 size;       /* in memory; 0: the register's */
	u32 zeroes;     /* STZG, STZ2G: so many bytes, whatever the register */
	bool sign;
};

/* --- text --- */

static const char *skip(const char *at)
{
	while (*at == ' ' || *at == '\t' || *at == ',')
		at++;
	return at;
}

static u32 size_of(char file)
{
	switch (file) {
	case 'b':
		return 1;
	case 'h':
		return 2;
	case 'w':
	case 's':
		return 4;
	case 'q':
		return 16;
	default:
		return 8;
	}
}

static const char *read_register(const char *at, u32 *number, char *file)
{
	char *end;

	*file = *at;
	if (strncmp(at, "sp", 2) == 0)
		return *number = STACK, *file = 'x', at + 2;
	if (strncmp(at + 1, "zr", 2) == 0)
		return *number = ZERO, at + 3;
	if (!strchr("wxbhsdqv", *at) || !isdigit((unsigned char)at[1]))
		return NULL;
	*number = (u32)strtoul(at + 1, &end, 10);
	return end;
}

static const char *read_number(const char *at, s64 *value)
{
	char *end;

	if (*at != '#')
		return NULL;
	*value = strtoll(at + 1, &end, 0);
	return end;
}

/* v1.4s, v1.s: the element's size, and how many of it. */
static const char *read_arrangement(const char *at, struct line *l)
{
	char *end;

	l->lanes = (u32)strtoul(at + 1, &end, 10);
	l->element = size_of(*end);
	return end + 1;
}

/* {v0.4s, v1.4s} or {v0.s, v1.s}[1], also {v0.4s-v2.4s}. */
static const char *read_list(const char *at, struct line *l)
{
	for (at = skip(at + 1); *at != '}'; at = skip(at)) {
		struct a64_register *r = &l->registers[l->count];
		bool range = *at == '-';

		if (!(at = read_register(skip(at + range), &r->number, &r->file)) ||
		    !(at = read_arrangement(at, l)))
			return NULL;
		u32 last = r->number;

		if (range)
			for (u32 n = (l->registers[l->count - 1].number + 1) % 32; n != last;
			     n = (n + 1) % 32)
				l->registers[l->count++] = (struct a64_register){'v', n, 0};
		l->registers[l->count++] = (struct a64_register){'v', last, 0};
	}
	if (*++at != '[')
		return at;
	for (u32 i = 0; i < l->count; i++)
		l->registers[i].lane = (u32)strtoul(at + 1, NULL, 10);
	return strchr(at, ']') + 1;
}

static const char *read_inside(const char *at, struct line *l)
{
	char file;

	if (*at == '#')
		return read_number(at, &l->immediate);
	if (!(at = read_register(at, &l->index, &file)))
		return NULL;
	strcpy(l->extend, file == 'w' ? "uxtw" : "lsl");
	at = skip(at);
	if (isalpha((unsigned char)*at)) {
		memset(l->extend, 0, sizeof(l->extend));
		for (u32 i = 0; isalpha((unsigned char)*at) && i < sizeof(l->extend) - 1; i++)
			l->extend[i] = *at++;
		at = skip(at);
	}
	s64 shift = 0;

	if (*at == '#')
		at = read_number(at, &shift);
	l->shift = (u32)shift;
	return at;
}

static const char *read_address(const char *at, struct line *l)
{
	char file;

	if (*at == '.') { /* .+8: a literal */
		l->base = PC;
		l->immediate = strtoll(at + 1, NULL, 0);
		return "";
	}
	if (*at != '[' || !(at = read_register(at + 1, &l->base, &file)))
		return NULL;
	at = skip(at);
	if (*at != ']' && !(at = read_inside(at, l)))
		return NULL;
	if (*at++ != ']')
		return NULL;
	if (*at == '!')
		return l->before = true, at + 1;
	at = skip(at);
	l->after = *at != 0;
	return *at ? read_inside(at, l) : at;
}

static bool parse(const char *text, struct line *l)
{
	u32 length = (u32)strcspn(text, " \t");

	memset(l, 0, sizeof(*l));
	l->index = NONE;
	if (length >= sizeof(l->mnemonic))
		return false;
	memcpy(l->mnemonic, text, length);
	const char *at = skip(text + length);

	while (at && *at && *at != '[' && *at != '.') {
		struct a64_register *r = &l->registers[l->count];

		if (l->count == REGISTERS)
			return false;
		if (*at == '{') {
			at = read_list(at, l);
		} else {
			at = read_register(at, &r->number, &r->file);
			l->count++;
		}
		at = at ? skip(at) : NULL;
	}
	at = at && *at ? read_address(at, l) : NULL;
	return at && l->count && *skip(at) == 0;
}

/* --- meaning --- */

static bool is_one_of(const char *word, const char *list)
{
	char padded[24];

	snprintf(padded, sizeof(padded), " %s ", word);
	return strstr(list, padded) != NULL;
}

static bool understand(const struct line *l, struct meaning *m)
{
	const char *name = l->mnemonic;
	u64 length = strlen(name);

	*m = (struct meaning){.write = strncmp(name, "st", 2) == 0, .interleave = 1};
	if (is_one_of(name, " ld1 ld2 ld3 ld4 st1 st2 st3 st4 ld1r ld2r ld3r ld4r ldap1 stl1 ")) {
		m->structure = true;
		m->interleave = (u32)(name[length - (name[length - 1] == 'r') - 1] - '0');
		m->all_lanes = name[length - 1] == 'r';
		return true;
	}
	m->zeroes = is_one_of(name, " stzg ") ? 16 : is_one_of(name, " stz2g ") ? 32 : 0;
	if (m->zeroes)
		return true;
	m->pair = is_one_of(name, " ldp stp ldnp stnp ldpsw ldiapp stilp stgp ");
	m->sign =
		is_one_of(name, " ldpsw ldrsw ldursw ldtrsw ldapursw ldrsb ldrsh ldursb ldursh ldtrsb ldtrsh"
	                        " ldapursb ldapursh ");
	if (m->sign)
		m->size = size_of(name[length - 1]);
	else if (!m->pair && strchr("bh", name[length - 1]) && !is_one_of(name, " ldrab "))
		m->size = size_of(name[length - 1]);
	return m->pair ||
	       is_one_of(name, " ldr str ldur stur ldtr sttr ldar stlr ldlar stllr ldapr ldapur stlur"
	                       " ldraa ldrab ldrb strb ldurb sturb ldtrb sttrb ldarb stlrb ldlarb stllrb"
	                       " ldaprb ldapurb stlurb ldrh strh ldurh sturh ldtrh sttrh ldarh stlrh ldlarh"
	                       " stllrh ldaprh ldapurh stlurh ") ||
	       m->sign;
}

/* --- effect --- */

static u64 value_of(const struct a64_state *s, u32 n)
{
	return n == STACK ? s->sp : n == PC ? s->pc : n < ZERO ? s->x[n] : 0;
}

static u64 offset_of(const struct line *l, const struct a64_state *s)
{
	u64 index = l->index == NONE ? 0 : value_of(s, l->index);

	if (strcmp(l->extend, "uxtw") == 0)
		index &= 0xffffffff;
	if (strcmp(l->extend, "sxtw") == 0)
		index = (index & 0xffffffff) - ((index & 0x80000000) << 1);
	return (u64)l->immediate + (index << l->shift);
}

/* One transfer of a whole element, in the order of memory: to which register and where in it. */
static void add(struct a64_effect *e, u32 size)
{
	u64 at = e->address + e->span;

	for (u32 done = 0; done < size; done += 8)
		if (e->count < A64_ACCESSES)
			e->accesses[e->count++] = (struct a64_access){at + done, size < 8 ? size : 8};
	e->span += size;
}

static void move(const struct a64_state *s, const struct a64_memory *m, struct a64_access at, u8 *value,
                 bool write)
{
	for (u32 i = 0; i < at.size; i++) {
		u8 *there = &m->bytes[at.address - m->base + (s->big_endian ? at.size - 1 - i : i)];

		if (write)
			*there = value[i];
		else
			value[i] = *there;
	}
}

/* Registers of a structure: the next element of memory is lane e of register r. `m` NULL: only the address is wanted. */
static void do_structures(const struct line *l, const struct meaning *w, struct a64_state *s,
                          const struct a64_memory *m, struct a64_effect *e)
{
	u32 lanes = l->lanes && !w->all_lanes && strcmp(l->mnemonic, "ldap1") && strcmp(l->mnemonic, "stl1")
	                    ? l->lanes
	                    : 1;
	u32 groups = w->interleave > 1 || w->all_lanes ? 1 : l->count, together = l->count / groups;

	for (u32 g = 0; g < groups; g++)
		for (u32 i = 0; i < lanes; i++)
			for (u32 r = 0; r < together; r++) {
				const struct a64_register *to = &l->registers[g + r];
				u32 lane = l->lanes ? i : to->lane;
				struct a64_access at = {e->address + e->span, l->element};

				add(e, l->element);
				if (!m)
					continue;
				if (!w->write && l->lanes && i == 0)
					memset(s->v[to->number], 0, 16);
				move(s, m, at, &s->v[to->number][lane * l->element], w->write);
				for (u32 copy = 1; w->all_lanes && copy < l->lanes; copy++)
					memcpy(&s->v[to->number][copy * l->element], s->v[to->number],
					       l->element);
			}
}

static void load_general(struct a64_state *s, const struct a64_register *r, u64 value, u32 size, bool sign)
{
	u64 top = 1UL << (8 * size - 1);

	if (sign)
		value = (value ^ top) - top;
	if (r->number != ZERO)
		s->x[r->number] = r->file == 'w' ? value & 0xffffffff : value;
}

static void do_registers(const struct line *l, const struct meaning *w, struct a64_state *s,
                         const struct a64_memory *m, struct a64_effect *e)
{
	for (u32 i = 0; i < l->count; i++) {
		const struct a64_register *r = &l->registers[i];
		u32 size = w->size ? w->size : size_of(r->file);
		bool general = r->file == 'w' || r->file == 'x';
		struct a64_access at = {e->address + e->span, size};
		u64 value = general ? value_of(s, r->number) : 0;

		add(e, size);
		if (!m)
			continue;
		if (general && w->write) {
			move(s, m, at, (u8 *)&value, true);
		} else if (general) {
			value = 0;
			move(s, m, at, (u8 *)&value, false);
			load_general(s, r, value, size, w->sign);
		} else {
			if (!w->write)
				memset(s->v[r->number], 0, 16);
			move(s, m, at, s->v[r->number], w->write);
		}
	}
}

static void do_zeroes(const struct meaning *w, const struct a64_state *s, const struct a64_memory *m,
                      struct a64_effect *e)
{
	u8 zero[8] = {0};

	for (u32 done = 0; done < w->zeroes; done += sizeof(zero)) {
		struct a64_access at = {e->address + e->span, sizeof(zero)};

		add(e, sizeof(zero));
		if (m)
			move(s, m, at, zero, true);
	}
}

static void do_all(const struct line *l, const struct meaning *w, struct a64_state *s,
                   const struct a64_memory *m, struct a64_effect *e)
{
	*e = (struct a64_effect){.write = w->write};
	e->address = value_of(s, l->base) + (l->after ? 0 : offset_of(l, s));
	if (w->zeroes)
		return do_zeroes(w, s, m, e);
	(w->structure ? do_structures : do_registers)(l, w, s, m, e);
}

bool a64_model_address(const char *text, const struct a64_state *s, struct a64_effect *e)
{
	struct a64_state copy = *s;
	struct line l;
	struct meaning w;

	if (!parse(text, &l) || !understand(&l, &w))
		return false;
	do_all(&l, &w, &copy, NULL, e);
	return true;
}

bool a64_model_execute(const char *text, struct a64_state *s, const struct a64_memory *m,
                       struct a64_effect *e)
{
	struct line l;
	struct meaning w;

	if (!a64_model_address(text, s, e) || e->address - m->base >= m->size ||
	    m->size - (e->address - m->base) < e->span)
		return false;
	parse(text, &l);
	understand(&l, &w);
	u64 back = value_of(s, l.base) + offset_of(&l, s);

	do_all(&l, &w, s, m, e);
	if ((l.before || l.after) && l.base == STACK)
		s->sp = back;
	else if (l.before || l.after)
		s->x[l.base] = back;
	s->pc += 4;
	return true;
}
