/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's memory is what EL2 wrote, and EL2 reads what the guest wrote, whatever the guest's stage 1 says:
 * the attributes of stage 2, with and without FWB, and the cleaning of caches. doc/model.md has the table.
 */
#include "world.h"
#include "lib/bits.h"
#include "machine/attributes.h"
#include "virtual/vsysreg.h"

#define BASE GIB

static struct space space;
static u8 *memory;
static u8 cleaned[4 * PAGE_SIZE]; /* how often each byte of `memory` */
static u8 buffer[4 * PAGE_SIZE];

static void on_clean(const u8 *from, u64 size)
{
	for (u64 i = 0; i < size; i++)
		if (from + i >= memory && from + i < memory + sizeof(cleaned))
			cleaned[from + i - memory]++;
}

static void start_with(u64 mmfr2)
{
	fake_id_register(7, 2, mmfr2);
	pool_init(&pool, fake_ram(32 * PAGE_SIZE, 0), 32 * PAGE_SIZE);
	memory = fake_ram(sizeof(cleaned), 0xcc);
	vmid_init(255, false);
	assert_int_equal(space_init(&space, &pool), OK);
	struct mmu_range r = {BASE, pa((u64)memory), sizeof(cleaned)};
	assert_int_equal(mmu_map(&space.table, r, MMU_GUEST_RAM), OK);
	memset(buffer, 0x5a, sizeof(buffer));
	fake_cache_on_clean = on_clean;
}

static u64 leaf_of_ram(void)
{
	u64 *level2 = (u64 *)(space.table.root[1] & FIELD(47, 12)),
	    *level3 = (u64 *)(level2[0] & FIELD(47, 12));

	return level3[0];
}

/* What a guest's accesses can be, of all that its stage 1 can say; calls `check` for each. */
static void each_stage1(u64 hcr, void (*check)(struct attributes stage1, struct attributes both))
{
	for (u32 kind = 0; kind < 256; kind++)
		for (u32 sh = 0; sh < 4; sh += sh ? 1 : 2) {
			struct attributes stage1 = {(u8)kind, (u8)sh};

			if (kind >> 4 ? !(kind & 15) : kind & 3)
				continue;
			check(stage1, attributes_combine(stage1, leaf_of_ram(), hcr));
		}
}

static bool writes_back(u32 nibble) { return nibble > 4 && nibble & 4; }

/* --- with FWB --- */

static void is_coherent(struct attributes stage1, struct attributes both)
{
	(void)stage1;
	assert_true(both.kind >> 4 && writes_back(both.kind >> 4) && writes_back(both.kind & 15));
	assert_true(both.shareability == INNER_SHAREABLE || both.shareability == OUTER_SHAREABLE);
}

static void no_guest_can_make_its_memory_incoherent_with_fwb(void **s)
{
	(void)s;
	start_with(1UL << 40);
	each_stage1(HCR_FWB, is_coherent);
	is_coherent(ATTRIBUTES_STAGE1_OFF, attributes_combine(ATTRIBUTES_STAGE1_OFF, leaf_of_ram(), HCR_FWB));
}

/* --- without --- */

static void is_stage_1_s(struct attributes stage1, struct attributes both)
{
	assert_int_equal(both.kind, stage1.kind);
	assert_true(both.shareability == INNER_SHAREABLE || both.shareability == OUTER_SHAREABLE);
}

static void stage_1_decides_without_fwb_but_for_what_cpus_share(void **s)
{
	(void)s;
	start_with(0);
	each_stage1(0, is_stage_1_s);
}

/* --- caches --- */

static void is_cleaned(u64 from, u64 size)
{
	for (u64 i = 0; i < sizeof(cleaned); i++)
		assert_int_equal(cleaned[i] > 0, i - from < size);
	memset(cleaned, 0, sizeof(cleaned));
}

/* Fetches pass the data caches by, with FWB too. */
static void all_that_el2_writes_is_cleaned(u64 mmfr2)
{
	start_with(mmfr2);
	assert_int_equal(memory_write(&space, ipa(BASE + 100), buffer, 2 * PAGE_SIZE), OK);
	is_cleaned(100, 2 * PAGE_SIZE);
	assert_int_equal(memory_clear(&space, ipa(BASE), 3 * PAGE_SIZE), OK);
	is_cleaned(0, 3 * PAGE_SIZE);
	assert_int_equal(memory_clear(&space, ipa(BASE + 8), 16), OK);
	is_cleaned(8, 16);
	assert_int_equal(memory_read(&space, ipa(BASE + 4000), buffer, 200), OK);
	is_cleaned(4000, 200);
}

static void all_that_el2_writes_is_cleaned_with_fwb(void **s)
{
	(void)s;
	all_that_el2_writes_is_cleaned(1UL << 40);
}

static void all_that_el2_writes_is_cleaned_without_fwb(void **s)
{
	(void)s;
	all_that_el2_writes_is_cleaned(0);
}

/* What the guest wrote without caches is in memory just before the line is dropped, and not before. */
static void write_past_the_caches(const u8 *from, u64 size)
{
	(void)from, (void)size;
	memory[8] = 0x77;
}

static void read_sees_what_a_guest_wrote_past_the_caches(void **s)
{
	u8 byte;

	(void)s;
	start_with(0);
	fake_cache_on_clean = write_past_the_caches;
	assert_int_equal(memory_read(&space, ipa(BASE + 8), &byte, 1), OK);
	assert_int_equal(byte, 0x77);
}

static void a_whole_load_is_cleaned(void **s)
{
	(void)s;
	world_power_on();
	memory = ram;
	fake_cache_on_clean = on_clean;
	struct vm *vm = world_vm(1);
	pa_t output;
	u64 left;

	assert_true(space_physical(&vm->space, ipa(WORLD_LOAD), &output, &left));
	memory = (u8 *)output.value;
	memset(cleaned, 0, sizeof(cleaned));
	life_begin(vm);
	vm->vcpus[0]->power = VCPU_OFF;
	world_boot(vm);
	for (u32 i = 0; i < WORLD_IMAGE; i++)
		assert_true(cleaned[i] >= 2); /* scrubbed, then copied */
}

/* --- set/way --- */

static void set_way_maintenance_is_done_and_does_nothing(void **s)
{
	static const u32 keys[] = {VSYSREG_KEY(1, 0, 7, 6, 2), VSYSREG_KEY(1, 0, 7, 10, 2),
	                           VSYSREG_KEY(1, 0, 7, 14, 2)};

	(void)s;
	world_power_on();
	struct vcpu *v = world_vm(1)->vcpus[0];
	for (u32 i = 0; i < 3; i++) {
		u64 pc = v->regs.pc;

		traps(v, EC(0x18) | IL | keys[i] | 5 << 5);
		assert_int_equal(v->regs.pc, pc + 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(no_guest_can_make_its_memory_incoherent_with_fwb),
		ALONE(stage_1_decides_without_fwb_but_for_what_cpus_share),
		ALONE(all_that_el2_writes_is_cleaned_with_fwb),
		ALONE(all_that_el2_writes_is_cleaned_without_fwb),
		ALONE(read_sees_what_a_guest_wrote_past_the_caches),
		ALONE(a_whole_load_is_cleaned),
		ALONE(set_way_maintenance_is_done_and_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
