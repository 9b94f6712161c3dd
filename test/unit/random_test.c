/* SPDX-License-Identifier: Apache-2.0 */
/* lib/random.c: the block function by RFC 8439's vectors, and what a generator owes its users. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/random.h"

static struct random r;

static int start(void **state)
{
	(void)state;
	memset(&r, 0, sizeof(r));
	random_seed(&r, "a seed of some length", 21);
	return 0;
}

/* RFC 8439 §2.3.2 */
static void test_block_of_the_rfc(void **state)
{
	static const u32 expected[16] = {0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3,
	                                 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
	                                 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
	                                 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
	static const u32 nonce[3] = {0x09000000, 0x4a000000, 0};
	u8 key[32];
	u32 words[8], out[16];

	(void)state;
	for (u32 i = 0; i < sizeof(key); i++)
		key[i] = (u8)i;
	memcpy(words, key, sizeof(key));
	random_block(words, 1, nonce, out);
	assert_memory_equal(out, expected, sizeof(expected));
}

/* RFC 8439 appendix A.1, test vectors 1 and 2: all-zero key and nonce, counters 0 and 1. */
static void test_blocks_of_the_zero_key(void **state)
{
	static const u8 first[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
	                             0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
	static const u8 second[16] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
	                              0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
	static const u32 zero[8];
	u32 out[16];

	(void)state;
	random_block(zero, 0, zero, out);
	assert_memory_equal(out, first, sizeof(first));
	random_block(zero, 1, zero, out);
	assert_memory_equal(out, second, sizeof(second));
}

static void test_block_leaves_key_and_nonce(void **state)
{
	const u32 key[8] = {1, 2, 3, 4, 5, 6, 7, 8}, nonce[3] = {9, 10, 11};
	u32 key_was[8], nonce_was[3], out[16];

	(void)state;
	memcpy(key_was, key, sizeof(key));
	memcpy(nonce_was, nonce, sizeof(nonce));
	random_block(key, 12, nonce, out);
	assert_memory_equal(key, key_was, sizeof(key));
	assert_memory_equal(nonce, nonce_was, sizeof(nonce));
}

static void test_same_seed_same_bytes(void **state)
{
	struct random other = {0};
	u8 a[100], b[100];

	(void)state;
	random_seed(&other, "a seed of some length", 21);
	random_bytes(&r, a, sizeof(a));
	random_bytes(&other, b, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
}

/* Each bit of the seed matters, in every part of a long one. */
static void test_every_bit_of_the_seed_counts(void **state)
{
	u8 seed[100] = {0}, plain[32], changed[32];
	struct random one = {0};

	(void)state;
	random_seed(&one, seed, sizeof(seed));
	random_bytes(&one, plain, sizeof(plain));
	for (u32 bit = 0; bit < 8 * sizeof(seed); bit++) {
		struct random two = {0};

		seed[bit / 8] ^= (u8)(1 << bit % 8);
		random_seed(&two, seed, sizeof(seed));
		seed[bit / 8] ^= (u8)(1 << bit % 8);
		random_bytes(&two, changed, sizeof(changed));
		assert_memory_not_equal(plain, changed, sizeof(plain));
	}
}

static void test_length_of_the_seed_counts(void **state)
{
	static const u8 zeros[64];
	u8 seen[64][16];

	(void)state;
	for (u32 size = 0; size < 64; size++) {
		struct random one = {0};

		random_seed(&one, zeros, size);
		random_bytes(&one, seen[size], 16);
		for (u32 other = 0; other < size; other++)
			assert_memory_not_equal(seen[other], seen[size], 16);
	}
}

static void test_empty_seed_is_allowed(void **state)
{
	struct random before = r;

	(void)state;
	random_seed(&r, NULL, 0);
	assert_memory_equal(&before, &r, sizeof(r));
}

static void test_more_seed_changes_the_future(void **state)
{
	struct random other = r;
	u8 a[32], b[32];

	(void)state;
	random_seed(&other, "more", 4);
	random_bytes(&r, a, sizeof(a));
	random_bytes(&other, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

/* An attacker who chooses the second seed cannot cancel the first. */
static void test_seed_does_not_cancel_itself(void **state)
{
	struct random fresh = {0}, twice = {0};

	(void)state;
	random_seed(&twice, "0123456789abcdef0123456789abcdef", 32);
	random_seed(&twice, "0123456789abcdef0123456789abcdef", 32);
	assert_memory_not_equal(twice.key, fresh.key, sizeof(fresh.key));
}

static void test_draws_differ(void **state)
{
	u8 seen[50][16];

	(void)state;
	for (u32 i = 0; i < 50; i++) {
		random_bytes(&r, seen[i], 16);
		for (u32 j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], 16);
	}
}

static void test_draws_are_counted(void **state)
{
	u8 byte;

	(void)state;
	u64 before = r.draws;
	random_bytes(&r, &byte, 1);
	random_bytes(&r, &byte, 0);
	assert_int_equal(r.draws, before + 2);
}

/* Key erasure: the key after a draw is neither the old one nor among the bytes handed out. */
static void test_draw_replaces_the_key(void **state)
{
	u32 old[8];
	u8 out[256];

	(void)state;
	memcpy(old, r.key, sizeof(old));
	random_bytes(&r, out, sizeof(out));
	assert_memory_not_equal(r.key, old, sizeof(old));
	for (u32 at = 0; at + sizeof(old) <= sizeof(out); at++) {
		assert_memory_not_equal(out + at, r.key, sizeof(old));
		assert_memory_not_equal(out + at, old, sizeof(old));
	}
}

static void test_every_size_writes_exactly_that(void **state)
{
	u8 out[202];

	(void)state;
	for (u32 size = 0; size <= 200; size++) {
		u8 ones = 0xff, zeros = 0;

		/* With two fills, a byte that keeps both was not written. */
		for (u32 round = 0; round < 8; round++) {
			memset(out, round & 1 ? 0xa5 : 0x5a, sizeof(out));
			random_bytes(&r, out + 1, size);
			assert_int_equal(out[0], round & 1 ? 0xa5 : 0x5a);
			assert_int_equal(out[1 + size], round & 1 ? 0xa5 : 0x5a);
			if (size) {
				ones &= out[size];
				zeros |= out[size];
			}
		}
		assert_true(size == 0 || ones != zeros);
	}
}

/* Crude, but a broken rotation or a missing round shows: about half of the bits, in each position. */
static void test_bits_are_balanced(void **state)
{
	enum { BYTES = 8192 };
	static u8 out[BYTES];

	(void)state;
	random_bytes(&r, out, BYTES);
	for (u32 bit = 0; bit < 8; bit++) {
		u32 set = 0;

		for (u32 i = 0; i < BYTES; i++)
			set += out[i] >> bit & 1;
		assert_in_range(set, BYTES / 2 - 300, BYTES / 2 + 300); /* 6.6 standard deviations */
	}
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_block_of_the_rfc),
		TEST(test_blocks_of_the_zero_key),
		TEST(test_block_leaves_key_and_nonce),
		TEST(test_same_seed_same_bytes),
		TEST(test_every_bit_of_the_seed_counts),
		TEST(test_length_of_the_seed_counts),
		TEST(test_empty_seed_is_allowed),
		TEST(test_more_seed_changes_the_future),
		TEST(test_seed_does_not_cancel_itself),
		TEST(test_draws_differ),
		TEST(test_draws_are_counted),
		TEST(test_draw_replaces_the_key),
		TEST(test_every_size_writes_exactly_that),
		TEST(test_bits_are_balanced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
