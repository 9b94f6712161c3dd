/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of registers and alignment. A field is its mask; there are no shift and length twins. */
#pragma once
#include "lib/types.h"

#define BIT(n) (1UL << (n))
/* Bits high..low, both included, as the Arm ARM writes them. */
#define FIELD(high, low) ((~0UL >> (63 - (high))) & (~0UL << (low)))

static inline u64 field_get(u64 field, u64 value) { return (value & field) >> __builtin_ctzl(field); }

static inline u64 field_put(u64 field, u64 value) { return (value << __builtin_ctzl(field)) & field; }

static inline u64 field_set(u64 whole, u64 field, u64 value)
{
	return (whole & ~field) | field_put(field, value);
}

/* `to` is a power of two. */
static inline u64 align_down(u64 value, u64 to) { return value & ~(to - 1); }
static inline u64 align_up(u64 value, u64 to) { return (value + to - 1) & ~(to - 1); }
static inline bool is_aligned(u64 value, u64 to) { return (value & (to - 1)) == 0; }
static inline u64 min_u64(u64 a, u64 b) { return a < b ? a : b; }
static inline u64 max_u64(u64 a, u64 b) { return a > b ? a : b; }

/* Number of the lowest set bit; `value` is not 0. */
static inline u32 lowest_bit(u64 value) { return (u32)__builtin_ctzl(value); }
