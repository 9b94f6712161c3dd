/* SPDX-License-Identifier: Apache-2.0 */
/* Where a guest's own translation ends: every granule and first level, both halves, tables that are not there. */
#include "world.h"

#include "monitor/stage1.h"

#define TABLES       (VM_RAM_BASE + MIB) /* 64 KiB each */
#define OUTSIDE      0x0f000000UL
#define TABLE(level) (TABLES + 0x10000 * ((level) + 1))

static struct vm *vm;
static struct vcpu *v;

struct granule {
	u32 page_shift, tg0, tg1;
};
static const struct granule granules[] = {{12, 0, 2}, {14, 2, 1}, {16, 1, 3}};

static void start(void)
{
	world_power_on();
	vm = world_vm(1);
	v = vm->vcpus[0];
	turn(0); /* loads it */
	vcpu_write(v, CONTEXT_sctlr_el1, 1);
}

static void put(u64 at, u64 entry) { assert_int_equal(memory_write(&vm->space, ipa(at), &entry, 8), OK); }

static void ends(u64 address, s32 level, bool missing)
{
	struct stage1_end end = stage1_walk(v, address);

	assert_int_equal(end.level, level);
	assert_int_equal(end.missing, missing);
}

/* The index that selects an address's entry, by bits counted from the top of what is left. */
static u64 entry_at(const struct granule *g, u32 bits, s32 level, u64 address)
{
	u32 low = g->page_shift + (u32)(3 - level) * (g->page_shift - 3), high = low + g->page_shift - 3;

	high = high > bits ? bits : high;
	return TABLE(level) + (address % (1UL << high) >> low) * 8;
}

/* Tables from the first level to the last, each cut off in turn. */
static void walks(const struct granule *g, u32 bits, s32 first, bool upper)
{
	u64 address = (0x5a5a5a5a5a5a5a5a & ((1UL << bits) - 1)) | (upper ? ~0UL << bits : 0);

	vcpu_write(v, CONTEXT_tcr_el1,
	           upper ? (u64)(64 - bits) << 16 | (u64)g->tg1 << 30 | (64 - 25)
	                 : (64 - bits) | (u64)g->tg0 << 14 | (u64)(64 - 25) << 16);
	vcpu_write(v, upper ? CONTEXT_ttbr1_el1 : CONTEXT_ttbr0_el1,
	           TABLE(first) | 1UL << 48 | 1); /* ASID, CnP */
	vcpu_write(v, upper ? CONTEXT_ttbr0_el1 : CONTEXT_ttbr1_el1, OUTSIDE);
	for (s32 level = first; level <= 3; level++) {
		u64 entry = entry_at(g, bits, level, address);

		put(entry, 0);
		ends(address, level, false);
		put(entry, 1); /* a block */
		ends(address, level, false);
		put(entry, level < 3 ? (OUTSIDE & ~0xffffUL) | 3 : TABLE(level) | 3);
		ends(address, level < 3 ? level + 1 : 3, level < 3);
		put(entry, TABLE(level + 1) | 3 | 0x7fUL << 57);
	}
	vcpu_write(v, upper ? CONTEXT_ttbr1_el1 : CONTEXT_ttbr0_el1, OUTSIDE);
	ends(address, first, true);
}

static void every_granule_and_size_ends_where_its_tables_do(void **s)
{
	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(granules); i++)
		for (u32 bits = 25; bits <= 48; bits++) {
			const struct granule *g = &granules[i];
			u32 stride = g->page_shift - 3, levels = 0;

			for (u32 left = bits - g->page_shift; (s32)left > 0;
			     left -= left < stride ? left : stride)
				levels++;
			walks(g, bits, 4 - (s32)levels, false);
			walks(g, bits, 4 - (s32)levels, true);
		}
}

static void large_addresses_begin_at_level_minus_1(void **s)
{
	(void)s;
	walks(&granules[0], 52, -1, false);
	walks(&granules[2], 52, 1, true);
}

static void no_setting_of_tcr_leads_astray(void **s)
{
	(void)s;
	for (u32 size = 0; size < 64; size++)
		for (u32 granule = 0; granule < 4; granule++) {
			vcpu_write(v, CONTEXT_tcr_el1, size | granule << 14);
			vcpu_write(v, CONTEXT_ttbr0_el1, ~0UL);
			assert_in_range(stage1_walk(v, 0x123456789abc).level + 1, 0, 4);
		}
}

static void without_its_mmu_it_is_level_0(void **s)
{
	(void)s;
	vcpu_write(v, CONTEXT_sctlr_el1, 0);
	vcpu_write(v, CONTEXT_ttbr0_el1, OUTSIDE);
	ends(0x1234, 0, false);
}

static void tables_of_a_big_endian_guest_are_big_endian(void **s)
{
	(void)s;
	vcpu_write(v, CONTEXT_sctlr_el1, 1 | BIT(25));
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 39);
	vcpu_write(v, CONTEXT_ttbr0_el1, TABLE(1));
	put(TABLE(1), __builtin_bswap64(OUTSIDE | 3));
	ends(0x1234, 2, true);
}

static void what_the_guest_is_told(void **s)
{
	(void)s;
	vcpu_write(v, CONTEXT_vbar_el1, 0x50000000);
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 39);
	vcpu_write(v, CONTEXT_ttbr0_el1, TABLE(1));
	put(TABLE(1), OUTSIDE | 3);
	faults(v, ABORT_IL | BIT(7) | 6, 0x1234, OUTSIDE);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x25) | IL | 0x16);
	v->injected_at = 0; /* its handler ran */
	faults(v, (FETCH & ~0x3fUL) | BIT(7) | 6, 0x1234, OUTSIDE);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x21) | IL | 0x16);
	put(TABLE(1), 0); /* another vCPU has changed it: no level is told */
	faults(v, ABORT_IL | BIT(7) | 6, 0x1234, OUTSIDE);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x25) | IL | 0x10);
	put(TABLE(1), 1UL << 41 | 1);
	faults(v, ABORT_IL | 4, 0x1234, 1UL << 41);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x25) | IL | 0x01);
	faults(v, ABORT_IL | 4, 0x1234, (1UL << 40) - 4096);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x25) | IL | 0x10);
}

/* The status of a data abort of a walk that stage 2 stopped at `at`. */
static u64 told(u64 kind, u64 address, u64 at)
{
	v->injected_at = 0; /* its handler ran */
	faults(v, ABORT_IL | BIT(7) | kind, address, at);
	u64 esr = vcpu_read(v, CONTEXT_esr_el1);

	assert_int_equal(esr & ~0x3fUL, EC(0x25) | IL);
	assert_int_equal(vcpu_read(v, CONTEXT_far_el1), address);
	return esr & 0x3f;
}

/* Beyond the 40 bits of physical address that a guest is shown (D8.2.6). */
static void table_beyond_is_an_address_size_fault_of_what_names_it(void **s)
{
	const u64 beyond = 1UL << 41;

	(void)s;
	for (s32 first = -1; first <= 2; first++) {
		vcpu_write(v, CONTEXT_tcr_el1,
		           64 - (u64)(12 + 9 * (4 - first) < 52 ? 12 + 9 * (4 - first) : 52));
		vcpu_write(v, CONTEXT_ttbr0_el1, beyond);
		assert_int_equal(told(4, 0x1234, beyond), 0x00);
		vcpu_write(v, CONTEXT_ttbr0_el1, TABLE(first));
		for (s32 level = first; level < 3; level++) {
			put(TABLE(level), beyond | 3);
			assert_int_equal(told(4, 0x1234, beyond), level < 0 ? 0x29 : level);
			put(TABLE(level), OUTSIDE | 3);
			assert_int_equal(told(6, 0x1234, OUTSIDE), 0x14 + level + 1);
			put(TABLE(level), TABLE(level + 1) | 3);
		}
	}
}

/* The CPU sets an access flag in a table that the VM can read and no more (FEAT_HAFDBS). */
static void flag_that_cannot_be_set_is_an_abort_of_the_walk(void **s)
{
	(void)s;
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 48);
	vcpu_write(v, CONTEXT_ttbr0_el1, TABLE(0));
	put(TABLE(0), TABLE(1) | 3);
	put(TABLE(1), VM_RAM_BASE | 1);
	assert_int_equal(told(0xf, 0x1234, TABLE(1)), 0x15);
	put(TABLE(1), TABLE(2) | 3);
	put(TABLE(2), VM_RAM_BASE | 1);
	assert_int_equal(told(0xf, 0x1234, TABLE(2)), 0x16);
	put(TABLE(2), TABLE(3) | 3);
	put(TABLE(3) + 8, VM_RAM_BASE | 3);
	assert_int_equal(told(0xf, 0x1234, TABLE(3)), 0x17);
	put(TABLE(3) + 8, 0); /* another vCPU has changed it: no level is told */
	assert_int_equal(told(0xf, 0x1234, TABLE(3)), 0x10);
	put(TABLE(1), OUTSIDE | 3);
	assert_int_equal(told(0xf, 0x1234, TABLE(3)), 0x10);
	vcpu_write(v, CONTEXT_sctlr_el1, 0);
	assert_int_equal(told(0xf, 0x1234, TABLE(3)), 0x10);
}

/* Of the access itself, whose IPA HPFAR_EL2 does not tell then. */
static void page_that_cannot_be_written_is_no_matter_of_the_walk(void **s)
{
	(void)s;
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 39);
	vcpu_write(v, CONTEXT_ttbr0_el1, TABLE(1));
	put(TABLE(1), VM_RAM_BASE | 1);
	faults(v, ABORT_IL | BIT(6) | 0xf, 0x1234, 1UL << 41);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x25) | IL | BIT(6) | 0x10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(every_granule_and_size_ends_where_its_tables_do),
		ALONE(large_addresses_begin_at_level_minus_1),
		ALONE(no_setting_of_tcr_leads_astray),
		ALONE(without_its_mmu_it_is_level_0),
		ALONE(tables_of_a_big_endian_guest_are_big_endian),
		ALONE(what_the_guest_is_told),
		ALONE(table_beyond_is_an_address_size_fault_of_what_names_it),
		ALONE(flag_that_cannot_be_set_is_an_abort_of_the_walk),
		ALONE(page_that_cannot_be_written_is_no_matter_of_the_walk),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
