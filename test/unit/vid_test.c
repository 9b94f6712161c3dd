/* SPDX-License-Identifier: Apache-2.0 */
/* ID registers: guests see what they may, a baseline is the same everywhere, CPUs that differ show what all have. */
#include "machine/feature.h"
#include "world.h"

#define NIBBLE(n) (0xfUL << 4 * (n))

static u64 machine[VID_REGISTERS];
static u64 machine_id(u32 crm, u32 op2) { return machine[crm * 8 + op2]; }
static u64 host(u32 crm, u32 op2, u64 value) { return vid_show(VID_HOST, crm, op2, value); }

static void set_all(u64 value)
{
	for (u32 i = 0; i < VID_REGISTERS; i++)
		machine[i] = value;
}

static u64 random64(void) { return (u64)mrand48() << 32 ^ (u64)mrand48(); }

/* DoubleLock is fixed: absent, which is 15. */
static u64 fixed(u32 crm, u32 op2) { return crm == 5 && op2 == 0 ? NIBBLE(9) : 0; }

static void machine_without_features_shows_none(void **s)
{
	(void)s;
	for (u32 crm = 1; crm < 8; crm++)
		for (u32 op2 = 0; op2 < 8; op2++)
			assert_int_equal(host(crm, op2, 0), fixed(crm, op2));
}

/* Of AArch64's registers: a field is the machine's, its cap, or 0; and the machine's signed fields pass. */
static void nothing_is_shown_that_the_machine_lacks(void **s)
{
	(void)s;
	srand48(5);
	for (u32 i = 0; i < 20000; i++) {
		u32 crm = 1 + (u32)lrand48() % 7, op2 = (u32)lrand48() % 8;
		u64 value = random64(), shown = host(crm, op2, value) & ~fixed(crm, op2);

		for (u32 n = 0; n < 16; n++)
			assert_true((shown >> 4 * n & 15) <= (value >> 4 * n & 15));
	}
}

static void absent_signed_fields_stay_absent(void **s)
{
	(void)s;
	assert_int_equal(host(4, 0, NIBBLE(4) | NIBBLE(5)), NIBBLE(4) | NIBBLE(5)); /* FP, AdvSIMD */
	assert_int_equal(host(7, 0, NIBBLE(6) | NIBBLE(7)), NIBBLE(6) | NIBBLE(7)); /* TGran64, TGran4 */
	assert_int_equal(host(4, 0, 0x110000), 0x110000);
}

static void hides(u32 crm, u32 op2, u64 fields) { assert_int_equal(host(crm, op2, ~0UL) & fields, 0); }

static void passes(u32 crm, u32 op2, u64 fields)
{
	assert_int_equal(host(crm, op2, 0x1111111111111111) & fields, 0x1111111111111111 & fields);
}

static void what_has_state_we_do_not_switch_is_hidden(void **s)
{
	(void)s;
	/* PFR0: EL2, EL3, SEL2, MPAM, AMU, RME */
	hides(4, 0, NIBBLE(2) | NIBBLE(3) | NIBBLE(9) | NIBBLE(10) | NIBBLE(11) | NIBBLE(13));
	hides(4, 1,
	      ~(NIBBLE(0) | NIBBLE(1) | NIBBLE(2) | NIBBLE(10))); /* PFR1: all but BT, SSBS, MTE, MTE_frac */
	/* DFR0: TraceVer, PMSVer, TraceFilt, TraceBuffer, BRBE */
	hides(5, 0, NIBBLE(1) | NIBBLE(8) | NIBBLE(10) | NIBBLE(11) | NIBBLE(13));
	hides(6, 0, NIBBLE(6));                                      /* TME */
	hides(6, 1, NIBBLE(14) | NIBBLE(15));                        /* XS, LS64 */
	hides(6, 2, NIBBLE(4));                                      /* MOPS */
	hides(7, 0, NIBBLE(14) | NIBBLE(15));                        /* FGT, ECV */
	hides(7, 1, NIBBLE(1) | NIBBLE(2) | NIBBLE(4) | NIBBLE(10)); /* VMIDBits, VH, LO, HCX */
	hides(7, 2, NIBBLE(3) | NIBBLE(6) | NIBBLE(10));             /* IESB, NV, FWB */
	hides(7, 3, ~0UL); /* TCRX, SCTLRX, S1PIE, S1POE, D128 ... */
}

static void what_has_none_or_is_switched_passes(void **s)
{
	(void)s;
	passes(4, 0, NIBBLE(0) | NIBBLE(1) | NIBBLE(4) | NIBBLE(5) | NIBBLE(6) | NIBBLE(7) | NIBBLE(12));
	passes(4, 1, NIBBLE(0) | NIBBLE(1) | NIBBLE(2) | NIBBLE(10));
	passes(5, 0, NIBBLE(0) | NIBBLE(3) | NIBBLE(5) | NIBBLE(7));
	passes(6, 0, ~(NIBBLE(0) | NIBBLE(6)));
	passes(6, 1, ~(NIBBLE(14) | NIBBLE(15)));
	passes(7, 1, NIBBLE(0) | NIBBLE(5));
	passes(7, 2, NIBBLE(0) | NIBBLE(1));
}

static void fields_are_capped_where_more_would_need_state(void **s)
{
	(void)s;
	for (u64 value = 0; value < 16; value++) {
		assert_int_equal(host(4, 0, value << 56) >> 56 & 15, value < 1 ? value : 1); /* CSV2 */
		assert_int_equal(host(4, 0, value << 4) >> 4 & 15, value < 1 ? value : 1);   /* EL1 */
		assert_int_equal(host(4, 1, value << 8) >> 8 & 15, value < 3 ? value : 3);   /* MTE */
		assert_int_equal(host(5, 0, value) & 15, value < 8 ? value : 8);             /* DebugVer */
		assert_int_equal(host(5, 0, value << 8) >> 8 & 15, value < 7 ? value : 7);   /* PMUVer */
		assert_int_equal(host(7, 0, value) & 15, value < 2 ? value : 2);             /* PARange */
		assert_int_equal(host(7, 1, value) & 15, value < 2 ? value : 2);             /* HAFDBS */
	}
}

static void unallocated_registers_of_the_block_read_zero(void **s)
{
	const u32 keys[][2] = {{3, 3}, {3, 7}, {4, 3}, {4, 6}, {5, 2}, {5, 3},
	                       {5, 6}, {6, 4}, {6, 7}, {7, 5}, {7, 7}};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(keys); i++)
		for (u32 b = 0; b < VID_BASELINES; b++)
			assert_int_equal(vid_show((enum vid_baseline)b, keys[i][0], keys[i][1], ~0UL), 0);
}

/* --- baselines --- */

static void baseline_is_the_same_on_every_machine(void **s)
{
	u64 first[VID_REGISTERS];

	(void)s;
	srand48(6);
	for (u32 b = VID_ARMV8_0; b < VID_BASELINES; b++) {
		set_all(0);
		vid_init(machine_id);
		memcpy(first, vid_shown((enum vid_baseline)b), sizeof(first));
		for (u32 i = 0; i < VID_REGISTERS; i++)
			machine[i] = random64();
		vid_init(machine_id);
		assert_memory_equal(first, vid_shown((enum vid_baseline)b), sizeof(first));
	}
}

static void baselines_are_what_their_architecture_must_have(void **s)
{
	(void)s;
	assert_int_equal(vid_show(VID_ARMV8_0, 6, 0, ~0UL), 0);
	assert_int_equal(vid_show(VID_ARMV8_2, 6, 0, ~0UL), 0x10210000); /* CRC32, LSE, RDM */
	assert_int_equal(vid_show(VID_ARMV8_0, 4, 0, ~0UL), 0x01000011);
	assert_int_equal(vid_show(VID_ARMV8_2, 7, 1, ~0UL), 0x00201000); /* HPD, PAN2 */
	assert_int_equal(vid_show(VID_ARMV8_2, 7, 2, ~0UL), 0x00000011); /* CnP, UAO */
	assert_int_equal(vid_show(VID_ARMV8_2, 6, 1, ~0UL), 0x00000001); /* DC CVAP */
}

/* A machine that shows exactly a baseline can give it, and with any one field less it cannot. */
static void machine_that_lacks_a_field_is_told_which(void **s)
{
	struct vid_lack lack;

	(void)s;
	for (u32 i = 8; i < VID_REGISTERS; i++)
		machine[i] = vid_show(VID_ARMV8_2, i / 8, i % 8, 0);
	vid_init(machine_id);
	assert_false(vid_lacks(VID_HOST, &lack));
	assert_false(vid_lacks(VID_ARMV8_0, &lack));
	assert_false(vid_lacks(VID_ARMV8_2, &lack));
	machine[6 * 8] -= 0x100000;
	assert_false(vid_lacks(VID_ARMV8_0, &lack));
	assert_true(vid_lacks(VID_ARMV8_2, &lack));
	assert_string_equal(lack.register_name, "ID_AA64ISAR0_EL1");
	assert_string_equal(lack.field_name, "Atomic");
	assert_int_equal(lack.has, 1);
	assert_int_equal(lack.wants, 2);
	machine[4 * 8] |= NIBBLE(4); /* no FP */
	assert_true(vid_lacks(VID_ARMV8_0, &lack));
	assert_string_equal(lack.field_name, "FP");
}

static void vm_reads_its_own_baseline(void **s)
{
	(void)s;
	set_all(0x1111111111111111);
	fake_id_register(4, 0, machine[4 * 8]); /* the CPUs switch what is shown */
	vid_init(machine_id);
	struct vm_description *d = world_describe(1);

	d->cpu = VID_ARMV8_0;
	assert_int_equal(world_create(d, 0), OK);
	assert_int_equal(world_create(world_describe(1), 1), OK);
	struct vm *plain = vm_of(1), *whole = vm_of(2);
	for (u32 at = 8; at < VID_REGISTERS; at++) {
		struct access a = {.offset = VSYSREG_KEY(3, 0, 0, at / 8, at % 8), .size = 8};

		assert_int_equal(vsysreg_access(plain->vcpus[0], &a), DONE);
		assert_int_equal(a.value, vid_show(VID_ARMV8_0, at / 8, at % 8, 0));
		assert_int_equal(vsysreg_access(whole->vcpus[0], &a), DONE);
		assert_int_equal(a.value, host(at / 8, at % 8, 0x1111111111111111));
	}
}

/* What has a trap is not only hidden. */
static void pointer_authentication_is_trapped_where_it_is_not_shown(void **s)
{
	(void)s;
	set_all(0x1111111111111111);
	fake_id_register(4, 0, machine[4 * 8]); /* the CPUs switch what is shown */
	fake_id_register(6, 1, machine[6 * 8 + 1]);
	vid_init(machine_id);
	assert_true(vid_has_pauth(vid_shown(VID_HOST)));
	assert_false(vid_has_pauth(vid_shown(VID_ARMV8_0)));
	assert_false(vid_has_pauth(vid_shown(VID_ARMV8_2)));
	struct vm_description *d = world_describe(1);

	d->cpu = VID_ARMV8_2;
	assert_int_equal(world_create(d, 0), OK);
	assert_int_equal(world_create(world_describe(1), 1), OK);
	for (u32 i = 0; i < 2; i++) {
		on_cpu(i);
		vcpu_load(vm_of(i + 1)->vcpus[0]);
		assert_int_equal(fake_sysreg_read("hcr_el2"), i ? HCR_API | HCR_APK : 0);
	}
}

/* A baseline hides tags and traps them; a machine whose memory has none shows instructions at most, and traps nothing. */
static void memory_tags_are_given_where_they_are_shown_and_there(void **s)
{
	struct access a = {.offset = VSYSREG_KEY(3, 1, 0, 0, 4), .size = 8}; /* GMID_EL1 */

	(void)s;
	set_all(0x2222222222222222);
	fake_id_register(4, 0, machine[4 * 8]); /* the CPUs switch what is shown */
	fake_id_register(4, 1, machine[4 * 8 + 1]);
	vid_init(machine_id);
	struct vm_description *d = world_describe(1);

	d->cpu = VID_ARMV8_2;
	assert_int_equal(world_create(d, 0), OK);
	assert_int_equal(world_create(world_describe(1), 1), OK);
	for (u32 i = 0; i < 2; i++) {
		struct vcpu *its = vm_of(i + 1)->vcpus[0];

		on_cpu(i);
		vcpu_load(its);
		assert_int_equal(fake_sysreg_read("hcr_el2") & HCR_ATA, i ? HCR_ATA : 0);
		assert_int_equal(vsysreg_access(its, &a), i ? DONE : UNDEF);
		vcpu_unload(its);
		assert_int_equal(fake_sysreg_read("hcr_el2") & HCR_ATA, 0);
	}
	assert_int_equal(a.value, FAKE_GMID);
	assert_false(vid_has_mte(vid_shown(VID_ARMV8_0)));
	machine[4 * 8 + 1] = 1 << 8;
	vid_init(machine_id);
	assert_false(vid_has_mte(vid_shown(VID_HOST)));
}

/* --- SVE --- */

static void sve_is_given_and_switched_where_it_is_shown(void **s)
{
	(void)s;
	fake_id_register(4, 0, 0x0000000100000011);
	vid_init(cpu_id_register);
	struct vm_description *plain = world_describe(1);

	plain->cpu = VID_ARMV8_0;
	assert_int_equal(world_create(plain, 0), OK);
	assert_int_equal(world_create(world_describe(1), 1), OK);
	struct vcpu *without = vm_of(1)->vcpus[0], *with = vm_of(2)->vcpus[0];

	assert_null(without->vectors);
	assert_non_null(with->vectors);
	on_cpu(0);
	vcpu_load(without);
	assert_false(cpu_gives_sve());
	on_cpu(1);
	memset(fake_vectors[1], 0x5a, FAKE_VECTORS_SIZE); /* another's */
	vcpu_reset(with, WORLD_LOAD, 0);
	vcpu_load(with);
	assert_true(cpu_gives_sve());
	for (u32 i = 0; i < FAKE_VECTORS_SIZE; i++)
		assert_int_equal(fake_vectors[1][i], 0);
	memset(fake_vectors[1], 0xa5, FAKE_VECTORS_SIZE);
	vcpu_write(with, CONTEXT_zcr_el1, 3);
	vcpu_unload(with);
	memset(fake_vectors[1], 0, FAKE_VECTORS_SIZE);
	vcpu_load(with);
	for (u32 i = 0; i < FAKE_VECTORS_SIZE; i++)
		assert_int_equal(fake_vectors[1][i], 0xa5);
	assert_int_equal(vcpu_read(with, CONTEXT_zcr_el1), 3);
	vcpu_unload(with);
	vcpu_reset(with, WORLD_LOAD, 0);
	vcpu_load(with);
	for (u32 i = 0; i < FAKE_VECTORS_SIZE; i++)
		assert_int_equal(fake_vectors[1][i], 0);
}

static void longest_vector_is_the_one_below_which_all_cpus_agree(void **s)
{
	(void)s;
	assert_int_equal(feature_quadwords(0, 0), 0);
	assert_int_equal(feature_quadwords(0xffff, 0xffff), 16);
	assert_int_equal(feature_quadwords(0x0003, 0x0003), 2);
	assert_int_equal(feature_quadwords(0x808b, 0x808b), 16);
	assert_int_equal(feature_quadwords(0x000b, 0x808b), 4); /* one has 8 and 16, too */
	assert_int_equal(feature_quadwords(0x0089, 0x008b), 1); /* one lacks 2 */
	assert_int_equal(feature_quadwords(0, 0xffff), 0);      /* one has no SVE */
	assert_int_equal(feature_quadwords(0x0008, 0x0009), 0); /* one lacks the shortest */
}

/* --- CPUs that differ --- */

static void common_field_is_the_lesser(void **s)
{
	const u32 isar0 = FEATURE_AT(6, 0), pfr0 = FEATURE_AT(4, 0), smfr0 = FEATURE_AT(4, 5);

	(void)s;
	assert_int_equal(feature_common(isar0, 0x1021000000200120, 0x0031001000100210), 0x0021000000100110);
	assert_int_equal(feature_common(pfr0, 0x00ff0000, 0x00010000),
	                 0x00ff0000); /* no FP is less than FP */
	assert_int_equal(feature_common(pfr0, 0x00110000, 0x00010000), 0x00010000);
	assert_int_equal(feature_common(FEATURE_AT(5, 0), 0, 0xf000000000), 0xf000000000); /* DoubleLock */
	assert_int_equal(feature_common(FEATURE_AT(7, 0), 0xf0000000, 0x10000000), 0xf0000000); /* TGran4 */
	assert_int_equal(feature_common(smfr0, 0x7, 0x9), 0x1);
}

static void common_register_does_not_depend_on_the_order(void **s)
{
	(void)s;
	srand48(7);
	for (u32 i = 0; i < 20000; i++) {
		u32 at = 8 + (u32)lrand48() % 56;
		u64 a = random64(), b = random64(), c = random64();

		assert_int_equal(feature_common(at, a, b), feature_common(at, b, a));
		assert_int_equal(feature_common(at, a, a), a);
		assert_int_equal(feature_common(at, feature_common(at, a, b), c),
		                 feature_common(at, a, feature_common(at, b, c)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(machine_without_features_shows_none),
		ALONE(nothing_is_shown_that_the_machine_lacks),
		ALONE(absent_signed_fields_stay_absent),
		ALONE(what_has_state_we_do_not_switch_is_hidden),
		ALONE(what_has_none_or_is_switched_passes),
		ALONE(fields_are_capped_where_more_would_need_state),
		ALONE(unallocated_registers_of_the_block_read_zero),
		ALONE(baseline_is_the_same_on_every_machine),
		ALONE(baselines_are_what_their_architecture_must_have),
		ALONE(machine_that_lacks_a_field_is_told_which),
		ALONE(vm_reads_its_own_baseline),
		ALONE(pointer_authentication_is_trapped_where_it_is_not_shown),
		ALONE(memory_tags_are_given_where_they_are_shown_and_there),
		ALONE(sve_is_given_and_switched_where_it_is_shown),
		ALONE(longest_vector_is_the_one_below_which_all_cpus_agree),
		ALONE(common_field_is_the_lesser),
		ALONE(common_register_does_not_depend_on_the_order),
	};

	alone_start = world_power_on;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
