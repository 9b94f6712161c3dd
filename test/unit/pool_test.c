/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of pages: zeroed, counted, exhausted, given back; runs aligned to their own size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fake/machine_fake.h"
#include "lib/bits.h"
#include "lib/pool.h"

#define TEST(name) cmocka_unit_test_setup(name, start)

enum { PAGES = 16 };
static struct pool p;
static u8 *memory;

static int start(void **state)
{
	(void)state;
	fake_machine_reset();
	memory = fake_ram(PAGES * PAGE_SIZE, 0xee);
	pool_init(&p, memory, PAGES * PAGE_SIZE);
	return 0;
}

static bool is_zero(const u8 *at, u64 size)
{
	for (u64 i = 0; i < size; i++)
		if (at[i])
			return false;
	return true;
}

static u8 another[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void a_page_from_elsewhere_is_one_more(void **s)
{
	(void)s;
	memset(another, 0x5a, sizeof(another));
	pool_add(&p, another);
	assert_int_equal(p.used, 0);
	assert_int_equal(pool_room(&p), PAGES + 1);
	u8 *page = pool_take(&p);
	assert_ptr_equal(page, another);
	assert_int_equal(page[0] | page[PAGE_SIZE - 1], 0);
	assert_int_equal(p.used, 1);
}

static void new_pool_has_all_its_pages(void **s)
{
	(void)s;
	assert_int_equal(pool_room(&p), PAGES);
	assert_int_equal(p.used, 0);
}

static void page_is_zeroed_aligned_and_inside(void **s)
{
	u8 *page = pool_take(&p);

	(void)s;
	assert_true(is_zero(page, PAGE_SIZE));
	assert_true(is_aligned((u64)page, PAGE_SIZE));
	assert_true(page >= memory && page < memory + PAGES * PAGE_SIZE);
	assert_int_equal(p.used, 1);
	assert_int_equal(pool_room(&p), PAGES - 1);
}

static void all_pages_are_different_and_then_there_is_none(void **s)
{
	u8 *page;

	(void)s;
	for (u8 i = 1; i <= PAGES; i++) {
		assert_non_null(page = pool_take(&p));
		assert_true(is_zero(page, PAGE_SIZE)); /* no other page's mark */
		memset(page, i, PAGE_SIZE);
	}
	assert_null(pool_take(&p));
	assert_int_equal(p.used, PAGES);
	assert_int_equal(pool_room(&p), 0);
}

static void page_given_back_comes_again_and_is_zeroed_again(void **s)
{
	u8 *page = pool_take(&p);

	(void)s;
	memset(page, 0x55, PAGE_SIZE);
	pool_give(&p, page);
	assert_int_equal(p.used, 0);
	assert_int_equal(pool_room(&p), PAGES);
	assert_ptr_equal(pool_take(&p), page);
	assert_true(is_zero(page, PAGE_SIZE));
}

static void run_is_aligned_to_its_size_and_zeroed(void **s)
{
	(void)s;
	pool_take(&p);
	u8 *run = pool_take_run(&p, 4);
	assert_true(is_aligned((u64)run, 4 * PAGE_SIZE));
	assert_true(is_zero(run, 4 * PAGE_SIZE));
	assert_int_equal(p.used, 5);
}

static void pages_skipped_for_alignment_are_not_lost(void **s)
{
	(void)s;
	pool_take(&p);
	pool_take_run(&p, 4);
	assert_int_equal(pool_room(&p), PAGES - 5);
	for (u32 i = 5; i < PAGES; i++)
		assert_non_null(pool_take(&p));
	assert_null(pool_take(&p));
}

static void run_that_does_not_fit_changes_nothing(void **s)
{
	(void)s;
	pool_take(&p);
	assert_null(pool_take_run(&p, PAGES));
	assert_int_equal(pool_room(&p), PAGES - 1);
	assert_int_equal(p.used, 1);
}

static void run_of_the_whole_pool(void **s)
{
	(void)s;
	assert_ptr_equal(pool_take_run(&p, PAGES), memory);
	assert_null(pool_take(&p));
}

static void pages_given_back_are_not_used_for_runs(void **s)
{
	void *pages[PAGES];

	(void)s;
	for (u32 i = 0; i < PAGES; i++)
		pages[i] = pool_take(&p);
	for (u32 i = 0; i < PAGES; i++)
		pool_give(&p, pages[i]);
	assert_int_equal(pool_room(&p), PAGES);
	assert_null(pool_take_run(&p, 2));
	assert_non_null(pool_take(&p));
}

static void empty_pool_gives_nothing(void **s)
{
	(void)s;
	pool_init(&p, memory, 0);
	assert_null(pool_take(&p));
	assert_null(pool_take_run(&p, 1));
	assert_int_equal(pool_room(&p), 0);
}

static void random_takes_and_gives_never_share_a_page(void **s)
{
	u8 *out[PAGES] = {0};
	u32 count = 0;

	(void)s;
	srand48(7);
	for (u32 i = 0; i < 2000; i++) {
		u32 n = (u32)lrand48() % PAGES;

		if (out[n]) {
			assert_int_equal(out[n][100], n + 1); /* nobody wrote there */
			pool_give(&p, out[n]);
			out[n] = NULL;
			count--;
		} else {
			assert_non_null(out[n] = pool_take(&p));
			assert_true(is_zero(out[n], PAGE_SIZE));
			memset(out[n], (int)n + 1, PAGE_SIZE);
			count++;
		}
		assert_int_equal(p.used, count);
		assert_int_equal(pool_room(&p), PAGES - count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_pool_has_all_its_pages),
		TEST(a_page_from_elsewhere_is_one_more),
		TEST(page_is_zeroed_aligned_and_inside),
		TEST(all_pages_are_different_and_then_there_is_none),
		TEST(page_given_back_comes_again_and_is_zeroed_again),
		TEST(run_is_aligned_to_its_size_and_zeroed),
		TEST(pages_skipped_for_alignment_are_not_lost),
		TEST(run_that_does_not_fit_changes_nothing),
		TEST(run_of_the_whole_pool),
		TEST(pages_given_back_are_not_used_for_runs),
		TEST(empty_pool_gives_nothing),
		TEST(random_takes_and_gives_never_share_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
