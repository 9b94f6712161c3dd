/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns what: banks, reservations, giving and taking, and that the invariant sees what is planted against it. */
#include "alone.h"
#include "fake/timer_fake.h"
#include "lib/bits.h"
#include "lib/pool.h"
#include "machine/cpu.h"
#include "monitor/ledger.h"

#define RAM  0x40000000UL /* books only: nothing lies there */
#define UNIT ((u64)LEDGER_UNIT)

enum { TABLES = 256 };
static struct pool pool;
static struct space one, two;

static void start(void)
{
	pool_init(&pool, fake_ram(TABLES * PAGE_SIZE, 0), TABLES * PAGE_SIZE);
	vmid_init(255, false);
	assert_int_equal(space_init(&one, &pool), OK);
	assert_int_equal(space_init(&two, &pool), OK);
	ledger_register_space(1, &one);
	ledger_register_space(2, &two);
}

static u16 *bank(u64 base, u64 size)
{
	u16 *books = (u16 *)fake_ram(ledger_cost(size), 0);

	assert_int_equal(ledger_add_bank(pa(base), size, books), OK);
	return books;
}

static enum status give(struct space *to, u64 at, u64 size)
{
	return ledger_give_memory(to, to == &one ? 1 : 2, ipa(at), size);
}

static void is_sound(void)
{
	const char *broken = ledger_check();

	if (broken)
		fail_msg("%s", broken);
}

static u64 output_of(const struct space *space, u64 at)
{
	pa_t output = pa(0);
	u64 left;

	return space_physical(space, ipa(at), &output, &left) ? output.value : 0;
}

static u64 left_of(const struct space *space, u64 at)
{
	pa_t output;
	u64 left = 0;

	assert_true(space_physical(space, ipa(at), &output, &left));
	return left;
}

/* --- banks --- */

static void bank_of_whole_units_is_free(void **s)
{
	(void)s;
	bank(RAM, 16 * UNIT);
	assert_int_equal(ledger_free(), 16 * UNIT);
	is_sound();
}

static void partial_units_at_both_ends_belong_to_nobody(void **s)
{
	(void)s;
	bank(RAM + 3 * PAGE_SIZE, 4 * UNIT);
	assert_int_equal(ledger_free(), 3 * UNIT);
	assert_int_equal(give(&one, GIB, 3 * UNIT), OK);
	assert_int_equal(output_of(&one, GIB), RAM + UNIT);
	is_sound();
}

static void bank_smaller_than_a_unit_gives_nothing(void **s)
{
	(void)s;
	bank(RAM + PAGE_SIZE, 5 * PAGE_SIZE);
	assert_int_equal(ledger_free(), 0);
	assert_int_equal(give(&one, GIB, UNIT), NO_MEMORY);
}

static void books_cost_what_their_bank_needs(void **s)
{
	const u64 sizes[] = {PAGE_SIZE, UNIT, UNIT + PAGE_SIZE, 100 * UNIT, 2 * GIB};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(sizes); i++) {
		u64 units = (sizes[i] + UNIT - 1) / UNIT + 1; /* worst case: both ends partly outside */
		assert_true(ledger_cost(sizes[i]) >= units * 513 * 2);
		assert_true(is_aligned(ledger_cost(sizes[i]), PAGE_SIZE));
	}
}

static void ninth_bank_finds_no_room(void **s)
{
	(void)s;
	for (u64 i = 0; i < LEDGER_BANKS; i++)
		bank(RAM + i * GIB, UNIT);
	assert_int_equal(ledger_add_bank(pa(64 * GIB), UNIT, fake_ram(ledger_cost(UNIT), 0)), NO_ROOM);
	assert_int_equal(ledger_free(), LEDGER_BANKS * UNIT);
}

static void misaligned_bank_is_refused(void **s)
{
	(void)s;
	assert_int_equal(ledger_add_bank(pa(RAM + 1), UNIT, NULL), BAD_VALUE);
	assert_int_equal(ledger_add_bank(pa(RAM), UNIT + 1, NULL), BAD_VALUE);
	assert_int_equal(ledger_add_bank(pa(-UNIT), 2 * UNIT, NULL), BAD_VALUE);
	assert_int_equal(ledger_free(), 0);
}

static void reservation_takes_the_units_it_touches(void **s)
{
	(void)s;
	bank(RAM, 8 * UNIT);
	ledger_reserve(pa(RAM + UNIT - 1), 2, PAGE_MODULE); /* the last byte of unit 0, the first of 1 */
	ledger_reserve(pa(RAM + 7 * UNIT + 100), 50, PAGE_FIRMWARE);
	assert_int_equal(ledger_free(), 5 * UNIT);
	is_sound();
}

static void reservation_across_and_outside_banks_is_harmless(void **s)
{
	(void)s;
	bank(RAM, 2 * UNIT);
	bank(RAM + 4 * UNIT, 2 * UNIT);
	ledger_reserve(pa(RAM + UNIT), 4 * UNIT, PAGE_FIRMWARE);
	ledger_reserve(pa(0), PAGE_SIZE, PAGE_FIRMWARE);
	ledger_reserve(pa(64 * GIB), GIB, PAGE_FIRMWARE);
	assert_int_equal(ledger_free(), 2 * UNIT);
	is_sound();
}

static void reserving_twice_counts_once(void **s)
{
	(void)s;
	bank(RAM, 2 * UNIT);
	ledger_reserve(pa(RAM), 5 * PAGE_SIZE, PAGE_MODULE);
	ledger_reserve(pa(RAM + PAGE_SIZE), 5 * PAGE_SIZE, PAGE_HYPERVISOR);
	is_sound();
	assert_int_equal(ledger_free(), UNIT);
}

/* --- give and take --- */

static void given_memory_is_mapped_and_no_longer_free(void **s)
{
	(void)s;
	bank(RAM, 8 * UNIT);
	assert_int_equal(give(&one, GIB, 3 * UNIT), OK);
	assert_int_equal(ledger_free(), 5 * UNIT);
	for (u64 at = 0; at < 3 * UNIT; at += PAGE_SIZE)
		assert_int_equal(output_of(&one, GIB + at), RAM + at);
	assert_int_equal(output_of(&one, GIB + 3 * UNIT), 0);
	is_sound();
}

static void two_owners_never_share_a_page(void **s)
{
	(void)s;
	bank(RAM, 8 * UNIT);
	assert_int_equal(give(&one, GIB, 3 * UNIT), OK);
	assert_int_equal(give(&two, GIB, 5 * UNIT), OK);
	for (u64 a = 0; a < 3 * UNIT; a += UNIT)
		for (u64 b = 0; b < 5 * UNIT; b += UNIT)
			assert_int_not_equal(output_of(&one, GIB + a), output_of(&two, GIB + b));
	is_sound();
	assert_int_equal(ledger_free(), 0);
}

static void taken_memory_is_unmapped_and_free_again(void **s)
{
	u64 used = pool.used;

	(void)s;
	bank(RAM, 8 * UNIT);
	assert_int_equal(give(&one, GIB, 8 * UNIT), OK);
	ledger_take_memory(&one, 1);
	assert_int_equal(ledger_free(), 8 * UNIT);
	assert_int_equal(output_of(&one, GIB), 0);
	assert_int_equal(pool.used, used);
	is_sound();
}

static void taking_leaves_the_other_owner_alone(void **s)
{
	(void)s;
	bank(RAM, 8 * UNIT);
	assert_int_equal(give(&one, GIB, 2 * UNIT), OK);
	assert_int_equal(give(&two, GIB, 2 * UNIT), OK);
	ledger_take_memory(&one, 1);
	assert_int_equal(output_of(&two, GIB + UNIT), RAM + 3 * UNIT);
	is_sound();
}

static void a_whole_gibibyte_is_one_block(void **s)
{
	(void)s;
	bank(RAM + 6 * UNIT, 2 * GIB); /* aligned to a GiB from 0x80000000 on */
	assert_int_equal(give(&one, GIB, GIB + UNIT), OK);
	assert_int_equal(output_of(&one, GIB), 0x80000000);
	assert_int_equal(left_of(&one, GIB), GIB);
	is_sound();
}

static void without_an_aligned_gibibyte_there_are_smaller_blocks(void **s)
{
	(void)s;
	bank(RAM + UNIT, GIB);
	assert_int_equal(give(&one, GIB, GIB), OK);
	assert_int_equal(left_of(&one, GIB), UNIT);
	is_sound();
}

static void fragments_are_put_together(void **s)
{
	(void)s;
	bank(RAM, 9 * UNIT);
	for (u64 i = 1; i < 9; i += 2)
		ledger_reserve(pa(RAM + i * UNIT), PAGE_SIZE, PAGE_MODULE);
	assert_int_equal(give(&one, GIB, 5 * UNIT), OK);
	for (u64 i = 0; i < 5; i++)
		assert_int_equal(output_of(&one, GIB + i * UNIT), RAM + 2 * i * UNIT);
	is_sound();
}

static void longest_run_is_used_before_shorter_ones(void **s)
{
	(void)s;
	bank(RAM, 2 * UNIT);
	bank(RAM + GIB, 4 * UNIT);
	assert_int_equal(give(&one, GIB, 5 * UNIT), OK);
	assert_int_equal(output_of(&one, GIB), RAM + GIB);
	assert_int_equal(output_of(&one, GIB + 4 * UNIT), RAM);
	is_sound();
}

/* --- refusals --- */

static void more_than_is_free_changes_nothing(void **s)
{
	u64 used;

	(void)s;
	bank(RAM, 4 * UNIT);
	used = pool.used;
	assert_int_equal(give(&one, GIB, 5 * UNIT), NO_MEMORY);
	assert_int_equal(ledger_free(), 4 * UNIT);
	assert_int_equal(pool.used, used);
	assert_int_equal(output_of(&one, GIB), 0);
	is_sound();
}

static void too_few_tables_change_nothing(void **s)
{
	(void)s;
	bank(RAM, 4 * UNIT);
	for (u64 room = 0; room <= 6; room++) {
		while (pool_room(&pool) > 6 - room)
			pool_take(&pool);
		u64 before = pool_room(&pool), free = ledger_free();
		enum status status = give(&one, GIB, UNIT);
		is_sound();
		if (status == OK) {
			ledger_take_memory(&one, 1);
			continue;
		}
		assert_int_equal(status, NO_MEMORY);
		assert_int_equal(pool_room(&pool), before);
		assert_int_equal(ledger_free(), free);
	}
	assert_int_equal(give(&one, GIB, UNIT), NO_MEMORY); /* with no table at all it is refused */
}

static void occupied_address_is_busy_and_changes_nothing(void **s)
{
	(void)s;
	bank(RAM, 8 * UNIT);
	assert_int_equal(give(&one, GIB + 2 * UNIT, UNIT), OK);
	assert_int_equal(give(&one, GIB, 3 * UNIT), BUSY);
	assert_int_equal(ledger_free(), 7 * UNIT);
	assert_int_equal(output_of(&one, GIB), 0);
	is_sound();
}

static void bad_requests_are_refused(void **s)
{
	(void)s;
	bank(RAM, 8 * UNIT);
	assert_int_equal(ledger_give_memory(&one, LEDGER_NOBODY, ipa(GIB), UNIT), BAD_VALUE);
	assert_int_equal(ledger_give_memory(&one, 16, ipa(GIB), UNIT), BAD_VALUE);
	assert_int_equal(give(&one, GIB, 0), BAD_VALUE);
	assert_int_equal(give(&one, GIB, UNIT + PAGE_SIZE), BAD_VALUE);
	assert_int_equal(give(&one, GIB + PAGE_SIZE, UNIT), BAD_VALUE);
	assert_int_equal(give(&one, (1UL << 40) - UNIT, 2 * UNIT), BAD_VALUE);
	assert_int_equal(give(&one, -UNIT, 2 * UNIT), BAD_VALUE);
	assert_int_equal(ledger_free(), 8 * UNIT);
}

/* --- CPUs --- */

static void cpu_has_one_owner(void **s)
{
	(void)s;
	assert_int_equal(ledger_cpu_owner(3), LEDGER_NOBODY);
	assert_int_equal(ledger_give_cpu(3, 1), OK);
	assert_int_equal(ledger_give_cpu(3, 2), BUSY);
	assert_int_equal(ledger_cpu_owner(3), 1);
	ledger_take_cpu(3, 1);
	assert_int_equal(ledger_give_cpu(3, 2), OK);
}

static void cpu_that_does_not_exist_is_refused(void **s)
{
	(void)s;
	assert_int_equal(ledger_give_cpu(CPU_MAX, 1), BAD_VALUE);
	assert_int_equal(ledger_give_cpu(0, LEDGER_NOBODY), BAD_VALUE);
}

/* --- the invariant --- */

static void plant(struct space *space, u64 at, u64 output)
{
	struct mmu_range page = {at, pa(output), PAGE_SIZE};

	assert_int_equal(mmu_map(&space->table, page, MMU_GUEST_RAM), OK);
}

static void page_mapped_twice_is_found(void **s)
{
	(void)s;
	bank(RAM, 4 * UNIT);
	assert_int_equal(give(&one, GIB, UNIT), OK);
	plant(&one, 4 * GIB, RAM);
	assert_string_equal(ledger_check(), "a VM's private pages and its mapped pages differ in number");
}

static void page_of_another_vm_is_found(void **s)
{
	(void)s;
	bank(RAM, 4 * UNIT);
	assert_int_equal(give(&one, GIB, UNIT), OK);
	plant(&two, GIB, RAM);
	assert_string_equal(ledger_check(), "a page is mapped that is not private to the VM that maps it");
}

static void free_page_in_a_space_is_found(void **s)
{
	(void)s;
	bank(RAM, 4 * UNIT);
	plant(&one, GIB, RAM + UNIT);
	assert_non_null(ledger_check());
}

static void page_outside_ram_is_found(void **s)
{
	(void)s;
	bank(RAM, 4 * UNIT);
	plant(&one, GIB, 0x09000000);
	assert_non_null(ledger_check());
}

static void private_page_that_is_not_mapped_is_found(void **s)
{
	(void)s;
	bank(RAM, 4 * UNIT);
	assert_int_equal(give(&one, GIB, UNIT), OK);
	assert_int_equal(mmu_unmap(&one.table, GIB + PAGE_SIZE, PAGE_SIZE), OK);
	assert_non_null(ledger_check());
}

static void wrong_count_of_a_unit_is_found(void **s)
{
	u16 *books = bank(RAM, 4 * UNIT);

	(void)s;
	is_sound();
	books[4 * 512 + 2]++;
	assert_string_equal(ledger_check(), "a unit's count of taken pages differs from its pages");
}

/* --- random sequences --- */

static void random_gives_and_takes_keep_the_invariant(void **s)
{
	struct space *spaces[] = {&one, &two};
	u64 held[2] = {0}, next[2] = {GIB, GIB};

	(void)s;
	bank(RAM + 5 * PAGE_SIZE, 40 * UNIT);
	bank(RAM + GIB, 24 * UNIT);
	ledger_reserve(pa(RAM + 20 * UNIT), UNIT + 1, PAGE_HYPERVISOR);
	u64 total = ledger_free();
	assert_int_equal(total, (39 - 2 + 24) * UNIT);
	srand48(99);
	for (u32 i = 0; i < 120; i++) {
		u32 who = lrand48() & 1;
		u64 size = (1 + (u64)lrand48() % 20) * UNIT, free = total - held[0] - held[1];

		if (lrand48() % 4 == 0) {
			ledger_take_memory(spaces[who], who + 1);
			held[who] = 0;
		} else {
			enum status status = give(spaces[who], next[who], size);
			assert_int_equal(status, size <= free ? OK : NO_MEMORY);
			held[who] += status == OK ? size : 0;
			next[who] += size + (u64)(lrand48() % 3) * UNIT;
		}
		assert_int_equal(ledger_free(), total - held[0] - held[1]);
		is_sound();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(bank_of_whole_units_is_free),
		ALONE(partial_units_at_both_ends_belong_to_nobody),
		ALONE(bank_smaller_than_a_unit_gives_nothing),
		ALONE(books_cost_what_their_bank_needs),
		ALONE(ninth_bank_finds_no_room),
		ALONE(misaligned_bank_is_refused),
		ALONE(reservation_takes_the_units_it_touches),
		ALONE(reservation_across_and_outside_banks_is_harmless),
		ALONE(reserving_twice_counts_once),
		ALONE(given_memory_is_mapped_and_no_longer_free),
		ALONE(two_owners_never_share_a_page),
		ALONE(taken_memory_is_unmapped_and_free_again),
		ALONE(taking_leaves_the_other_owner_alone),
		ALONE(a_whole_gibibyte_is_one_block),
		ALONE(without_an_aligned_gibibyte_there_are_smaller_blocks),
		ALONE(fragments_are_put_together),
		ALONE(longest_run_is_used_before_shorter_ones),
		ALONE(more_than_is_free_changes_nothing),
		ALONE(too_few_tables_change_nothing),
		ALONE(occupied_address_is_busy_and_changes_nothing),
		ALONE(bad_requests_are_refused),
		ALONE(cpu_has_one_owner),
		ALONE(cpu_that_does_not_exist_is_refused),
		ALONE(page_mapped_twice_is_found),
		ALONE(page_of_another_vm_is_found),
		ALONE(free_page_in_a_space_is_found),
		ALONE(page_outside_ram_is_found),
		ALONE(private_page_that_is_not_mapped_is_found),
		ALONE(wrong_count_of_a_unit_is_found),
		ALONE(random_gives_and_takes_keep_the_invariant),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
