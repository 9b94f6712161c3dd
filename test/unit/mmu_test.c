/* SPDX-License-Identifier: Apache-2.0 */
/* The table walker against a plain array: blocks, splits, refusals that change nothing, break-before-make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fake/machine_fake.h"
#include "lib/bits.h"
#include "machine/mmu.h"
#include "machine/tlb.h"

#define TEST(name) cmocka_unit_test_setup(name, start)
#define OUT        0x700000000000UL /* where guests' pages are said to be: nothing reads them */
#define BLOCK2     (2 * MIB)
#define TOP        (1UL << 40)

enum { POOL_PAGES = 64 };

static struct pool pool;
static u8 *pool_memory;
static u8 before[POOL_PAGES * PAGE_SIZE];
static struct mmu_table t;

static int start(void **state)
{
	(void)state;
	fake_machine_reset();
	pool_memory = fake_ram(POOL_PAGES * PAGE_SIZE, 0);
	pool_init(&pool, pool_memory, POOL_PAGES * PAGE_SIZE);
	t = (struct mmu_table){.root = pool_take_run(&pool, 2),
	                       .root_pages = 2,
	                       .first_level = 1,
	                       .input_bits = 40,
	                       .stage2 = true,
	                       .pool = &pool,
	                       .vttbr = 0x1234};
	return 0;
}

/* The pool can hand out `pages` more, and no more than that. */
static void leave(u64 pages)
{
	while (pool_room(&pool) > pages)
		assert_non_null(pool_take(&pool));
}

static enum status map(u64 input, u64 output, u64 size)
{
	return mmu_map(&t, (struct mmu_range){input, pa(output), size}, MMU_GUEST_RAM);
}

static void maps(u64 input, u64 output, u64 size) { assert_int_equal(map(input, output, size), OK); }

static void is_at(u64 input, u64 output, u64 left)
{
	pa_t found;
	u64 found_left;

	assert_true(mmu_query(&t, input, &found, &found_left));
	assert_int_equal(found.value, output);
	assert_int_equal(found_left, left);
}

static void is_hole(u64 input)
{
	pa_t found;
	u64 left;

	assert_false(mmu_query(&t, input, &found, &left));
}

static void remember(void) { memcpy(before, pool_memory, sizeof(before)); }
static void is_untouched(void) { assert_memory_equal(pool_memory, before, sizeof(before)); }

/* --- map --- */

static void one_page_takes_two_tables(void **s)
{
	(void)s;
	maps(0x40003000, OUT + 0x5000, PAGE_SIZE);
	is_at(0x40003000, OUT + 0x5000, PAGE_SIZE);
	is_at(0x40003abc, OUT + 0x5abc, PAGE_SIZE - 0xabc);
	is_hole(0x40002fff);
	is_hole(0x40004000);
	assert_int_equal(pool.used, 2 + 2);
}

static void two_mebibytes_aligned_are_one_block(void **s)
{
	(void)s;
	maps(0x40200000, OUT + BLOCK2, BLOCK2);
	is_at(0x40200000, OUT + BLOCK2, BLOCK2);
	assert_int_equal(pool.used, 2 + 1);
}

static void a_gibibyte_aligned_is_one_block_without_a_table(void **s)
{
	(void)s;
	maps(GIB, OUT, GIB);
	is_at(GIB + 5, OUT + 5, GIB - 5);
	assert_int_equal(pool.used, 2);
}

static void output_alignment_limits_the_block(void **s)
{
	(void)s;
	maps(GIB, OUT + BLOCK2, GIB);
	is_at(GIB, OUT + BLOCK2, BLOCK2);
	maps(4 * GIB, OUT + PAGE_SIZE, BLOCK2);
	is_at(4 * GIB, OUT + PAGE_SIZE, PAGE_SIZE);
}

/* 4 KiB below a GiB, a GiB, and 2 MiB + 4 KiB above: each part as large as it can be. */
static void unaligned_edges_are_pages_and_the_middle_is_blocks(void **s)
{
	(void)s;
	maps(GIB - PAGE_SIZE, OUT + GIB - PAGE_SIZE, GIB + BLOCK2 + 2 * PAGE_SIZE);
	is_at(GIB - PAGE_SIZE, OUT + GIB - PAGE_SIZE, PAGE_SIZE);
	is_at(GIB, OUT + GIB, GIB);
	is_at(2 * GIB, OUT + 2 * GIB, BLOCK2);
	is_at(2 * GIB + BLOCK2, OUT + 2 * GIB + BLOCK2, PAGE_SIZE);
	is_hole(2 * GIB + BLOCK2 + PAGE_SIZE);
	is_hole(GIB - 2 * PAGE_SIZE);
}

static void neighbours_share_their_tables(void **s)
{
	(void)s;
	maps(0x40000000, OUT, PAGE_SIZE);
	u64 used = pool.used;
	maps(0x40001000, OUT + 0x9000, PAGE_SIZE);
	assert_int_equal(pool.used, used);
	is_at(0x40000000, OUT, PAGE_SIZE);
	is_at(0x40001000, OUT + 0x9000, PAGE_SIZE);
}

static void the_second_root_page_holds_the_upper_half(void **s)
{
	(void)s;
	maps(512 * GIB, OUT, GIB);
	is_at(512 * GIB, OUT, GIB);
	is_hole(0);
	assert_int_not_equal(t.root[512], 0);
	for (u32 i = 0; i < 512; i++)
		assert_int_equal(t.root[i], 0);
}

static void the_last_page_of_the_input_range_can_be_mapped(void **s)
{
	(void)s;
	maps(TOP - PAGE_SIZE, OUT, PAGE_SIZE);
	is_at(TOP - 1, OUT + 0xfff, 1);
	is_hole(TOP);
}

static void descriptors_are_as_the_architecture_wants_them(void **s)
{
	(void)s;
	maps(GIB, OUT, GIB);
	/* Valid block; MemAttr normal write-back, S2AP read and write, inner shareable, AF. */
	assert_int_equal(t.root[1], OUT | BIT(10) | 3 << 8 | 3 << 6 | 0xf << 2 | 1);
	maps(0, OUT, PAGE_SIZE);
	u64 *level2 = (u64 *)(t.root[0] & FIELD(47, 12)), *level3 = (u64 *)(level2[0] & FIELD(47, 12));
	assert_int_equal(t.root[0] & 3, 3);
	assert_int_equal(level3[0] & 0xfff, 0x7ff);
	/* The guest may read it, and neither write nor execute. */
	assert_int_equal(mmu_map(&t, (struct mmu_range){PAGE_SIZE, pa(OUT), PAGE_SIZE}, MMU_GUEST_CONST), OK);
	assert_int_equal(level3[1], OUT | BIT(54) | 0x77f);
}

static void el2_mappings_are_never_writable_and_executable(void **s)
{
	const struct {
		enum mmu_kind kind;
		bool write, execute;
	} kinds[] = {{MMU_EL2_CODE, false, true},
	             {MMU_EL2_CONST, false, false},
	             {MMU_EL2_DATA, true, false},
	             {MMU_EL2_DEVICE, true, false}};

	(void)s;
	t.stage2 = false;
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(mmu_map(&t, (struct mmu_range){i * GIB, pa(OUT), GIB}, kinds[i].kind), OK);
		assert_int_equal(!(t.root[i] & BIT(7)), kinds[i].write);    /* AP[2] */
		assert_int_equal(!(t.root[i] & BIT(54)), kinds[i].execute); /* XN */
		assert_true(t.root[i] & BIT(10));
	}
}

/* --- refusals --- */

static void misaligned_or_outside_is_a_bad_value(void **s)
{
	(void)s;
	remember();
	assert_int_equal(map(0x800, OUT, PAGE_SIZE), BAD_VALUE);
	assert_int_equal(map(0, OUT + 1, PAGE_SIZE), BAD_VALUE);
	assert_int_equal(map(0, OUT, PAGE_SIZE + 8), BAD_VALUE);
	assert_int_equal(map(TOP, OUT, PAGE_SIZE), BAD_VALUE);
	assert_int_equal(map(TOP - PAGE_SIZE, OUT, 2 * PAGE_SIZE), BAD_VALUE);
	assert_int_equal(map(-(u64)PAGE_SIZE, OUT, 2 * PAGE_SIZE), BAD_VALUE);
	assert_int_equal(mmu_unmap(&t, 0x10, PAGE_SIZE), BAD_VALUE);
	assert_int_equal(mmu_unmap(&t, TOP - PAGE_SIZE, 2 * PAGE_SIZE), BAD_VALUE);
	assert_int_equal(mmu_unmap(&t, -(u64)PAGE_SIZE, 2 * PAGE_SIZE), BAD_VALUE);
	is_untouched();
}

static void any_mapped_page_in_the_range_is_busy_and_changes_nothing(void **s)
{
	const u64 taken[] = {GIB, GIB + 7 * PAGE_SIZE, GIB + BLOCK2, GIB + 3 * BLOCK2 - PAGE_SIZE};

	for (u32 i = 0; i < ARRAY_COUNT(taken); i++) {
		start(s);
		maps(taken[i], OUT + taken[i], PAGE_SIZE);
		remember();
		assert_int_equal(map(GIB, OUT, 3 * BLOCK2), BUSY);
		is_untouched();
	}
}

static void a_page_within_a_block_is_busy(void **s)
{
	(void)s;
	maps(GIB, OUT, GIB);
	maps(4 * GIB, OUT, BLOCK2);
	remember();
	assert_int_equal(map(GIB + 0x5000, OUT, PAGE_SIZE), BUSY);
	assert_int_equal(map(4 * GIB + 0x5000, OUT, PAGE_SIZE), BUSY);
	assert_int_equal(map(0, OUT, 2 * GIB), BUSY);
	is_untouched();
}

/* Where the pool has n tables to give, the map works exactly if it needs no more, and else changes nothing. */
static void map_with_every_room_in_the_pool_succeeds_or_changes_nothing(void **s)
{
	const u64 input = GIB - BLOCK2 - PAGE_SIZE, size = GIB + 2 * BLOCK2 + 2 * PAGE_SIZE;

	maps(input, OUT + input, size);
	u64 needed = pool.used - 2;
	assert_int_equal(needed, 4);
	for (u64 room = 0; room <= needed + 2; room++) {
		start(s);
		leave(room);
		remember();
		enum status status = map(input, OUT + input, size);
		assert_int_equal(status, room < needed ? NO_MEMORY : OK);
		if (status != OK)
			is_untouched();
		assert_int_equal(pool_room(&pool), room < needed ? room : room - needed);
	}
}

static void unmap_with_every_room_in_the_pool_succeeds_or_changes_nothing(void **s)
{
	for (u64 room = 0; room <= 5; room++) {
		start(s);
		maps(GIB, OUT, 2 * GIB);
		leave(room);
		remember();
		/* The first block and the second are split down to pages: four tables. */
		enum status status = mmu_unmap(&t, GIB + PAGE_SIZE, GIB + BLOCK2);
		assert_int_equal(status, room < 4 ? NO_MEMORY : OK);
		if (status != OK)
			is_untouched();
	}
}

/* --- unmap --- */

static void unmap_of_whole_blocks_splits_nothing(void **s)
{
	(void)s;
	maps(GIB, OUT, 2 * GIB);
	assert_int_equal(mmu_unmap(&t, GIB, GIB), OK);
	is_hole(GIB);
	is_hole(2 * GIB - 1);
	is_at(2 * GIB, OUT + GIB, GIB);
	assert_int_equal(pool.used, 2);
	assert_int_equal(fake_tlb_vmid_flushes, 1);
	assert_int_equal(fake_tlb_last_vttbr, 0x1234);
}

static void unmap_of_a_page_splits_a_gibibyte_twice(void **s)
{
	(void)s;
	maps(GIB, OUT, GIB);
	assert_int_equal(mmu_unmap(&t, GIB + 5 * BLOCK2 + 0x7000, PAGE_SIZE), OK);
	is_hole(GIB + 5 * BLOCK2 + 0x7000);
	is_at(GIB + 5 * BLOCK2 + 0x6000, OUT + 5 * BLOCK2 + 0x6000, PAGE_SIZE);
	is_at(GIB + 5 * BLOCK2 + 0x8000, OUT + 5 * BLOCK2 + 0x8000, PAGE_SIZE);
	is_at(GIB + 6 * BLOCK2, OUT + 6 * BLOCK2, BLOCK2);
	is_at(GIB, OUT, BLOCK2);
	assert_int_equal(pool.used, 2 + 2);
}

static void unmap_across_two_blocks_splits_both_edges(void **s)
{
	(void)s;
	maps(GIB, OUT, 2 * BLOCK2);
	assert_int_equal(mmu_unmap(&t, GIB + BLOCK2 - PAGE_SIZE, 2 * PAGE_SIZE), OK);
	is_at(GIB + BLOCK2 - 2 * PAGE_SIZE, OUT + BLOCK2 - 2 * PAGE_SIZE, PAGE_SIZE);
	is_hole(GIB + BLOCK2 - PAGE_SIZE);
	is_hole(GIB + BLOCK2);
	is_at(GIB + BLOCK2 + PAGE_SIZE, OUT + BLOCK2 + PAGE_SIZE, PAGE_SIZE);
}

static void unmap_of_holes_is_no_error(void **s)
{
	(void)s;
	maps(4 * GIB, OUT, PAGE_SIZE);
	assert_int_equal(mmu_unmap(&t, 0, 4 * GIB), OK);
	assert_int_equal(mmu_unmap(&t, 4 * GIB + PAGE_SIZE, TOP - 4 * GIB - PAGE_SIZE), OK);
	is_at(4 * GIB, OUT, PAGE_SIZE);
}

static void unmap_up_to_the_top(void **s)
{
	(void)s;
	maps(TOP - GIB, OUT, GIB);
	assert_int_equal(mmu_unmap(&t, TOP - PAGE_SIZE, PAGE_SIZE), OK);
	is_hole(TOP - PAGE_SIZE);
	is_at(TOP - 2 * PAGE_SIZE, OUT + GIB - 2 * PAGE_SIZE, PAGE_SIZE);
}

/* The emptied table stays, and does not stand in a block's way. */
static void emptied_range_can_be_mapped_as_a_whole(void **s)
{
	(void)s;
	maps(GIB + PAGE_SIZE, OUT, PAGE_SIZE);
	assert_int_equal(mmu_unmap(&t, GIB + PAGE_SIZE, PAGE_SIZE), OK);
	maps(GIB, OUT, GIB);
	is_at(GIB + PAGE_SIZE, OUT + PAGE_SIZE, PAGE_SIZE);
	is_at(GIB + BLOCK2, OUT + BLOCK2, BLOCK2);
	is_at(2 * GIB - 1, OUT + GIB - 1, 1);
	is_hole(2 * GIB);
}

static void el2_tables_are_invalidated_by_their_own_operation(void **s)
{
	(void)s;
	t.stage2 = false;
	maps(GIB, OUT, GIB);
	assert_int_equal(mmu_unmap(&t, GIB, PAGE_SIZE), OK);
	assert_int_equal(fake_tlb_vmid_flushes, 0);
	assert_int_equal(fake_tlb_el2_flushes, 3); /* two splits and the end */
}

/* --- break before make (D8.14.1) --- */

static u32 flushes_with_a_hole;

static void look_during_flush(void)
{
	pa_t output;
	u64 left;

	flushes_with_a_hole += !mmu_query(&t, GIB + 5 * BLOCK2, &output, &left);
}

static void a_block_is_invalid_while_the_tlbs_forget_it(void **s)
{
	(void)s;
	maps(GIB, OUT, GIB);
	flushes_with_a_hole = 0;
	fake_tlb_on_flush = look_during_flush;
	assert_int_equal(mmu_unmap(&t, GIB + 5 * BLOCK2 + PAGE_SIZE, PAGE_SIZE), OK);
	/* At each of the two splits; at the last flush the page itself, not its neighbour, is gone. */
	assert_int_equal(fake_tlb_vmid_flushes, 3);
	assert_int_equal(flushes_with_a_hole, 2);
	is_at(GIB + 5 * BLOCK2, OUT + 5 * BLOCK2, PAGE_SIZE);
}

/* --- destroy --- */

static void destroy_gives_every_table_back_but_the_root(void **s)
{
	(void)s;
	for (u64 i = 0; i < 20; i++)
		maps(i * 37 * GIB + i * BLOCK2 + i * PAGE_SIZE, OUT + i * PAGE_SIZE, PAGE_SIZE * (i + 1));
	maps(1023 * GIB, OUT, GIB);
	assert_true(pool.used > 30);
	mmu_destroy(&t);
	assert_int_equal(pool.used, 2);
	assert_int_equal(pool_room(&pool), POOL_PAGES - 2);
	for (u32 i = 0; i < 1024; i++)
		assert_int_equal(t.root[i], 0);
	assert_int_equal(fake_tlb_vmid_flushes, 1);
}

static void destroyed_space_can_be_filled_again(void **s)
{
	(void)s;
	maps(GIB, OUT, 3 * BLOCK2);
	mmu_destroy(&t);
	is_hole(GIB);
	maps(GIB, OUT + 64 * PAGE_SIZE, PAGE_SIZE);
	is_at(GIB, OUT + 64 * PAGE_SIZE, PAGE_SIZE);
}

/* --- random sequences against an array of pages --- */

enum { MODEL_PAGES = 4096 }; /* 16 MiB around a GiB boundary */
#define MODEL_BASE (GIB - 8 * MIB)
static u64 model[MODEL_PAGES]; /* output of each page; 0: not mapped */

static void compare_with_model(void)
{
	for (u64 i = 0; i < MODEL_PAGES; i++) {
		pa_t output;
		u64 left;
		bool mapped = mmu_query(&t, MODEL_BASE + i * PAGE_SIZE, &output, &left);

		assert_int_equal(mapped, model[i] != 0);
		if (mapped)
			assert_int_equal(output.value, model[i]);
	}
}

static void random_map(u64 page, u64 count, u64 output)
{
	bool busy = false;

	for (u64 i = page; i < page + count; i++)
		busy |= model[i] != 0;
	enum status status = map(MODEL_BASE + page * PAGE_SIZE, output, count * PAGE_SIZE);
	assert_int_equal(status, busy ? BUSY : OK);
	for (u64 i = 0; !busy && i < count; i++)
		model[page + i] = output + i * PAGE_SIZE;
}

static void random_unmap(u64 page, u64 count)
{
	assert_int_equal(mmu_unmap(&t, MODEL_BASE + page * PAGE_SIZE, count * PAGE_SIZE), OK);
	memset(&model[page], 0, count * sizeof(u64));
}

static void random_sequences_do_what_an_array_of_pages_does(void **s)
{
	srand48(20240229);
	for (u32 run = 0; run < 10; run++) {
		start(s);
		memset(model, 0, sizeof(model));
		for (u32 i = 0; i < 150; i++) {
			u64 step = lrand48() % 3 ? 512 : 1; /* often whole blocks */
			u64 page = (u64)lrand48() % MODEL_PAGES / step * step;
			u64 count = 1 + (u64)lrand48() % (MODEL_PAGES - page);

			count = lrand48() % 2 ? min_u64(count, 600) : count;
			if (lrand48() % 2)
				random_map(page, count,
				           OUT + page * PAGE_SIZE + (lrand48() % 2 ? 0 : BLOCK2 / 2));
			else
				random_unmap(page, count);
			if (i % 10 == 9)
				compare_with_model();
		}
		compare_with_model();
		mmu_destroy(&t);
		assert_int_equal(pool.used, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_page_takes_two_tables),
		TEST(two_mebibytes_aligned_are_one_block),
		TEST(a_gibibyte_aligned_is_one_block_without_a_table),
		TEST(output_alignment_limits_the_block),
		TEST(unaligned_edges_are_pages_and_the_middle_is_blocks),
		TEST(neighbours_share_their_tables),
		TEST(the_second_root_page_holds_the_upper_half),
		TEST(the_last_page_of_the_input_range_can_be_mapped),
		TEST(descriptors_are_as_the_architecture_wants_them),
		TEST(el2_mappings_are_never_writable_and_executable),
		TEST(misaligned_or_outside_is_a_bad_value),
		TEST(any_mapped_page_in_the_range_is_busy_and_changes_nothing),
		TEST(a_page_within_a_block_is_busy),
		TEST(map_with_every_room_in_the_pool_succeeds_or_changes_nothing),
		TEST(unmap_with_every_room_in_the_pool_succeeds_or_changes_nothing),
		TEST(unmap_of_whole_blocks_splits_nothing),
		TEST(unmap_of_a_page_splits_a_gibibyte_twice),
		TEST(unmap_across_two_blocks_splits_both_edges),
		TEST(unmap_of_holes_is_no_error),
		TEST(unmap_up_to_the_top),
		TEST(emptied_range_can_be_mapped_as_a_whole),
		TEST(el2_tables_are_invalidated_by_their_own_operation),
		TEST(a_block_is_invalid_while_the_tlbs_forget_it),
		TEST(destroy_gives_every_table_back_but_the_root),
		TEST(destroyed_space_can_be_filled_again),
		TEST(random_sequences_do_what_an_array_of_pages_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
