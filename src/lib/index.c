/* SPDX-License-Identifier: Apache-2.0 */
/* Filling of an index. */
#include "lib/index.h"

_Static_assert(INDEX_SLOTS == 128, "index_first_slot() takes seven bits");

void index_clear(struct index *x) { *x = (struct index){0}; }

bool index_add(struct index *x, u32 key, u32 row)
{
	u32 slot = index_first_slot(key);

	if (x->count == INDEX_SLOTS / 2 || index_find(x, key))
		return false;
	while (x->slots[slot])
		slot = (slot + 1) % INDEX_SLOTS;
	x->slots[slot] = (row + 1UL) << 32 | key;
	x->count++;
	return true;
}
