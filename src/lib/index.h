/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the row of a table by a 32-bit key, in a few instructions: open addressing in a
 * sparse array. Filled at boot, constant after, so no lock guards it.
 */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"

enum { INDEX_SLOTS = BOUND_INDEX_SLOTS }; /* at most half of them are taken */

struct index {
	u64 slots[INDEX_SLOTS]; /* the key, and above it the row's number plus 1; 0: free */
	u32 count;
};

void index_clear(struct index *x);
/* False: the index is full, or has the key. */
bool index_add(struct index *x, u32 key, u32 row);

/* Multiplication by the golden ratio spreads keys that differ in any bits over the upper ones. */
static inline u32 index_first_slot(u32 key) { return key * 0x9e3779b1U >> 25; }

/* The row's number plus 1; 0: there is none. */
static inline u32 index_find(const struct index *x, u32 key)
{
	for (u32 slot = index_first_slot(key); x->slots[slot]; slot = (slot + 1) % INDEX_SLOTS)
		if (likely((u32)x->slots[slot] == key))
			return (u32)(x->slots[slot] >> 32);
	return 0;
}
