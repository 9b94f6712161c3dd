/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: any word, against Arm ARM C4.1 a second time, as the book draws its encodings: decode() calls it
 * what they do, and what it describes stays within the registers, within the bytes of one, and within 64 bytes.
 * With -DEXHAUSTIVE it is a program of its own that tries all 2^32 words, in some minutes.
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -std=gnu11 -Isrc
 * test/fuzz/decode_fuzz.c src/virtual/decode.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virtual/decode.h"

#define CHECK(condition) ((condition) ? (void)0 : fail(word, #condition))

enum { OTHER, ACCESS, PREFETCH, TAG, ATOMIC, ZERO, REFUSED };

/* The first that fits. Most significant bit first; x: any; what is not drawn is any; blanks do not count. */
static const struct {
	const char *bits;
	u32 kind;
} patterns[] = {
	/* 0 Q 0011000 L 000000 opcode size: no LD2 to LD4 of 1D */
	{"0 0 0011000 x 000000 x000 11", REFUSED},
	{"0 0 0011000 x 000000 0100 11", REFUSED},
	{"0 x 0011000 x 000000 0xx0", ACCESS},
	{"0 x 0011000 x 000000 0111", ACCESS},
	{"0 x 0011000 x 000000 10x0", ACCESS},
	{"0 0 0011001 x 0xxxxx x000 11", REFUSED},
	{"0 0 0011001 x 0xxxxx 0100 11", REFUSED},
	{"0 x 0011001 x 0xxxxx 0xx0", ACCESS},
	{"0 x 0011001 x 0xxxxx 0111", ACCESS},
	{"0 x 0011001 x 0xxxxx 10x0", ACCESS},
	/* 0 Q 0011010 L R 00000 opcode S size: B, H, S, D, all lanes; LDAP1 and STL1 */
	{"0 x 0011010 x x 00000 00x x xx", ACCESS},
	{"0 x 0011010 x x 00000 01x x x0", ACCESS},
	{"0 x 0011010 x x 00000 10x x 00", ACCESS},
	{"0 x 0011010 x x 00000 10x 0 01", ACCESS},
	{"0 x 0011010 1 x 00000 11x 0 xx", ACCESS},
	{"0 x 0011010 x 0 00001 100 0 01", ACCESS},
	{"0 x 0011011 x x xxxxx 00x x xx", ACCESS},
	{"0 x 0011011 x x xxxxx 01x x x0", ACCESS},
	{"0 x 0011011 x x xxxxx 10x x 00", ACCESS},
	{"0 x 0011011 x x xxxxx 10x 0 01", ACCESS},
	{"0 x 0011011 1 x xxxxx 11x 0 xx", ACCESS},
	/* size 001000 o2 L o1: LDAR and its kin; exclusives, compare and swap */
	{"xx 001000 1x0", ACCESS},
	{"xx 001000", ATOMIC},
	/* size 011 V 01 opc 0 imm9: LDAPUR, STLUR */
	{"0x 011001 xx 0 xxxxxxxxx 00", ACCESS},
	{"10 011001 0x 0 xxxxxxxxx 00", ACCESS},
	{"10 011001 10 0 xxxxxxxxx 00", ACCESS},
	{"11 011001 0x 0 xxxxxxxxx 00", ACCESS},
	{"xx 011101 0x 0 xxxxxxxxx 10", ACCESS},
	{"00 011101 1x 0 xxxxxxxxx 10", ACCESS},
	/* 1 x 011001: LDIAPP, STILP; LDAPR and STLR with write-back */
	{"1x 011001 0x 0 xxxxx 000x 10", ACCESS},
	{"1x 011001 1x 0 00000 0000 10", ACCESS},
	{"0x 011001 xx 1 xxxxx xxxx 00", ATOMIC},
	/* 11 011001 opc 1 imm9 op2: STZGM; LDG; STGM and LDGM; STG and ST2G; STZG and STZ2G */
	{"11 011001 00 1 000000000 00", ZERO},
	{"11 011001 01 1 xxxxxxxxx 00", TAG},
	{"11 011001 1x 1 000000000 00", TAG},
	{"11 011001 xx 1 xxxxxxxxx 00", REFUSED},
	{"11 011001 x0 1", TAG},
	{"11 011001 x1 1", ACCESS},
	/* opc 011 V 00: literals */
	{"11 011 0 00", PREFETCH},
	{"11 011 1 00", REFUSED},
	{"xx 011 x 00", ACCESS},
	/* opc 101 V 0 index L: pairs */
	{"01 101 0 0 01", ACCESS},
	{"01 101 0 0 1x", ACCESS},
	{"01 101 0 0", REFUSED},
	{"11 101 x 0", REFUSED},
	{"xx 101 x 0", ACCESS},
	/* size 111 V 00 opc 0 imm9 index */
	{"11 111 0 00 10 0 xxxxxxxxx 00", PREFETCH},
	{"0x 111 0 00 xx 0", ACCESS},
	{"10 111 0 00 0x 0", ACCESS},
	{"10 111 0 00 10 0", ACCESS},
	{"11 111 0 00 0x 0", ACCESS},
	{"xx 111 1 00 xx 0 xxxxxxxxx 10", REFUSED},
	{"xx 111 1 00 0x 0", ACCESS},
	{"00 111 1 00 1x 0", ACCESS},
	/* size 111 0 00 A R 1 Rs o3 opc 00: LDAPR; atomics */
	{"xx 111 0 00 10 1 11111 1100 00", ACCESS},
	{"xx 111 x 00 xx 1 xxxxx xxxx 00", ATOMIC},
	/* size 111 V 00 opc 1 Rm option S 10 */
	{"11 111 0 00 10 1 xxxxx x1x x 10", PREFETCH},
	{"0x 111 0 00 xx 1 xxxxx x1x x 10", ACCESS},
	{"10 111 0 00 0x 1 xxxxx x1x x 10", ACCESS},
	{"10 111 0 00 10 1 xxxxx x1x x 10", ACCESS},
	{"11 111 0 00 0x 1 xxxxx x1x x 10", ACCESS},
	{"xx 111 1 00 0x 1 xxxxx x1x x 10", ACCESS},
	{"00 111 1 00 1x 1 xxxxx x1x x 10", ACCESS},
	/* LDRAA, LDRAB */
	{"11 111 0 00 xx 1 xxxxxxxxx x 1", ACCESS},
	/* size 111 V 01 opc imm12 */
	{"11 111 0 01 10", PREFETCH},
	{"0x 111 0 01 xx", ACCESS},
	{"10 111 0 01 0x", ACCESS},
	{"10 111 0 01 10", ACCESS},
	{"11 111 0 01 0x", ACCESS},
	{"xx 111 1 01 0x", ACCESS},
	{"00 111 1 01 1x", ACCESS},
	/* SYS #3, C7, C4: DC ZVA, DC GVA, DC GZVA */
	{"1101010100 0 01 011 0111 0100 001", ZERO},
	{"1101010100 0 01 011 0111 0100 011", ZERO},
	{"1101010100 0 01 011 0111 0100 100", ZERO},
	/* the rest of loads and stores; SVE; SME */
	{"xxxx 1x0x", REFUSED},
	{"1xx 0010", REFUSED},
	{"1xx 0000", REFUSED},
};
enum { PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };
static u32 masks[PATTERNS], values[PATTERNS];

static void fail(u32 word, const char *what)
{
	fprintf(stderr, "%08x: %s\n", word, what);
	abort();
}

static void compile(void)
{
	for (u32 i = 0; i < PATTERNS; i++) {
		u32 bit = 32;

		for (const char *at = patterns[i].bits; *at; at++) {
			if (*at == ' ')
				continue;
			bit--;
			masks[i] |= (u32)(*at != 'x') << bit;
			values[i] |= (u32)(*at == '1') << bit;
		}
	}
}

static u32 kind_of(u32 word)
{
	for (u32 i = 0; i < PATTERNS; i++)
		if ((word & masks[i]) == values[i])
			return patterns[i].kind;
	return OTHER;
}

static void check(u32 word)
{
	struct decode d = decode(word);

	CHECK(d.kind == kind_of(word));
	CHECK(d.kind != DECODE_TAG || (d.base <= DECODE_SP && d.rt[0] < 32 && decode_span(&d) <= 256));
	if (d.kind != DECODE_ACCESS && d.kind != DECODE_ATOMIC && d.kind != DECODE_ZERO)
		return;
	CHECK(d.size && d.size <= DECODE_REGISTER_SIZE && (d.size & (d.size - 1)) == 0);
	CHECK(d.registers && d.registers <= DECODE_REGISTERS && d.lanes && d.structure);
	CHECK(decode_span(&d) <= DECODE_REGISTERS * DECODE_REGISTER_SIZE);
	CHECK(d.base <= DECODE_PC && d.index <= DECODE_XZR && d.shift <= 4);
	CHECK(d.base != DECODE_PC || d.mode == DECODE_OFFSET);
	CHECK(d.base != DECODE_XZR || d.kind == DECODE_ZERO);
	CHECK(d.vector || d.size <= 8 || d.kind == DECODE_ATOMIC);
	CHECK((d.first_lane + d.lanes) * d.size <= DECODE_REGISTER_SIZE &&
	      d.copies * d.size <= DECODE_REGISTER_SIZE);
	CHECK(d.extend == 0 || (d.extend > d.size && d.extend <= 8));
	for (u32 k = 0; k < (u32)d.registers * d.lanes; k++)
		CHECK(k / (d.structure * d.lanes) + k % d.structure < d.registers);
	for (u32 i = 0; i < d.registers; i++)
		CHECK(d.rt[i] < 32);
}

#ifdef EXHAUSTIVE
int main(void)
{
	compile();
	for (u64 word = 0; word < 1UL << 32; word++)
		check((u32)word);
	puts("every word agrees");
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 word;

	if (!masks[0])
		compile();
	for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		check(word);
	}
	return 0;
}
#endif
