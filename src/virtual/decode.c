/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encoding tables of Arm ARM C4.1, "Loads and Stores", as rows of bit patterns: the first row that
 * fits decodes the rest. What no row fits, or a row finds unallocated, is REFUSED if it lies in the
 * space of loads and stores.
 */
#include "virtual/decode.h"

#include "lib/bits.h"
#include "lib/string.h"

#define VECTOR BIT(26)
#define LOAD   BIT(22)

static u32 field(u32 insn, u32 high, u32 low) { return (u32)field_get(FIELD(high, low), insn); }

enum { GRANULE = 16, GRANULES_MAX = 16 }; /* bytes that have one tag; of LDGM and STGM, by GMID_EL1 */

static s64 signed_field(u32 insn, u32 high, u32 low)
{
	u32 unused = 63 - high + low;

	return (s64)((u64)field(insn, high, low) << unused) >> unused;
}

static void refuse(u32 insn, struct decode *d)
{
	(void)insn;
	*d = (struct decode){.kind = DECODE_REFUSED};
}

static void prefetch(u32 insn, struct decode *d)
{
	(void)insn;
	*d = (struct decode){.kind = DECODE_PREFETCH};
}

static void one_register(struct decode *d, bool write, u32 log2_size)
{
	d->kind = DECODE_ACCESS;
	d->write = write;
	d->size = (u8)(1U << log2_size);
	d->registers = 1;
}

/* `size` and `opc` as most forms have them, in 31..30 and 23..22; prefetches are told apart before. */
static void sized(u32 insn, struct decode *d)
{
	u32 size = field(insn, 31, 30), opc = field(insn, 23, 22);

	d->vector = insn & VECTOR;
	if (d->vector) {
		if ((opc & 2) && size)
			return refuse(insn, d);
		one_register(d, !(opc & 1), opc & 2 ? 4 : size);
		return;
	}
	if (opc + size > 4)
		return refuse(insn, d);
	one_register(d, opc == 0, size);
	d->extend = opc == 2 ? 8 : opc == 3 ? 4 : 0;
}

static bool is_prefetch(u32 insn)
{
	return !(insn & VECTOR) && field(insn, 31, 30) == 3 && field(insn, 23, 22) == 2;
}

static void write_back(struct decode *d, enum decode_index mode, s64 offset)
{
	d->mode = mode;
	d->offset = offset;
}

/* [Xn, #imm9] and its kin; 11..10 tell which. */
static void immediate9(u32 insn, struct decode *d)
{
	u32 which = field(insn, 11, 10);

	if (is_prefetch(insn))
		return which ? refuse(insn, d) : prefetch(insn, d); /* PRFUM */
	sized(insn, d);
	if (d->kind != DECODE_ACCESS)
		return;
	d->unprivileged = which == 2;
	if (d->unprivileged && d->vector)
		return refuse(insn, d);
	write_back(d,
	           which == 1   ? DECODE_POST
	           : which == 3 ? DECODE_PRE
	                        : DECODE_OFFSET,
	           signed_field(insn, 20, 12));
}

/* LDAPUR, STLUR; and for V registers. */
static void ordered_unscaled(u32 insn, struct decode *d)
{
	sized(insn, d);
	d->offset = signed_field(insn, 20, 12);
}

static void immediate12(u32 insn, struct decode *d)
{
	if (is_prefetch(insn))
		return prefetch(insn, d);
	sized(insn, d);
	d->offset = (s64)field(insn, 21, 10) * d->size;
}

static void register_offset(u32 insn, struct decode *d)
{
	if (!(insn & BIT(14)))
		return refuse(insn, d); /* no extension of 8 or 16 bits */
	if (is_prefetch(insn))
		return prefetch(insn, d);
	sized(insn, d);
	d->index = (u8)field(insn, 20, 16);
	d->option = (u8)field(insn, 15, 13);
	if (d->kind == DECODE_ACCESS && (insn & BIT(12)))
		d->shift = (u8)lowest_bit(d->size);
}

static void literal(u32 insn, struct decode *d)
{
	u32 opc = field(insn, 31, 30);

	d->vector = insn & VECTOR;
	if (opc == 3)
		return d->vector ? refuse(insn, d) : prefetch(insn, d);
	one_register(d, false, d->vector ? 2 + opc : opc == 1 ? 3 : 2);
	d->extend = !d->vector && opc == 2 ? 8 : 0;
	d->base = DECODE_PC;
	d->offset = signed_field(insn, 23, 5) * 4;
}

static void pair(u32 insn, struct decode *d)
{
	static const enum decode_index modes[4] = {DECODE_OFFSET, DECODE_POST, DECODE_OFFSET, DECODE_PRE};
	u32 opc = field(insn, 31, 30), which = field(insn, 24, 23);

	d->vector = insn & VECTOR;
	/* Of general registers opc 1 is LDPSW; as a store it is STGP, with a non-temporal hint it is nothing. */
	bool is_odd = !d->vector && opc == 1, is_tagged = is_odd && !(insn & LOAD);
	if (opc == 3 || (is_odd && which == 0))
		return refuse(insn, d);
	one_register(d, !(insn & LOAD), d->vector ? 2 + opc : opc == 2 || is_tagged ? 3 : 2);
	d->extend = is_odd && !is_tagged ? 8 : 0;
	d->registers = 2;
	d->rt[1] = (u8)field(insn, 14, 10);
	write_back(d, modes[which], signed_field(insn, 21, 15) * (is_tagged ? GRANULE : d->size));
}

/* LDAR, STLR, LDLAR, STLLR: the bits that should be one are not looked at. */
static void ordered(u32 insn, struct decode *d) { one_register(d, !(insn & LOAD), field(insn, 31, 30)); }

static void ordered_rcpc(u32 insn, struct decode *d) { one_register(d, false, field(insn, 31, 30)); }

/* FEAT_LRCPC3: LDIAPP and STILP of a pair, post and pre by its size, or without; 12 tells. */
static void ordered_pair(u32 insn, struct decode *d)
{
	u32 log2_size = field(insn, 31, 30);
	bool write = !(insn & LOAD);

	if (log2_size < 2 || field(insn, 15, 13))
		return refuse(insn, d);
	one_register(d, write, log2_size);
	d->registers = 2;
	d->rt[1] = (u8)field(insn, 20, 16);
	if (!(insn & BIT(12)))
		write_back(d, write ? DECODE_PRE : DECODE_POST, write ? -2 * d->size : 2 * d->size);
}

/* FEAT_LRCPC3: LDAPR [Xn], #size and STLR [Xn, #-size]!. */
static void ordered_write_back(u32 insn, struct decode *d)
{
	bool write = !(insn & LOAD);

	one_register(d, write, field(insn, 31, 30));
	write_back(d, write ? DECODE_PRE : DECODE_POST, write ? -d->size : d->size);
}

static void authenticated(u32 insn, struct decode *d)
{
	one_register(d, false, 3);
	d->authenticated = true;
	d->offset = (signed_field(insn, 22, 22) * 512 + field(insn, 20, 12)) * 8;
	d->mode = insn & BIT(11) ? DECODE_PRE : DECODE_OFFSET;
}

/* Their address is that of the base register; at most two registers of 8 bytes, LD64B's 64. */
static void atomic(u32 insn, struct decode *d)
{
	(void)insn;
	d->kind = DECODE_ATOMIC;
	d->size = 16;
	d->registers = 4;
}

static void zero(u32 insn, struct decode *d)
{
	one_register(d, true, 0);
	d->kind = DECODE_ZERO;
	d->base = (u8)field(insn, 4, 0); /* 31 is XZR here */
}

/* STZGM, STGM, LDGM: of a block whose size the instruction does not tell. */
static void tag_block(u32 insn, struct decode *d)
{
	u32 opc = field(insn, 23, 22);

	if (field(insn, 20, 12) || opc == 1)
		return refuse(insn, d);
	one_register(d, !(opc & 1), opc ? 4 : 0);
	d->kind = opc ? DECODE_TAG : DECODE_ZERO;
	d->lanes = opc ? GRANULES_MAX : 1;
}

static void tag(u32 insn, struct decode *d)
{
	static const enum decode_index modes[4] = {DECODE_OFFSET, DECODE_POST, DECODE_OFFSET, DECODE_PRE};
	u32 opc = field(insn, 23, 22), which = field(insn, 11, 10);
	bool is_load = which == 0 && opc == 1;

	if (which == 0 && !is_load)
		return tag_block(insn, d);
	one_register(d, !is_load, 4);
	d->kind = DECODE_TAG;
	d->merge = is_load;
	d->registers = opc & 2 ? 2 : 1;
	write_back(d, modes[which], signed_field(insn, 20, 12) * GRANULE);
	if (is_load || !(opc & 1))
		return;
	d->kind = DECODE_ACCESS; /* STZG, STZ2G: two registers of 8 bytes are a granule */
	d->size = 8;
	d->registers *= 2;
	memset(d->rt, DECODE_XZR, sizeof(d->rt));
}

/* --- SIMD structures --- */

static void registers_from(struct decode *d, u32 insn, u32 count)
{
	d->registers = (u8)count;
	for (u32 i = 0; i < count; i++)
		d->rt[i] = (u8)((field(insn, 4, 0) + i) % 32);
}

/* Rm = 31: by the bytes transferred. */
static void structure_post(struct decode *d, u32 insn)
{
	if (!(insn & BIT(23)))
		return;
	d->mode = DECODE_POST;
	d->index = (u8)field(insn, 20, 16);
	d->option = 3;
	if (d->index == DECODE_XZR)
		d->offset = decode_span(d);
}

static void structures(u32 insn, struct decode *d)
{
	/* By opcode: registers, and whether they interleave. */
	static const struct {
		u8 registers, structure;
	} kinds[16] = {
		[0] = {4, 4}, [2] = {4, 1}, [4] = {3, 3},  [6] = {3, 1},
		[7] = {1, 1}, [8] = {2, 2}, [10] = {2, 1},
	};
	u32 opcode = field(insn, 15, 12), size = field(insn, 11, 10), bytes = insn & BIT(30) ? 16 : 8;

	d->structure = kinds[opcode].structure;
	if (!d->structure || (size == 3 && bytes == 8 && d->structure > 1))
		return refuse(insn, d);
	one_register(d, !(insn & LOAD), size);
	d->vector = true;
	d->lanes = (u8)(bytes >> size);
	registers_from(d, insn, kinds[opcode].registers);
	structure_post(d, insn);
}

/* Q:S:size, less what the element's size leaves out, is the lane. */
static void one_structure(u32 insn, struct decode *d)
{
	u32 opcode = field(insn, 15, 13), size = field(insn, 11, 10), log2_size = opcode >> 1;
	u32 lane = field(insn, 30, 30) << 3 | field(insn, 12, 10);
	bool all = log2_size == 3;

	if (all)
		log2_size = size;
	else if (log2_size == 2 && size == 1)
		log2_size = 3;
	if (all ? !(insn & LOAD) || (insn & BIT(12))
	        : lane & ((1U << log2_size) - 1) & (log2_size == 3 ? 6 : 7))
		return refuse(insn, d);
	one_register(d, !(insn & LOAD), log2_size);
	d->vector = true;
	d->merge = !all;
	d->first_lane = (u8)(all ? 0 : lane >> log2_size);
	d->copies = (u8)(all ? (insn & BIT(30) ? 16 : 8) >> log2_size : 1);
	registers_from(d, insn, ((opcode & 1) << 1 | field(insn, 21, 21)) + 1);
	d->structure = d->registers;
	structure_post(d, insn);
}

/* --- the rows --- */

static const struct row {
	u32 mask, value;
	void (*fill)(u32 insn, struct decode *d);
} rows[] = {
	{0xbfbf0000, 0x0c000000, structures},
	{0xbfa00000, 0x0c800000, structures},
	{0xbf9f0000, 0x0d000000, one_structure},
	{0xbf800000, 0x0d800000, one_structure},
	{0xbfbffc00, 0x0d018400, one_structure}, /* LDAP1, STL1 */
	{0x3fa00000, 0x08800000, ordered},
	{0x3f000000, 0x08000000, atomic}, /* exclusives, CAS, CASP */
	{0x3f200c00, 0x19000000, ordered_unscaled},
	{0x3f200c00, 0x1d000800, ordered_unscaled},
	{0x3fa00c00, 0x19000800, ordered_pair},
	{0xbfbffc00, 0x99800800, ordered_write_back},
	{0xbf200c00, 0x19200000, atomic}, /* of 128 bits */
	{0x3b000000, 0x18000000, literal},
	{0x3a000000, 0x28000000, pair},
	{0xff200000, 0xd9200000, tag},
	{0x3b200000, 0x38000000, immediate9},
	{0x3ffffc00, 0x38bfc000, ordered_rcpc},
	{0x3b200c00, 0x38200000, atomic},
	{0x3b200c00, 0x38200800, register_offset},
	{0xff200400, 0xf8200400, authenticated},
	{0x3b000000, 0x39000000, immediate12},
	{0xffffffe0, 0xd50b7420, zero},
	{0xffffffe0, 0xd50b7460, zero},
	{0xffffffe0, 0xd50b7480, zero},
	{0x0a000000, 0x08000000, refuse}, /* the rest of loads and stores: MOPS, unallocated */
	{0x9e000000, 0x84000000, refuse}, /* SVE memory */
	{0x9e000000, 0x80000000, refuse}, /* SME */
};

_Static_assert(ARRAY_COUNT(rows) == BOUND_DECODE_ROWS, "doc/bounds.md");

struct decode decode(u32 insn)
{
	u8 rn = (u8)field(insn, 9, 5);
	struct decode d = {
		.kind = DECODE_OTHER,
		.rt = {(u8)field(insn, 4, 0)},
		.base = rn == 31 ? DECODE_SP : rn,
		.index = DECODE_XZR,
		.lanes = 1,
		.structure = 1,
		.copies = 1,
	};

	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		if ((insn & rows[i].mask) == rows[i].value) {
			rows[i].fill(insn, &d);
			break;
		}
	return d;
}

u64 decode_index(const struct decode *d, u64 value)
{
	if ((d->option & 3) == 2)
		value = d->option & 4 ? (u64)(s32)value : (u32)value;
	return value << d->shift;
}
