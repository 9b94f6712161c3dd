/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's own address space (machine/layout.h): the image where it was linked, the linear map
 * of what EL2 owns, a stack and a window per CPU. Guest memory appears in windows only.
 */
#include "machine/mmu.h"

#include "lib/bounds.h"
#include "lib/bits.h"
#include "lib/require.h"
#include "machine/barrier.h"
#include "machine/cpu.h"
#include "machine/layout.h"
#include "machine/tlb.h"

enum { EL2_BITS = 48, BOOT_TABLES = 16, WINDOW_PAGES = MMU_WINDOW_SIZE / PAGE_SIZE };
_Static_assert(MMU_WINDOW_SIZE < LAYOUT_WINDOW_STRIDE, "a page that is not mapped behind each");
_Static_assert(PAGE_SIZE + MMU_STACK_SIZE < LAYOUT_STACK_STRIDE, "and behind each stack");

extern u8 image_start[], code_start[], code_end[], const_end[], data_end[], identity_start[], identity_end[];
extern u8 start_stack[], start_stack_top[];

/* Written while the MMU is off; the pool clears what it gives. */
static u8 boot_tables[BOOT_TABLES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE), section(".bss.boot")));
static struct pool boot_pool;
static struct mmu_table el2;
static u64 image_offset;     /* link address - load address; 0 while the MMU is off */
static u64 *window[CPU_MAX]; /* of each CPU's window the entries, in a table of the last level */

void *mmu_pointer(pa_t at)
{
	u64 in_image = at.value + image_offset;

	if (image_offset == 0 || (in_image >= (u64)image_start && in_image < (u64)data_end))
		return (void *)in_image;
	return (void *)(at.value + LAYOUT_LINEAR);
}

pa_t mmu_physical(const void *pointer)
{
	u64 at = (u64)pointer;

	if (image_offset == 0 || (at >= (u64)image_start && at < (u64)data_end))
		return pa(at - image_offset);
	return pa(at - LAYOUT_LINEAR);
}

static void map_image(u64 offset, u8 *from, u8 *to, enum mmu_kind kind)
{
	struct mmu_range r = {(u64)from + offset, pa((u64)from), (u64)(to - from)};

	require(mmu_map(&el2, r, kind) == OK);
}

/* Runs where the image was loaded, MMU off: symbols are reached PC-relative, so &x is physical. */
u64 mmu_boot(u64 load_address)
{
	u64 offset = LAYOUT_IMAGE - load_address;
	struct mmu_range identity = {(u64)identity_start, pa((u64)identity_start),
	                             (u64)(identity_end - identity_start)};

	pool_init(&boot_pool, boot_tables, sizeof(boot_tables));
	el2 = (struct mmu_table){
		.root = pool_take(&boot_pool), .root_pages = 1, .input_bits = EL2_BITS, .pool = &boot_pool};
	map_image(offset, code_start, code_end, MMU_EL2_CODE);
	map_image(offset, code_end, const_end, MMU_EL2_CONST);
	map_image(offset, const_end, data_end, MMU_EL2_DATA);
	/* The few instructions that turn the MMU on run at the same address before and after. */
	require(mmu_map(&el2, identity, MMU_EL2_CODE) == OK);
	u64 root = (u64)el2.root;
	/* From the jump on, pointers are virtual. */
	el2.root = (u64 *)(root + offset);
	el2.pool = (struct pool *)((u64)el2.pool + offset);
	boot_pool.next += offset;
	boot_pool.end += offset;
	image_offset = offset;
	return root;
}

void mmu_use_pool(struct pool *pool) { el2.pool = pool; }

void *mmu_map_linear(pa_t at, u64 size, enum mmu_kind kind)
{
	u64 start = align_down(at.value, PAGE_SIZE), end = align_up(at.value + size, PAGE_SIZE), left;
	void *found = (void *)(LAYOUT_LINEAR + at.value);

	require(at.value + size <= 1UL << LAYOUT_PA_BITS);
	/* As a whole, which is quick, unless a part of it is there. */
	if (mmu_map(&el2, (struct mmu_range){LAYOUT_LINEAR + start, pa(start), end - start}, kind) == OK)
		return found;
	for (u64 now = start; now < end; now += left) {
		pa_t output;
		enum status mapped = OK;
		bool there = mmu_query(&el2, LAYOUT_LINEAR + now, &output, &left);

		left = min_u64(left, end - now);
		if (!there)
			mapped = mmu_map(&el2, (struct mmu_range){LAYOUT_LINEAR + now, pa(now), left}, kind);
		require(mapped == OK);
	}
	return found;
}

/* By its linear address, as all that the pool has. */
static u64 give_pages(struct pool *pool, const u8 *from, const u8 *to)
{
	u64 size = (u64)(to - from);
	u8 *pages = size ? mmu_map_linear(mmu_physical(from), size, MMU_EL2_DATA) : NULL;

	for (u64 at = 0; at < size; at += PAGE_SIZE)
		pool_add(pool, pages + at);
	return size;
}

u64 mmu_end_boot(struct pool *pool)
{
	return give_pages(pool, boot_pool.next, boot_pool.end) +
	       give_pages(pool, start_stack, start_stack_top);
}

/* The table stays for good, so opening a window is only writing its entries. */
static u64 *window_entries(u64 at)
{
	pa_t output;
	u64 left, *table = el2.root;
	struct mmu_range one = {at, mmu_physical(el2.root), PAGE_SIZE};

	if (mmu_map(&el2, one, MMU_EL2_CONST) != OK)
		return NULL;
	for (u32 level = 0; level < 3; level++)
		table = mmu_pointer(pa(table[(at >> (39 - 9 * level)) & 511] & FIELD(47, 12)));
	table += at / PAGE_SIZE % 512;
	table[0] = 0;
	tlb_flush_el2();
	require(!mmu_query(&el2, at, &output, &left));
	return table;
}

u64 mmu_prepare_cpu(u32 cpu)
{
	u64 base = LAYOUT_STACK + (u64)cpu * LAYOUT_STACK_STRIDE + PAGE_SIZE;
	u64 pages = MMU_STACK_SIZE / PAGE_SIZE;

	for (u64 i = 0; i < pages; i++) {
		void *page = pool_take(el2.pool);

		if (!page)
			return 0;
		struct mmu_range r = {base + i * PAGE_SIZE, mmu_physical(page), PAGE_SIZE};
		if (mmu_map(&el2, r, MMU_EL2_DATA) != OK)
			return 0;
	}
	window[cpu] = window_entries(LAYOUT_WINDOW + (u64)cpu * LAYOUT_WINDOW_STRIDE);
	return window[cpu] ? base + MMU_STACK_SIZE : 0;
}

void *mmu_window_open(pa_t at, u64 size)
{
	u64 *entry = window[cpu_index()];
	u64 pages = size / PAGE_SIZE;
	/* Normal memory, read and write, never execute: as MMU_EL2_DATA at the last level, but for MAIR_WINDOW. */
	u64 attributes =
		3 | BIT(10) | field_put(FIELD(9, 8), 3) | BIT(6) | field_put(FIELD(4, 2), 2) | BIT(54);

	require(pages <= WINDOW_PAGES && entry[0] == 0);
	for (u64 i = 0; i < pages; i++)
		entry[i] = (at.value + i * PAGE_SIZE) | attributes;
	dsb(nshst); /* the entries, before the first access through them */
	isb();
	return (void *)(LAYOUT_WINDOW + (u64)cpu_index() * LAYOUT_WINDOW_STRIDE);
}

void mmu_window_close(u64 size)
{
	u64 *entry = window[cpu_index()];
	u64 base = LAYOUT_WINDOW + (u64)cpu_index() * LAYOUT_WINDOW_STRIDE;

	for (u64 i = 0; i < size / PAGE_SIZE; i++)
		entry[i] = 0;
	tlb_flush_window(va(base), size);
}
