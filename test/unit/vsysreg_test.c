/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: every encoding answers, the table is sound, ID registers show what they may. */
#include "world.h"

#define KEY(op0, op1, crn, crm, op2) VSYSREG_KEY(op0, op1, crn, crm, op2)
#define NIBBLE(n)                    (0xfUL << 4 * (n))

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	turn(0);
}

/* op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7. */
static bool is_id(u32 key)
{
	u32 crm = key >> 1 & 15;

	return (key & ~KEY(0, 0, 0, 15, 7)) == KEY(3, 0, 0, 0, 0) && crm >= 1 && crm <= 7;
}

static const struct vsysreg *row_of(u32 key)
{
	for (u32 i = 0; i < vsysreg_count; i++)
		if (vsysreg_rows[i].key == key)
			return &vsysreg_rows[i];
	return NULL;
}

/* op0 = 2 and 3, all op1, CRn, CRm, op2: 32,768 encodings. */
static void every_encoding_is_done_or_undefined_in_both_directions(void **s)
{
	u32 done = 0;

	(void)s;
	for (u32 n = 0; n < 1 << 15; n++)
		for (u32 write = 0; write < 2; write++) {
			u32 key = KEY(2 + (n >> 14), n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7);
			struct access a = {.offset = key,
			                   .size = 8,
			                   .write = write,
			                   .value = 0x0123456789abcdefUL * key};
			const struct vsysreg *row = row_of(key);
			bool there = is_id(key) ? !write : row && (write ? row->write : row->read);

			assert_int_equal(vsysreg_access(v, &a), there ? DONE : UNDEF);
			done += there;
		}
	assert_true(done >= 56 + 20);
	assert_int_equal(spinlock_fake_held(), 0);
}

static void no_encoding_is_in_the_table_twice(void **s)
{
	(void)s;
	for (u32 i = 0; i < vsysreg_count; i++) {
		assert_ptr_equal(row_of(vsysreg_rows[i].key), &vsysreg_rows[i]);
		assert_true(vsysreg_rows[i].name[0]);
		assert_true(vsysreg_rows[i].read || vsysreg_rows[i].write);
		assert_false(is_id(vsysreg_rows[i].key));
	}
}

static void key_is_taken_from_the_syndrome_bit_by_bit(void **s)
{
	(void)s;
	for (u32 op0 = 0; op0 < 4; op0++)
		for (u32 op1 = 0; op1 < 8; op1++)
			for (u32 crn = 0; crn < 16; crn++)
				for (u32 rest = 0; rest < 128; rest++) {
					u64 iss = op0 << 20 | (rest & 7) << 17 | op1 << 14 | crn << 10 |
					          rest >> 3 << 1;

					assert_int_equal(VSYSREG_KEY_OF_ISS(iss | 0x3e1),
					                 KEY(op0, op1, crn, rest >> 3, rest & 7));
				}
}

static void reads_that_are_zero_say_so(void **s)
{
	const u32 keys[] = {KEY(3, 0, 1, 0, 1), KEY(2, 0, 1, 0, 0), KEY(2, 0, 1, 3, 4), KEY(2, 3, 0, 1, 0)};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(keys); i++) {
		struct access a = {.offset = keys[i], .size = 8, .value = ~0UL};

		assert_int_equal(vsysreg_access(v, &a), DONE);
		assert_int_equal(a.value, 0);
	}
}

static void os_lock_is_there_and_open(void **s)
{
	struct access a = {.offset = KEY(2, 0, 1, 1, 4), .size = 8};

	(void)s;
	assert_int_equal(vsysreg_access(v, &a), DONE);
	assert_int_equal(a.value, 8);
}

static void physical_counter_reads_the_vms_time(void **s)
{
	struct access a = {.offset = KEY(3, 3, 14, 0, 1), .size = 8};

	(void)s;
	timer_fake_advance(4242);
	assert_int_equal(vsysreg_access(v, &a), DONE);
	assert_int_equal(a.value, 4242);
}

static void cycle_counter_and_lor_registers_are_undefined(void **s)
{
	/* PMCCNTR_EL0, LORC_EL1, ZCR_EL1, SMCR_EL1, RGSR_EL1, AMCR_EL0, TRCPRGCTLR, PMSCR_EL1. */
	const u32 keys[] = {KEY(3, 3, 9, 13, 0), KEY(3, 0, 10, 4, 3), KEY(3, 0, 1, 2, 0), KEY(3, 0, 1, 2, 6),
	                    KEY(3, 0, 1, 0, 5),  KEY(3, 3, 13, 2, 0), KEY(2, 1, 0, 1, 0), KEY(3, 0, 9, 9, 0)};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(keys); i++) {
		struct access a = {.offset = keys[i], .size = 8};

		assert_int_equal(vsysreg_access(v, &a), UNDEF);
	}
}

/* --- ID registers --- */

static u64 all_ones(u32 crm, u32 op2)
{
	(void)crm;
	(void)op2;
	return ~0UL;
}

static u64 read_id(u32 crm, u32 op2)
{
	struct access a = {.offset = KEY(3, 0, 0, crm, op2), .size = 8};

	assert_int_equal(vsysreg_access(v, &a), DONE);
	return a.value;
}

static void machine_without_features_shows_none(void **s)
{
	(void)s;
	for (u32 crm = 1; crm < 8; crm++)
		for (u32 op2 = 0; op2 < 8; op2++)
			assert_int_equal(vsysreg_id(crm, op2, 0), 0);
}

static void nothing_is_shown_that_the_machine_lacks(void **s)
{
	(void)s;
	srand48(5);
	for (u32 i = 0; i < 20000; i++) {
		u32 crm = 1 + (u32)lrand48() % 7, op2 = (u32)lrand48() % 8;
		u64 machine = (u64)mrand48() << 32 ^ (u64)mrand48(), shown = vsysreg_id(crm, op2, machine);

		/* Field by field; -1 counts as absent in the few signed fields, so only whole fields may vanish. */
		for (u32 n = 0; n < 16; n++) {
			u64 has = machine >> 4 * n & 15, shows = shown >> 4 * n & 15;

			assert_true(shows <= has);
		}
	}
}

static void hides(u32 crm, u32 op2, u64 fields) { assert_int_equal(vsysreg_id(crm, op2, ~0UL) & fields, 0); }

static void passes(u32 crm, u32 op2, u64 fields)
{
	assert_int_equal(vsysreg_id(crm, op2, 0x1111111111111111) & fields, 0x1111111111111111 & fields);
}

static void pfr0_hides_what_has_state_we_do_not_switch(void **s)
{
	(void)s;
	/* EL2, EL3, RAS, SVE, SEL2, MPAM, AMU, RME */
	hides(4, 0,
	      NIBBLE(2) | NIBBLE(3) | NIBBLE(7) | NIBBLE(8) | NIBBLE(9) | NIBBLE(10) | NIBBLE(11) |
	              NIBBLE(13));
	passes(4, 0, NIBBLE(0) | NIBBLE(1) | NIBBLE(4) | NIBBLE(5) | NIBBLE(6) | NIBBLE(12));
}

static void pfr0_caps_csv2_below_scxtnum(void **s)
{
	(void)s;
	assert_int_equal(vsysreg_id(4, 0, 2UL << 56) >> 56 & 15, 1);
	assert_int_equal(vsysreg_id(4, 0, 1UL << 56) >> 56 & 15, 1);
	assert_int_equal(vsysreg_id(4, 0, 0) >> 56 & 15, 0);
}

static void pfr1_hides_mte_and_sme(void **s)
{
	(void)s;
	hides(4, 1, NIBBLE(2) | NIBBLE(3) | NIBBLE(6) | NIBBLE(7) | NIBBLE(8) | NIBBLE(9));
	passes(4, 1, NIBBLE(0) | NIBBLE(1));
}

static void sve_and_sme_feature_registers_are_empty(void **s)
{
	(void)s;
	assert_int_equal(vsysreg_id(4, 4, ~0UL), 0);
	assert_int_equal(vsysreg_id(4, 5, ~0UL), 0);
}

static void dfr0_hides_trace_and_performance_monitors(void **s)
{
	(void)s;
	hides(5, 0, NIBBLE(1) | NIBBLE(2) | NIBBLE(8) | NIBBLE(10) | NIBBLE(11) | NIBBLE(13));
	assert_int_equal(vsysreg_id(5, 0, ~0UL) & 15, 8); /* DebugVer: Armv8.2 at most */
	assert_int_equal(vsysreg_id(5, 0, 6) & 15, 6);
}

static void mmfr0_caps_the_physical_address_range(void **s)
{
	(void)s;
	for (u64 range = 0; range < 8; range++)
		assert_int_equal(vsysreg_id(7, 0, range) & 15, range < 2 ? range : 2);
	hides(7, 0, NIBBLE(14) | NIBBLE(15)); /* FGT, ECV */
}

static void mmfr1_hides_virtualization(void **s)
{
	(void)s;
	hides(7, 1, NIBBLE(1) | NIBBLE(2) | NIBBLE(4) | NIBBLE(10));
	passes(7, 1, NIBBLE(0) | NIBBLE(5));
}

static void mmfr2_hides_nested_virtualization(void **s)
{
	(void)s;
	hides(7, 2, NIBBLE(3) | NIBBLE(6) | NIBBLE(10));
	passes(7, 2, NIBBLE(0) | NIBBLE(1));
}

static void isar_registers_hide_what_el2_would_have_to_enable(void **s)
{
	(void)s;
	hides(6, 0, NIBBLE(6));               /* TME */
	hides(6, 1, NIBBLE(14) | NIBBLE(15)); /* XS, LS64 */
	hides(6, 2, NIBBLE(4));               /* MOPS */
	passes(6, 0, ~NIBBLE(6));
}

static void unallocated_registers_of_the_block_read_zero(void **s)
{
	(void)s;
	vsysreg_init(all_ones);
	const u32 keys[][2] = {{4, 3}, {4, 6}, {4, 7}, {5, 2}, {5, 3},
	                       {5, 6}, {6, 4}, {6, 7}, {7, 5}, {7, 7}};
	for (u32 i = 0; i < ARRAY_COUNT(keys); i++)
		assert_int_equal(read_id(keys[i][0], keys[i][1]), 0);
}

static void access_delivers_what_the_policy_says(void **s)
{
	(void)s;
	vsysreg_init(all_ones);
	for (u32 crm = 1; crm < 8; crm++)
		for (u32 op2 = 0; op2 < 8; op2++)
			assert_int_equal(read_id(crm, op2), vsysreg_id(crm, op2, ~0UL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(every_encoding_is_done_or_undefined_in_both_directions),
		ALONE(no_encoding_is_in_the_table_twice),
		ALONE(key_is_taken_from_the_syndrome_bit_by_bit),
		ALONE(reads_that_are_zero_say_so),
		ALONE(os_lock_is_there_and_open),
		ALONE(physical_counter_reads_the_vms_time),
		ALONE(cycle_counter_and_lor_registers_are_undefined),
		ALONE(machine_without_features_shows_none),
		ALONE(nothing_is_shown_that_the_machine_lacks),
		ALONE(pfr0_hides_what_has_state_we_do_not_switch),
		ALONE(pfr0_caps_csv2_below_scxtnum),
		ALONE(pfr1_hides_mte_and_sme),
		ALONE(sve_and_sme_feature_registers_are_empty),
		ALONE(dfr0_hides_trace_and_performance_monitors),
		ALONE(mmfr0_caps_the_physical_address_range),
		ALONE(mmfr1_hides_virtualization),
		ALONE(mmfr2_hides_nested_virtualization),
		ALONE(isar_registers_hide_what_el2_would_have_to_enable),
		ALONE(unallocated_registers_of_the_block_read_zero),
		ALONE(access_delivers_what_the_policy_says),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
