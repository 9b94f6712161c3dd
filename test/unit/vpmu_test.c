/* SPDX-License-Identifier: Apache-2.0 */
/* The PMU: given at its first use, switched with its vCPU and only then; interpreted where it cannot be direct. */
#include "world.h"

#define EL0(crm, op2) VSYSREG_KEY(3, 3, 9, crm, op2)
#define EL1(crm, op2) VSYSREG_KEY(3, 0, 9, crm, op2)
#define COUNTER(n)    VSYSREG_KEY(3, 3, 14, 8 + (n) / 8, (n) % 8)
#define TYPE(n)       VSYSREG_KEY(3, 3, 14, 12 + (n) / 8, (n) % 8)
#define CYCLE_FILTER  TYPE(31)
enum {
	CONTROL = EL0(12, 0),
	ENABLE = EL0(12, 1),
	DISABLE = EL0(12, 2),
	OVERFLOWN_CLEAR = EL0(12, 3),
	INCREMENT = EL0(12, 4),
	SELECT = EL0(12, 5),
	EVENTS = EL0(12, 6),
	CYCLES = EL0(13, 0),
	SELECTED_TYPE = EL0(13, 1),
	SELECTED_COUNTER = EL0(13, 2),
	USER = EL0(14, 0),
	OVERFLOWN_SET = EL0(14, 3),
	INTERRUPT = EL1(14, 1),
	SLOTS = EL1(14, 6),
};
#define BIT31    BIT(31)
#define NSH      BIT(27)
#define M        BIT(26)
#define MT       BIT(25)
#define INTID    23
#define TRAPPED  (MDCR_TPM | MDCR_TPMCR)
#define EL1H     0x3c5
#define LOW_HALF 0xffffffffUL

static struct vm *vm;
static struct vcpu *v;

static void start_with(u64 version, u32 counters)
{
	world_pmu(version, counters);
	pmu_set_interrupt(INTID);
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	turn(0);
	write_sysreg(mdcr_el2, TRAPPED);
}

static u64 reads(u32 key)
{
	struct access a = {.offset = key, .size = 8};

	assert_int_equal(vsysreg_access(v, &a), DONE);
	return a.value;
}

static enum verdict writes(u32 key, u64 value)
{
	return vsysreg_access(v, &(struct access){.offset = key, .size = 8, .write = true, .value = value});
}

static void set(u32 key, u64 value) { assert_int_equal(writes(key, value), DONE); }

static bool is_trapped(void) { return (read_sysreg(mdcr_el2) & TRAPPED) == TRAPPED; }

/* --- what is given --- */

static void machine_without_a_pmu_gives_none(void **s)
{
	struct access a = {.offset = CONTROL, .size = 8};

	(void)s;
	world_pmu(15, 6); /* not PMUv3 */
	start_with(6, 6); /* another CPU has it */
	assert_int_equal(pmu_counters(), 0);
	assert_int_equal(vsysreg_access(v, &a), UNDEF);
	assert_false(v->pmu.used);
	assert_int_equal(v->vgic.private.hardware & BIT(INTID), 0);
}

static void baseline_has_none(void **s)
{
	struct access a = {.offset = CONTROL, .size = 8};

	(void)s;
	start_with(6, 6);
	struct vm_description *d = world_describe(1);
	d->cpu = VID_ARMV8_2;
	v = world_vm_of(d)->vcpus[0];
	turn(v->cpu);
	assert_int_equal(vsysreg_access(v, &a), UNDEF);
}

static void cpus_that_differ_give_what_all_have_and_trap(void **s)
{
	(void)s;
	write_sysreg(pmceid0_el0, 0x300ff);
	world_pmu(6, 8);
	assert_true(pmu_is_direct());
	write_sysreg(pmceid0_el0, 0x20f0f);
	start_with(6, 6);
	assert_false(pmu_is_direct());
	assert_int_equal(field_get(PMCR_N, reads(CONTROL)), 6);
	assert_int_equal(reads(EVENTS), 0x2000f);
	struct access a = {.offset = COUNTER(6), .size = 8};
	assert_int_equal(vsysreg_access(v, &a), UNDEF);
}

static void threads_of_a_core_are_not_counted(void **s)
{
	u64 own[CPU_ID_REGISTERS] = {[FEATURE_AT(5, 0)] = 6 << 8 | 1UL << 48};

	(void)s;
	write_sysreg(mpidr_el1, BIT(24)); /* MT */
	write_sysreg(pmcr_el0, 6 << 11);
	pmu_probe(own); /* FEAT_MTPMU: MDCR_EL2.MTPME is 0 */
	assert_true(pmu_is_direct());
	world_pmu(6, 6);
	assert_false(pmu_is_direct());
}

static void el2_is_forbidden_to_count_by_what_there_is(void **s)
{
	const struct {
		u32 version;
		u64 controls;
	} cases[] = {{1, 0}, {PMU_V3P1, MDCR_HPMD}, {PMU_V3P4, MDCR_HPMD}, {PMU_V3P5, MDCR_HPMD | MDCR_HCCD}};

	(void)s;
	world_pmu(1, 6);
	for (u32 i = 0; i < ARRAY_COUNT(cases); i++) {
		write_sysreg(mdcr_el2, 0);
		write_sysreg(pmcr_el0, 8 << 11 | PMCR_E);
		pmu_init_cpu(cases[i].version); /* this one has more counters than another */
		assert_int_equal(read_sysreg(mdcr_el2), cases[i].controls | TRAPPED | 6);
		assert_int_equal(read_sysreg(pmcr_el0) & PMCR_E, 0);
	}
}

/* --- direct --- */

static void first_use_gives_the_registers_empty(void **s)
{
	(void)s;
	start_with(6, 6);
	write_sysreg(pmevcntr3_el0, 0x5ec7e7);
	write_sysreg(pmccntr_el0, 0x5ec7e7);
	write_sysreg(pmuserenr_el0, 15);
	vcpu_unload(v);
	vcpu_load(v);
	assert_int_equal(read_sysreg(pmevcntr3_el0), 0x5ec7e7); /* one that does not use it pays nothing */
	assert_true(is_trapped());
	assert_int_equal(writes(CONTROL, 1), AGAIN);
	assert_false(is_trapped());
	assert_int_equal(read_sysreg(pmevcntr3_el0), 0);
	assert_int_equal(read_sysreg(pmccntr_el0), 0);
	assert_int_equal(read_sysreg(pmuserenr_el0), 0);
	assert_int_equal(read_sysreg(pmcr_el0), 0); /* the instruction is executed again */
}

static void direct_registers_are_switched_with_their_vcpu(void **s)
{
	(void)s;
	start_with(6, 6);
	writes(CONTROL, 1);
	write_sysreg(pmevtyper5_el0, NSH | 8);
	write_sysreg(pmevcntr5_el0, 1234);
	write_sysreg(pmcr_el0, 0x41013000 | PMCR_E | PMCR_LP);
	write_sysreg(pmuserenr_el0, 5);
	write_sysreg(pmcntenset_el0, BIT31 | BIT(5));
	vcpu_unload(v);
	assert_true(is_trapped());
	assert_int_equal(read_sysreg(pmcr_el0), 0);
	assert_int_equal(read_sysreg(pmuserenr_el0), 0);
	assert_int_equal(read_sysreg(pmcntenclr_el0), LOW_HALF);
	write_sysreg(pmevcntr5_el0, 0);
	write_sysreg(pmevtyper5_el0, 0);
	write_sysreg(pmcntenset_el0, 0);
	vcpu_load(v);
	assert_false(is_trapped());
	assert_int_equal(read_sysreg(pmevcntr5_el0), 1234);
	assert_int_equal(read_sysreg(pmevtyper5_el0), NSH | 8);
	assert_int_equal(read_sysreg(pmcr_el0), PMCR_E | PMCR_LP);
	assert_int_equal(read_sysreg(pmuserenr_el0), 5);
	assert_int_equal(read_sysreg(pmcntenset_el0), BIT31 | BIT(5));
}

static void reset_takes_it_away(void **s)
{
	(void)s;
	start_with(6, 6);
	writes(CONTROL, 1);
	write_sysreg(pmevcntr0_el0, 99);
	vcpu_unload(v);
	vcpu_reset(v, WORLD_LOAD, 0);
	vcpu_load(v);
	assert_false(v->pmu.used);
	assert_true(is_trapped());
	writes(CONTROL, 1);
	assert_int_equal(read_sysreg(pmevcntr0_el0), 0);
}

/* --- interpreted --- */

static void filters_that_are_loaded_name_el0_and_el1_only(void **s)
{
	(void)s;
	start_with(4, 6);
	for (u32 bits = 0; bits < 64; bits++) {
		u64 flags = (u64)bits << 26 | (u64)(bits & 1) << 25,
		    seen = flags & (PMU_NOT_EL1 | PMU_NOT_EL0);
		u64 loaded = seen | (seen & PMU_NOT_EL1 ? 0 : M); /* EL3 is counted where M equals P */

		set(TYPE(2), flags | 0x11);
		set(CYCLE_FILTER, flags);
		assert_int_equal(reads(TYPE(2)), seen | 0x11);
		assert_int_equal(reads(CYCLE_FILTER), seen);
		assert_int_equal(read_sysreg(pmevtyper2_el0), loaded | 0x11);
		assert_int_equal(read_sysreg(pmccfiltr_el0), loaded);
	}
	assert_true(is_trapped());
}

static void every_register_keeps_its_bits(void **s)
{
	(void)s;
	start_with(1, 6);
	set(CONTROL, ~0UL & ~(PMCR_P | PMCR_C));
	assert_int_equal(reads(CONTROL), 6 << 11 | 0x79);
	set(ENABLE, ~0UL);
	assert_int_equal(reads(ENABLE), BIT31 | 0x3f);
	set(DISABLE, BIT31 | 6);
	assert_int_equal(reads(DISABLE), 0x39);
	set(INTERRUPT, 0x41);
	assert_int_equal(reads(INTERRUPT), 1);
	set(OVERFLOWN_SET, 0xff);
	set(OVERFLOWN_CLEAR, 1);
	assert_int_equal(reads(OVERFLOWN_SET), 0x3e);
	set(USER, ~0UL);
	assert_int_equal(reads(USER), 15);
	set(CYCLES, ~0UL);
	assert_int_equal(reads(CYCLES), ~0UL);
	set(COUNTER(5), ~0UL);
	assert_int_equal(reads(COUNTER(5)), LOW_HALF);
	set(TYPE(5), 0xffff);
	assert_int_equal(reads(TYPE(5)), 0x3ff);
	set(CONTROL, PMCR_P | PMCR_C);
	assert_int_equal(reads(CYCLES) | reads(COUNTER(5)), 0);
	struct access a = {.offset = SLOTS, .size = 8};
	assert_int_equal(vsysreg_access(v, &a), UNDEF);
}

static void selected_register_is_the_one_of_that_number(void **s)
{
	(void)s;
	start_with(4, 6);
	for (u32 n = 0; n < 6; n++) {
		set(SELECT, n);
		set(SELECTED_TYPE, 0x100 + n);
		set(SELECTED_COUNTER, 0x200 + n);
		assert_int_equal(reads(TYPE(n)), 0x100 + n);
		assert_int_equal(reads(COUNTER(n)), 0x200 + n);
	}
	set(SELECT, 31);
	set(SELECTED_TYPE, ~0UL);
	assert_int_equal(reads(CYCLE_FILTER), PMU_NOT_EL1 | PMU_NOT_EL0);
	for (u32 n = 6; n < 31; n++) {
		set(SELECT, n);
		set(SELECTED_TYPE, ~0UL);
		set(SELECTED_COUNTER, ~0UL);
		assert_int_equal(reads(SELECTED_TYPE) | reads(SELECTED_COUNTER), 0);
		assert_int_equal(writes(COUNTER(n), 1), UNDEF);
		assert_int_equal(writes(TYPE(n), 1), UNDEF);
	}
}

static void what_the_counters_counted_is_read(void **s)
{
	(void)s;
	start_with(4, 6);
	set(CONTROL, PMCR_E);
	write_sysreg(pmevcntr1_el0, 4711);
	write_sysreg(pmccntr_el0, 4712);
	write_sysreg(pmovsset_el0, 2);
	assert_int_equal(reads(COUNTER(1)), 4711);
	assert_int_equal(reads(CYCLES), 4712);
	assert_int_equal(reads(OVERFLOWN_SET), 2);
	vcpu_unload(v);
	assert_int_equal(v->pmu.state.counter[1], 4711);
	assert_int_equal(read_sysreg(pmcr_el0), 0);
}

static void half_a_cycle_counter_is_written_by_aarch32(void **s)
{
	struct access a = {.offset = CYCLES, .size = 4, .write = true, .value = 0x89abcdef};

	(void)s;
	start_with(4, 6);
	set(CYCLES, 0x1234567800000000);
	assert_int_equal(vsysreg_access_el0(v, &a), DONE);
	assert_int_equal(reads(CYCLES), 0x1234567889abcdef);
}

static void software_counts_where_the_filter_lets_it(void **s)
{
	(void)s;
	start_with(4, 6);
	v->regs.pstate = EL1H;
	set(ENABLE, 0x1f);
	set(TYPE(1), PMU_NOT_EL1);
	set(TYPE(2), PMU_NOT_EL0);
	set(TYPE(3), 0x11); /* another event */
	set(INCREMENT, 0x3f);
	assert_int_equal(reads(COUNTER(0)), 0); /* E is 0 */
	set(CONTROL, PMCR_E);
	set(INCREMENT, 0x2f);
	v->regs.pstate = 0; /* EL0 */
	set(INCREMENT, 0x2f);
	v->regs.pstate = 0x10; /* of AArch32 */
	set(INCREMENT, 0x2f);
	const u64 want[] = {3, 2, 1, 0, 0, 0};
	for (u32 n = 0; n < 6; n++)
		assert_int_equal(reads(COUNTER(n)), want[n]);
}

static void software_count_overflows_into_a_chain(void **s)
{
	(void)s;
	start_with(4, 6);
	v->regs.pstate = EL1H;
	set(ENABLE, 7);
	set(TYPE(1), 0x1e);
	set(TYPE(2), 0x1e); /* an even one continues nothing */
	set(COUNTER(0), LOW_HALF);
	set(COUNTER(1), LOW_HALF);
	set(CONTROL, PMCR_E);
	set(INCREMENT, 1);
	for (u32 n = 0; n < 3; n++)
		assert_int_equal(reads(COUNTER(n)), 0);
	assert_int_equal(reads(OVERFLOWN_SET), 3);
	set(INCREMENT, 1);
	assert_int_equal(reads(COUNTER(0)), 1);
	assert_int_equal(reads(COUNTER(1)), 0);
}

/* --- the interrupt --- */

static void overflow_reaches_the_guest_that_counts(void **s)
{
	(void)s;
	start_with(6, 6);
	fake_gic_raise(0, INTID); /* of nobody: it ends */
	turn(0);
	assert_int_equal(fake_gic_last_ended, INTID);
	assert_int_equal(v->vgic.private.line & BIT(INTID), 0);
	writes(CONTROL, 1);
	fake_gic_raise(0, INTID);
	stops(v, EXIT_IRQ, (struct exit){0});
	assert_int_equal(fake_gic_last_dropped, INTID);
	assert_int_equal(v->counters.exits[COUNTER_PMU].count, 1);
	assert_int_equal(v->vgic.private.line & BIT(INTID), BIT(INTID));
}

static void overflow_wakes_a_vcpu_that_sleeps(void **s)
{
	(void)s;
	start_with(6, 6);
	writes(CONTROL, 1);
	v->vgic.private.enabled = v->vgic.private.group1 = BIT(INTID);
	vm->vgic.control = 2;
	vcpu_unload(v);
	v->vgic.saved.vmcr = ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff);
	assert_false(vgic_has_deliverable(v));
	v->pmu.state.control = PMCR_E;
	v->pmu.state.overflown = v->pmu.state.interrupting = 4;
	assert_true(vgic_has_deliverable(v));
	v->pmu.state.control = 0;
	assert_false(vgic_has_deliverable(v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(machine_without_a_pmu_gives_none),
		ALONE(baseline_has_none),
		ALONE(cpus_that_differ_give_what_all_have_and_trap),
		ALONE(threads_of_a_core_are_not_counted),
		ALONE(el2_is_forbidden_to_count_by_what_there_is),
		ALONE(first_use_gives_the_registers_empty),
		ALONE(direct_registers_are_switched_with_their_vcpu),
		ALONE(reset_takes_it_away),
		ALONE(filters_that_are_loaded_name_el0_and_el1_only),
		ALONE(every_register_keeps_its_bits),
		ALONE(selected_register_is_the_one_of_that_number),
		ALONE(what_the_counters_counted_is_read),
		ALONE(half_a_cycle_counter_is_written_by_aarch32),
		ALONE(software_counts_where_the_filter_lets_it),
		ALONE(software_count_overflows_into_a_chain),
		ALONE(overflow_reaches_the_guest_that_counts),
		ALONE(overflow_wakes_a_vcpu_that_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
