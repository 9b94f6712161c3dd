/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's hand in a guest's memory: through this CPU's window, a piece at a time, at most MMU_WINDOW_SIZE. */
#pragma once
#include "lib/types.h"
#include "monitor/space.h"

/*
 * All return BAD_VALUE, possibly after a part, if a page of the range is not mapped in `space`.
 * Clear and write leave nothing in caches: a guest without its MMU sees the bytes (but where stage 2 forces
 * write-back), so do instruction fetches, and nothing of an earlier owner comes back. Read sees what a guest wrote
 * without caches. Clearing whole pages clears their tags, where memory has tags.
 */
enum status memory_clear(const struct space *space, ipa_t at, u64 size);
enum status memory_write(const struct space *space, ipa_t at, const void *from, u64 size);
enum status memory_read(const struct space *space, ipa_t at, void *to, u64 size);
/* An aligned word, by one access. */
enum status memory_read_word(const struct space *space, ipa_t at, u32 *word);
