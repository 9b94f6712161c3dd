/* SPDX-License-Identifier: Apache-2.0 */
/* A generator of unpredictable bytes (ChaCha20, RFC 8439 §2.3, with key erasure after each draw). */
#pragma once
#include "lib/types.h"

struct random {
	u32 key[8];
	u64 draws;
};

/* Mixes `size` bytes of `seed` into the key; may be called again with more. */
void random_seed(struct random *r, const void *seed, size_t size);
/* Writes `size` fresh bytes. The caller holds whatever guards `r`. */
void random_bytes(struct random *r, void *to, size_t size);
/* One block of the stream cipher (§2.3), words as on a little-endian machine. */
void random_block(const u32 key[8], u32 counter, const u32 nonce[3], u32 out[16]);
