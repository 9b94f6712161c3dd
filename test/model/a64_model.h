/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores a second time: an interpreter of their assembler text, as Arm ARM C6.2 and C7.2 describe them by
 * mnemonic and operand. It never sees an encoding, so it shares no error with src/virtual/decode.c.
 */
#pragma once
#include "lib/types.h"

enum { A64_ACCESSES = 64 };

struct a64_access {
	u64 address;
	u32 size; /* of an element; one of 16 bytes is two of 8 */
};

struct a64_state {
	u64 x[31], sp, pc;
	u8 v[32][16];
	bool big_endian;
};

/* What an instruction did, or would do. */
struct a64_effect {
	bool write;
	u64 address; /* of the first byte */
	u32 span;    /* bytes, of all elements */
	struct a64_access accesses[A64_ACCESSES];
	u32 count;
};

/* `memory` holds `size` bytes from address `base`. False: not understood, or outside of it; nothing has changed then. */
struct a64_memory {
	u64 base, size;
	u8 *bytes;
};
bool a64_model_execute(const char *text, struct a64_state *s, const struct a64_memory *m,
                       struct a64_effect *e);
/* The address and span alone, in `e`. */
bool a64_model_address(const char *text, const struct a64_state *s, struct a64_effect *e);
