/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions made by hand look as the Arm ARM says (D1.3): vectors, syndromes, and the new PSTATE bit by bit. */
#include "alone.h"
#include "lib/bits.h"
#include "monitor/inject.h"

#define VBAR      0xffff800008010800UL
#define PC        0xffff800012345678UL
#define EC(class) ((u64)(class) << 26)
#define IL        BIT(25)
#define EL1H      5UL
#define EL1T      4UL
#define EL0       0UL
#define A32       0x10UL
#define DAIF      0x3c0UL
#define NZCV      FIELD(31, 28)
#define PAN       BIT(22)
#define SSBS      BIT(12)

static struct vcpu v;

static void start(void)
{
	context_reset(&v.context);
	v.context.vbar_el1 = VBAR;
	v.context.sctlr_el1 |= BIT(23); /* SPAN: PAN is left alone */
	v.regs.pc = PC;
	v.regs.pstate = EL1H;
}

static u64 vector_of(u64 pstate)
{
	v.regs.pc = PC;
	v.regs.pstate = pstate;
	inject_undefined(&v, true);
	return v.regs.pc - VBAR;
}

static u64 pstate_after(u64 pstate)
{
	vector_of(pstate);
	return v.regs.pstate;
}

static void vector_is_that_of_the_mode_it_came_from(void **s)
{
	(void)s;
	assert_int_equal(vector_of(EL1T), 0x000);
	assert_int_equal(vector_of(EL1H), 0x200);
	assert_int_equal(vector_of(EL0), 0x400);
	assert_int_equal(vector_of(A32), 0x600);
	assert_int_equal(vector_of(A32 | BIT(5) | NZCV), 0x600); /* T32 */
}

static void vector_wraps_with_the_address_space(void **s)
{
	(void)s;
	v.context.vbar_el1 = -0x800UL + 0x700;
	v.regs.pstate = EL0;
	inject_undefined(&v, true);
	assert_int_equal(v.regs.pc, 0x300);
}

static void return_address_and_state_are_kept(void **s)
{
	(void)s;
	v.regs.pstate = EL0 | NZCV | BIT(6);
	inject_undefined(&v, true);
	assert_int_equal(v.context.elr_el1, PC);
	assert_int_equal(v.context.spsr_el1, EL0 | NZCV | BIT(6));
}

static void undefined_has_no_syndrome_but_its_length(void **s)
{
	(void)s;
	inject_undefined(&v, true);
	assert_int_equal(v.context.esr_el1, IL);
	inject_undefined(&v, false);
	assert_int_equal(v.context.esr_el1, 0);
	assert_int_equal(v.context.far_el1, 0);
}

static void general_registers_stay(void **s)
{
	struct regs before;

	(void)s;
	for (u32 i = 0; i < 31; i++)
		v.regs.x[i] = i * 0x101010101;
	before = v.regs;
	inject_data_abort(&v, 1, BIT(6) | 0x10);
	assert_memory_equal(v.regs.x, before.x, sizeof(before.x));
}

static void data_abort_class_tells_the_level_it_came_from(void **s)
{
	const u64 modes[] = {EL0, A32, EL1T, EL1H};

	(void)s;
	for (u32 i = 0; i < 4; i++) {
		v.regs.pstate = modes[i];
		inject_data_abort(&v, 0xabcdef, 0x10);
		assert_int_equal(v.context.esr_el1, EC(i < 2 ? 0x24 : 0x25) | IL | 0x10);
		assert_int_equal(v.context.far_el1, 0xabcdef);
	}
}

static void fetch_abort_class_tells_the_level_it_came_from(void **s)
{
	const u64 modes[] = {EL0, A32, EL1T, EL1H};

	(void)s;
	for (u32 i = 0; i < 4; i++) {
		v.regs.pstate = modes[i];
		inject_fetch_abort(&v, 0xabcdef, 0x10);
		assert_int_equal(v.context.esr_el1, EC(i < 2 ? 0x20 : 0x21) | IL | 0x10);
		assert_int_equal(v.context.far_el1, 0xabcdef);
	}
}

static void write_and_maintenance_are_told(void **s)
{
	(void)s;
	inject_data_abort(&v, 0, BIT(6) | 0x10);
	assert_int_equal(v.context.esr_el1, EC(0x25) | IL | BIT(6) | 0x10);
	inject_data_abort(&v, 0, BIT(8) | BIT(6) | 0x10);
	assert_int_equal(v.context.esr_el1, EC(0x25) | IL | BIT(8) | BIT(6) | 0x10);
}

static void status_is_told_as_it_is(void **s)
{
	(void)s;
	inject_data_abort(&v, 0, 0x35);
	assert_int_equal(v.context.esr_el1, EC(0x25) | IL | 0x35);
	inject_fetch_abort(&v, 0, 0x17);
	assert_int_equal(v.context.esr_el1, EC(0x21) | IL | 0x17);
}

/* --- the new PSTATE --- */

static void new_mode_is_el1h_with_everything_masked(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL0), EL1H | DAIF);
	assert_int_equal(pstate_after(EL1T | BIT(7)), EL1H | DAIF);
	assert_int_equal(pstate_after(A32 | 0x1e0), EL1H | DAIF);
}

static void flags_are_kept(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL1H | NZCV), EL1H | DAIF | NZCV);
}

static void illegal_state_single_step_and_branch_type_are_cleared(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL1H | BIT(20) | BIT(21) | BIT(10) | BIT(11)), EL1H | DAIF);
}

static void user_access_override_is_cleared(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL1H | BIT(23)), EL1H | DAIF);
}

static void it_and_endianness_of_aarch32_do_not_survive(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(A32 | FIELD(15, 10) | BIT(9) | BIT(26) | FIELD(19, 16) | BIT(27)),
	                 EL1H | DAIF);
}

static void pan_is_kept_while_span_is_set(void **s)
{
	(void)s;
	fake_id_register(7, 1, 1UL << 20);
	assert_int_equal(pstate_after(EL1H), EL1H | DAIF);
	assert_int_equal(pstate_after(EL1H | PAN), EL1H | DAIF | PAN);
}

static void pan_is_set_while_span_is_clear(void **s)
{
	(void)s;
	fake_id_register(7, 1, 1UL << 20);
	v.context.sctlr_el1 &= ~BIT(23);
	assert_int_equal(pstate_after(EL1H), EL1H | DAIF | PAN);
	assert_int_equal(pstate_after(EL0), EL1H | DAIF | PAN);
}

static void cpu_without_pan_never_sets_it(void **s)
{
	(void)s;
	v.context.sctlr_el1 &= ~BIT(23);
	assert_int_equal(pstate_after(EL1H), EL1H | DAIF);
}

static void ssbs_is_what_dssbs_says(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL1H | SSBS), EL1H | DAIF);
	v.context.sctlr_el1 |= BIT(44);
	assert_int_equal(pstate_after(EL1H), EL1H | DAIF | SSBS);
}

static void dit_of_aarch64_is_kept(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL1H | BIT(24)), EL1H | DAIF | BIT(24));
}

static void registers_of_a_loaded_vcpu_are_written_in_the_cpu(void **s)
{
	(void)s;
	v.loaded = true;
	vcpu_write(&v, CONTEXT_vbar_el1, 0x8000);
	inject_data_abort(&v, 0x77, 0x10);
	assert_int_equal(v.regs.pc, 0x8200);
	assert_int_equal(context_read_loaded(CONTEXT_far_el1), 0x77);
	assert_int_equal(context_read_loaded(CONTEXT_elr_el1), PC);
	assert_int_equal(v.context.far_el1, 0);
}

/* --- stuck --- */

static void fresh_vcpu_is_not_stuck(void **s)
{
	(void)s;
	assert_false(inject_is_stuck(&v));
	v.regs.pc = 0;
	assert_false(inject_is_stuck(&v));
}

static void at_the_vector_of_an_injection_it_is_stuck(void **s)
{
	(void)s;
	inject_fetch_abort(&v, PC, 0x10);
	assert_true(inject_is_stuck(&v));
	v.regs.pc += 4;
	assert_false(inject_is_stuck(&v));
}

static void vector_at_address_zero_is_seen_too(void **s)
{
	(void)s;
	v.context.vbar_el1 = 0;
	v.regs.pstate = EL1T;
	inject_fetch_abort(&v, PC, 0x10);
	assert_int_equal(v.regs.pc, 0);
	assert_true(inject_is_stuck(&v));
}

/* Whatever it was, where there is FEAT_MTE, with tags or without (AArch64.TakeException). */
static void tag_checks_are_overridden_where_the_cpu_can_do_them(void **s)
{
	(void)s;
	assert_int_equal(pstate_after(EL1H | BIT(25)), EL1H | DAIF);
	for (u64 mte = 1; mte <= 3; mte++) {
		fake_id_register(4, 1, mte << 8);
		assert_int_equal(pstate_after(EL1H), EL1H | DAIF | BIT(25));
		assert_int_equal(pstate_after(EL0 | BIT(25)), EL1H | DAIF | BIT(25));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(vector_is_that_of_the_mode_it_came_from),
		ALONE(tag_checks_are_overridden_where_the_cpu_can_do_them),
		ALONE(vector_wraps_with_the_address_space),
		ALONE(return_address_and_state_are_kept),
		ALONE(undefined_has_no_syndrome_but_its_length),
		ALONE(general_registers_stay),
		ALONE(data_abort_class_tells_the_level_it_came_from),
		ALONE(fetch_abort_class_tells_the_level_it_came_from),
		ALONE(write_and_maintenance_are_told),
		ALONE(status_is_told_as_it_is),
		ALONE(new_mode_is_el1h_with_everything_masked),
		ALONE(flags_are_kept),
		ALONE(illegal_state_single_step_and_branch_type_are_cleared),
		ALONE(user_access_override_is_cleared),
		ALONE(it_and_endianness_of_aarch32_do_not_survive),
		ALONE(pan_is_kept_while_span_is_set),
		ALONE(pan_is_set_while_span_is_clear),
		ALONE(cpu_without_pan_never_sets_it),
		ALONE(ssbs_is_what_dssbs_says),
		ALONE(dit_of_aarch64_is_kept),
		ALONE(registers_of_a_loaded_vcpu_are_written_in_the_cpu),
		ALONE(fresh_vcpu_is_not_stuck),
		ALONE(at_the_vector_of_an_injection_it_is_stuck),
		ALONE(vector_at_address_zero_is_seen_too),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
