/* SPDX-License-Identifier: Apache-2.0 */
/* Clear, write and read a guest's memory by IPA. Nothing stays mapped between two pieces. */
#include "monitor/memory.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/cache.h"
#include "machine/cpu.h"

enum act { CLEAR, WRITE, READ };

/* One piece that is contiguous in RAM and fits a window. */
static void piece(enum act act, pa_t at, u8 *other, u64 size)
{
	u64 offset = at.value % PAGE_SIZE;
	u64 whole = align_up(offset + size, PAGE_SIZE);
	u8 *window = mmu_window_open(pa(at.value - offset), whole);

	if (act == READ) {
		cache_clean_invalidate(window + offset,
		                       size); /* the guest may have written past the caches */
		memcpy(other, window + offset, size);
	} else if (act == CLEAR && size == whole && unlikely(cpu_has_mte())) {
		cache_scrub_tagged(window, size);
	} else if (act == CLEAR && size == whole) {
		cache_scrub(window, size);
	} else {
		if (act == CLEAR)
			memset(window + offset, 0, size);
		else
			memcpy(window + offset, other, size);
		cache_clean_invalidate(window + offset, size);
	}
	mmu_window_close(whole);
}

static enum status each_piece(enum act act, const struct space *space, ipa_t at, u8 *other, u64 size)
{
	while (size) {
		pa_t output;
		u64 left;

		if (!space_physical(space, at, &output, &left))
			return BAD_VALUE;
		u64 now = min_u64(min_u64(left, size), MMU_WINDOW_SIZE - at.value % PAGE_SIZE);

		piece(act, output, other, now);
		at.value += now;
		size -= now;
		if (other)
			other += now;
	}
	return OK;
}

enum status memory_clear(const struct space *space, ipa_t at, u64 size)
{
	return each_piece(CLEAR, space, at, NULL, size);
}

enum status memory_write(const struct space *space, ipa_t at, const void *from, u64 size)
{
	return each_piece(WRITE, space, at, (u8 *)(u64)from, size);
}

enum status memory_read(const struct space *space, ipa_t at, void *to, u64 size)
{
	return each_piece(READ, space, at, to, size);
}

enum status memory_read_word(const struct space *space, ipa_t at, u32 *word)
{
	u64 offset = at.value % PAGE_SIZE, left;
	pa_t output;

	if (offset % sizeof(*word) || !space_physical(space, at, &output, &left))
		return BAD_VALUE;
	u32 *from = (u32 *)((u8 *)mmu_window_open(pa(output.value - offset), PAGE_SIZE) + offset);

	cache_clean_invalidate(from, sizeof(*from)); /* as above */
	*word = __atomic_load_n(from, __ATOMIC_RELAXED);
	mmu_window_close(PAGE_SIZE);
	return OK;
}
