/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's hand in guest memory: space.c and memory.c over scattered pages, across windows, up to the first hole. */
#include "alone.h"
#include "lib/bits.h"
#include "lib/pool.h"
#include "monitor/memory.h"

#define BASE GIB

static struct pool pool;
static struct space space;
static u8 *ram;
static u8 buffer[16 * PAGE_SIZE];

static void start(void)
{
	pool_init(&pool, fake_ram(32 * PAGE_SIZE, 0), 32 * PAGE_SIZE);
	ram = fake_ram(16 * MIB, 0xcc);
	vmid_init(255, false);
	assert_int_equal(space_init(&space, &pool), OK);
	for (u32 i = 0; i < sizeof(buffer); i++)
		buffer[i] = (u8)(i * 31 + i / 4096);
}

static void maps(u64 at, u64 offset, u64 size)
{
	struct mmu_range r = {at, pa((u64)ram + offset), size};

	assert_int_equal(mmu_map(&space.table, r, MMU_GUEST_RAM), OK);
}

/* Eight pages of the guest in reverse order in RAM. */
static void maps_reversed(void)
{
	for (u64 i = 0; i < 8; i++)
		maps(BASE + i * PAGE_SIZE, (7 - i) * PAGE_SIZE, PAGE_SIZE);
}

static void new_space_is_empty_and_carries_its_vmid(void **s)
{
	pa_t output;
	u64 left;

	(void)s;
	assert_int_equal(space.table.vttbr >> 48, 1);
	assert_int_equal(space.table.vttbr & FIELD(47, 0), (u64)space.table.root);
	assert_true(is_aligned((u64)space.table.root, 2 * PAGE_SIZE));
	assert_false(space_physical(&space, ipa(0), &output, &left));
	assert_false(space_physical(&space, ipa((1UL << 40) - 1), &output, &left));
}

static void space_without_room_for_its_root_is_refused(void **s)
{
	struct space second;

	(void)s;
	while (pool_room(&pool))
		pool_take(&pool);
	assert_int_equal(space_init(&second, &pool), NO_MEMORY);
}

static void space_tells_where_an_ipa_is_and_how_far_it_goes_on(void **s)
{
	pa_t output;
	u64 left;

	(void)s;
	maps(BASE, 2 * MIB, 2 * MIB);
	assert_true(space_physical(&space, ipa(BASE + 0x12345), &output, &left));
	assert_int_equal(output.value, (u64)ram + 2 * MIB + 0x12345);
	assert_int_equal(left, 2 * MIB - 0x12345);
}

static void write_lands_in_the_right_pages(void **s)
{
	(void)s;
	maps_reversed();
	assert_int_equal(memory_write(&space, ipa(BASE + 100), buffer, 3 * PAGE_SIZE), OK);
	for (u64 i = 0; i < 3 * PAGE_SIZE; i++) {
		u64 at = 100 + i;

		assert_int_equal(ram[(7 - at / PAGE_SIZE) * PAGE_SIZE + at % PAGE_SIZE], buffer[i]);
	}
}

static void write_touches_nothing_beside_its_range(void **s)
{
	(void)s;
	maps_reversed();
	assert_int_equal(memory_write(&space, ipa(BASE + PAGE_SIZE + 5), buffer, 7), OK);
	for (u64 i = 0; i < 16 * PAGE_SIZE; i++)
		if (i < 6 * PAGE_SIZE + 5 || i >= 6 * PAGE_SIZE + 12)
			assert_int_equal(ram[i], 0xcc);
}

static void read_returns_what_was_written(void **s)
{
	static u8 back[6 * PAGE_SIZE];

	(void)s;
	maps_reversed();
	assert_int_equal(memory_write(&space, ipa(BASE + 4000), buffer, 5 * PAGE_SIZE), OK);
	assert_int_equal(memory_read(&space, ipa(BASE + 4000), back, 5 * PAGE_SIZE), OK);
	assert_memory_equal(back, buffer, 5 * PAGE_SIZE);
}

static void clear_leaves_zeroes_in_exactly_its_range(void **s)
{
	(void)s;
	maps(BASE, 0, 8 * PAGE_SIZE);
	assert_int_equal(memory_clear(&space, ipa(BASE + 10), 2 * PAGE_SIZE), OK);
	for (u64 i = 0; i < 8 * PAGE_SIZE; i++)
		assert_int_equal(ram[i], i >= 10 && i < 10 + 2 * PAGE_SIZE ? 0 : 0xcc);
}

static void block_larger_than_the_window_takes_several(void **s)
{
	(void)s;
	maps(BASE, 0, 8 * MIB);
	assert_int_equal(memory_clear(&space, ipa(BASE), 8 * MIB), OK);
	assert_int_equal(fake_windows, 4 * (2 * MIB / MMU_WINDOW_SIZE + 1)); /* of each block */
	for (u64 i = 0; i < 8 * MIB; i++)
		assert_int_equal(ram[i], 0);
}

static void clear_leaves_no_tags_in_whole_pages(void **s)
{
	(void)s;
	maps(BASE, 0, 8 * MIB);
	fake_tags_cleared = 0;
	assert_int_equal(memory_clear(&space, ipa(BASE), 2 * PAGE_SIZE), OK);
	assert_int_equal(fake_tags_cleared, 0);
	fake_id_register(4, 1, 2UL << 8);
	memset(ram, 0xcc, 8 * MIB);
	assert_int_equal(memory_clear(&space, ipa(BASE), 5 * MIB), OK);
	assert_int_equal(fake_tags_cleared, 5 * MIB);
	for (u64 i = 0; i < 5 * MIB; i++)
		assert_int_equal(ram[i], 0);
	assert_int_equal(ram[5 * MIB], 0xcc);
	fake_tags_cleared = 0;
}

/* The window counts whole pages, its first and last included; a GiB in one block would let more through. */
static void window_limit_holds_for_a_start_within_a_page(void **s)
{
	u8 *large = (u8 *)align_up((u64)fake_ram(2 * GIB, 0), GIB);
	struct mmu_range block = {BASE, pa((u64)large), GIB};

	(void)s;
	assert_int_equal(mmu_map(&space.table, block, MMU_GUEST_RAM), OK);
	memset(large, 0xcc, 5 * MIB);
	assert_int_equal(memory_clear(&space, ipa(BASE + 4095), 4 * MIB), OK);
	assert_int_equal(fake_windows, 4 * MIB / MMU_WINDOW_SIZE + 1);
	assert_int_equal(large[4094], 0xcc);
	for (u64 i = 0; i < 4 * MIB; i++)
		assert_int_equal(large[4095 + i], 0);
	assert_int_equal(large[4095 + 4 * MIB], 0xcc);
}

static void empty_range_is_fine_anywhere(void **s)
{
	(void)s;
	assert_int_equal(memory_clear(&space, ipa(0), 0), OK);
	assert_int_equal(memory_write(&space, ipa(0), buffer, 0), OK);
	assert_int_equal(fake_windows, 0);
}

static void unmapped_address_is_a_bad_value(void **s)
{
	(void)s;
	maps(BASE, 0, PAGE_SIZE);
	assert_int_equal(memory_write(&space, ipa(BASE + PAGE_SIZE), buffer, 1), BAD_VALUE);
	assert_int_equal(memory_read(&space, ipa(0), buffer, 1), BAD_VALUE);
	assert_int_equal(memory_clear(&space, ipa(1UL << 40), 1), BAD_VALUE);
	assert_int_equal(memory_clear(&space, ipa(~0UL), 1), BAD_VALUE);
	assert_int_equal(fake_windows, 0);
}

static void range_that_runs_into_a_hole_is_a_bad_value(void **s)
{
	(void)s;
	maps(BASE, 0, 2 * PAGE_SIZE);
	assert_int_equal(memory_write(&space, ipa(BASE + PAGE_SIZE), buffer, 2 * PAGE_SIZE), BAD_VALUE);
	assert_int_equal(ram[2 * PAGE_SIZE], 0xcc);
}

static void word_is_read_aligned_and_mapped_or_not_at_all(void **s)
{
	u32 word = 7;

	(void)s;
	maps(BASE, 0, 2 * PAGE_SIZE);
	memcpy(ram + 2 * PAGE_SIZE - 4, &(u32){0x12345678}, 4);
	assert_int_equal(memory_read_word(&space, ipa(BASE + 2 * PAGE_SIZE - 4), &word), OK);
	assert_int_equal(word, 0x12345678);
	for (u32 n = 1; n < 4; n++)
		assert_int_equal(memory_read_word(&space, ipa(BASE + n), &word), BAD_VALUE);
	assert_int_equal(memory_read_word(&space, ipa(BASE + 2 * PAGE_SIZE), &word), BAD_VALUE);
	assert_int_equal(memory_read_word(&space, ipa(~3UL), &word), BAD_VALUE);
	assert_int_equal(word, 0x12345678);
	assert_int_equal(fake_windows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(new_space_is_empty_and_carries_its_vmid),
		ALONE(space_without_room_for_its_root_is_refused),
		ALONE(space_tells_where_an_ipa_is_and_how_far_it_goes_on),
		ALONE(write_lands_in_the_right_pages),
		ALONE(write_touches_nothing_beside_its_range),
		ALONE(read_returns_what_was_written),
		ALONE(clear_leaves_zeroes_in_exactly_its_range),
		ALONE(block_larger_than_the_window_takes_several),
		ALONE(clear_leaves_no_tags_in_whole_pages),
		ALONE(window_limit_holds_for_a_start_within_a_page),
		ALONE(empty_range_is_fine_anywhere),
		ALONE(unmapped_address_is_a_bad_value),
		ALONE(range_that_runs_into_a_hole_is_a_bad_value),
		ALONE(word_is_read_aligned_and_mapped_or_not_at_all),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
