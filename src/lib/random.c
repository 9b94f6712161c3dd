/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ChaCha20 as a generator: whoever learns the key later cannot compute what was drawn before,
 * because every draw and every seed replaces the key by bytes of its own stream (RFC 8439 §2.3).
 * Not locked: the caller guards `struct random`.
 */
#include "lib/random.h"

#include "lib/bits.h"
#include "lib/string.h"

enum { BLOCK_BYTES = 64, KEY_BYTES = 32, ROUND_PAIRS = 10 };

/* First word of the nonce: seeding and drawing never share a stream. */
enum use { USE_SEED = 0x64656573, USE_DRAW = 0x77617264 };

static u32 rotate_left(u32 value, u32 by) { return value << by | value >> (32 - by); }

static inline void quarter_round(u32 s[16], const u8 at[4])
{
	u32 *a = &s[at[0]], *b = &s[at[1]], *c = &s[at[2]], *d = &s[at[3]];

	*a += *b;
	*d = rotate_left(*d ^ *a, 16);
	*c += *d;
	*b = rotate_left(*b ^ *c, 12);
	*a += *b;
	*d = rotate_left(*d ^ *a, 8);
	*c += *d;
	*b = rotate_left(*b ^ *c, 7);
}

void random_block(const u32 key[8], u32 counter, const u32 nonce[3], u32 out[16])
{
	/* Columns, then diagonals (§2.3). */
	static const u8 places[8][4] = {
		{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
		{0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14},
	};
	u32 start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, now[16];

	memcpy(&start[4], key, KEY_BYTES);
	start[12] = counter;
	memcpy(&start[13], nonce, 12);
	memcpy(now, start, BLOCK_BYTES);
	for (u32 pair = 0; pair < ROUND_PAIRS; pair++) {
#pragma GCC unroll 8 /* the words stay in registers */
		for (u32 i = 0; i < ARRAY_COUNT(places); i++)
			quarter_round(now, places[i]);
	}
	for (u32 i = 0; i < 16; i++)
		out[i] = now[i] + start[i];
}

/* The compiler may drop stores to what nobody reads again, but not atomic ones. */
static void erase(u32 *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		__atomic_store_n(&words[i], 0, __ATOMIC_RELAXED);
}

void random_seed(struct random *r, const void *seed, size_t size)
{
	const u32 nonce[3] = {USE_SEED, (u32)size, (u32)(size >> 32)};
	const u8 *from = seed;
	u32 block[16] = {0}, part[8] = {0};

	while (size) {
		size_t take = min_u64(size, KEY_BYTES);

		memset(part, 0, sizeof(part));
		memcpy(part, from, take);
		for (u32 i = 0; i < ARRAY_COUNT(part); i++)
			r->key[i] ^= part[i];
		random_block(r->key, 0, nonce, block);
		memcpy(r->key, block, KEY_BYTES);
		from += take;
		size -= take;
	}
	erase(block, ARRAY_COUNT(block));
	erase(part, ARRAY_COUNT(part));
}

void random_bytes(struct random *r, void *to, size_t size)
{
	u32 nonce[3] = {USE_DRAW, (u32)r->draws, (u32)(r->draws >> 32)};
	u32 block[16], next[8];
	size_t used = KEY_BYTES; /* of the block: its first half is the next key */
	u8 *at = to;

	random_block(r->key, 0, nonce, block);
	memcpy(next, block, KEY_BYTES);
	/* Counters above 2^32 blocks would repeat the stream: nobody draws 256 GiB at once. */
	for (u32 counter = 1;; counter++) {
		size_t take = min_u64(size, BLOCK_BYTES - used);

		memcpy(at, (const u8 *)block + used, take);
		at += take;
		size -= take;
		if (!size)
			break;
		random_block(r->key, counter, nonce, block);
		used = 0;
	}
	memcpy(r->key, next, KEY_BYTES);
	r->draws++;
	erase(block, ARRAY_COUNT(block));
	erase(next, ARRAY_COUNT(next));
}
