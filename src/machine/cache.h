/* SPDX-License-Identifier: Apache-2.0 */
/* The only cache maintenance (Arm ARM D7.5): by address, to the point of coherency. */
#pragma once
#include "lib/types.h"

/* Writes dirty lines back and drops them: a reader without caches then sees what EL2 wrote. */
void cache_clean_invalidate(const void *from, u64 size);
/* Zeroes whole pages of Normal memory, a block of the cache at a time. */
void cache_zero(void *from, u64 size);
/* The same, and written back and dropped: what the next owner of the memory is given. */
void cache_scrub(void *from, u64 size);
/* And the same of their tags (cpu_has_mte()), at an address through which EL2 reaches them: a window. */
void cache_scrub_tagged(void *from, u64 size);
/* Makes instruction fetches of all CPUs see what was written. */
void cache_sync_instructions(void);
