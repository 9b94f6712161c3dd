/* SPDX-License-Identifier: Apache-2.0 */
/* The list of EL1 registers: every row is reset, loaded, saved and reached by name; what the CPU lacks is left alone. */
#include "alone.h"
#include "lib/bits.h"
#include "machine/context.h"
#include "machine/sysreg.h"
#include "monitor/vcpu.h"

static struct context c;

/* As if CNTPOFF_EL2, SVE, pointer authentication and memory tags were there, so that all rows are. */
static void start(void)
{
	fake_id_register(7, 0, 2UL << 60);
	fake_id_register(6, 1, 1UL << 4);
	fake_id_register(4, 0, 1UL << 28 | 1UL << 32);
	fake_id_register(4, 1, 2UL << 8);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		context_write_saved(&c, i, 0x1000000000000000 + i);
}

static bool is_timer_control(u32 i) { return i == CONTEXT_cntv_ctl_el0 || i == CONTEXT_cntp_ctl_el0; }

static void names_are_those_of_the_rows(void **s)
{
	(void)s;
	assert_string_equal(context_name(CONTEXT_sp_el0), "sp_el0");
	assert_string_equal(context_name(CONTEXT_sctlr_el1), "sctlr_el1");
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(context_name(i), context_name(j));
}

static void reset_leaves_zero_but_for_the_system_control(void **s)
{
	(void)s;
	c.breakpoint_control[3] = 7;
	context_reset(&c);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		assert_int_equal(context_read_saved(&c, i), i == CONTEXT_sctlr_el1 ? 0x30d00980 : 0);
	assert_int_equal(c.breakpoint_control[3], 0);
}

static void saved_registers_are_the_fields_of_their_name(void **s)
{
	(void)s;
	assert_int_equal(c.sp_el0, context_read_saved(&c, CONTEXT_sp_el0));
	assert_int_equal(c.ttbr1_el1, 0x1000000000000000 + CONTEXT_ttbr1_el1);
	assert_int_equal(c.sctlr_el1, 0x1000000000000000 + CONTEXT_sctlr_el1);
}

static void load_puts_every_row_into_the_cpu(void **s)
{
	(void)s;
	context_load(&c);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		assert_int_equal(context_read_loaded(i), 0x1000000000000000 + i);
	assert_int_equal(fake_sysreg_read("ttbr0_el1"), c.ttbr0_el1);
}

static void save_brings_every_row_back(void **s)
{
	struct context back;

	(void)s;
	context_load(&c);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		context_write_loaded(i, 0x2000 + i);
	memset(&back, 0xff, sizeof(back));
	context_save(&back);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		assert_int_equal(context_read_saved(&back, i), 0x2000 + i);
}

static void save_turns_the_guests_timers_off(void **s)
{
	(void)s;
	context_load(&c);
	context_save(&c);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		assert_int_equal(context_read_loaded(i), is_timer_control(i) ? 0 : 0x1000000000000000 + i);
	assert_int_equal(c.cntv_ctl_el0, 0x1000000000000000 + CONTEXT_cntv_ctl_el0);
}

static void two_contexts_do_not_mix(void **s)
{
	static struct context other;

	(void)s;
	context_reset(&other);
	context_load(&c);
	context_save(&c);
	context_load(&other);
	for (u32 i = 0; i < CONTEXT_COUNT; i++)
		assert_int_equal(context_read_loaded(i), i == CONTEXT_sctlr_el1 ? 0x30d00980 : 0);
}

/* --- what the CPU lacks --- */

static bool has_loaded(enum context_register which)
{
	fake_machine_reset();
	context_load(&c);
	return fake_sysreg_read(context_name(which)) != 0;
}

static void physical_timer_is_switched_only_with_its_offset(void **s)
{
	(void)s;
	assert_false(has_loaded(CONTEXT_cntp_cval_el0));
	assert_int_equal(context_read_loaded(CONTEXT_cntp_cval_el0), 0);
	context_write_loaded(CONTEXT_cntp_cval_el0, 5);
	assert_int_equal(fake_sysreg_read("cntp_cval_el0"), 0);
	assert_true(has_loaded(CONTEXT_cntv_cval_el0));
}

static void pointer_authentication_keys_are_switched_only_where_they_are(void **s)
{
	(void)s;
	assert_false(has_loaded(CONTEXT_apiakeylo_el1));
	assert_false(has_loaded(CONTEXT_apgakeyhi_el1));
	assert_true(has_loaded(CONTEXT_tpidr_el1));
}

/* FEAT_FGT's MDCR_EL2.TDCC keeps guests away from the debug communications channel. Without it, it is storage. */
static void debug_channel_is_switched_where_nothing_traps_it(void **s)
{
	static const char *const data[] = {"osdtrrx_el1", "osdtrtx_el1"};
	static struct context one, two;

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(data); i++)
		for (u64 fgt = 0; fgt <= 2; fgt++) {
			context_reset(&one);
			context_reset(&two);
			fake_id_register(7, 0, fgt << 56);
			fake_sysreg_write(data[i], 0x5ec4e7);
			context_save(&one);
			context_load(&two);
			assert_int_equal(fake_sysreg_read(data[i]), fgt ? 0x5ec4e7 : 0);
			fake_sysreg_write(data[i], 0);
			context_load(&one);
			assert_int_equal(fake_sysreg_read(data[i]), fgt ? 0 : 0x5ec4e7);
		}
}

static void tag_registers_are_switched_only_where_memory_has_tags(void **s)
{
	const enum context_register registers[] = {CONTEXT_gcr_el1, CONTEXT_rgsr_el1, CONTEXT_tfsr_el1,
	                                           CONTEXT_tfsre0_el1};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(registers); i++) {
		context_load(&c);
		assert_int_equal(context_read_loaded(registers[i]), 0x1000000000000000 + registers[i]);
		fake_machine_reset();
		fake_id_register(4, 1, 1UL << 8); /* instructions without tags */
		assert_false(context_read_loaded(registers[i]));
		context_load(&c);
		assert_int_equal(fake_sysreg_read(context_name(registers[i])), 0);
		start();
	}
}

static void debug_pairs_are_switched_as_far_as_they_exist(void **s)
{
	(void)s;
	for (u32 i = 0; i < DEBUG_PAIRS; i++) {
		c.breakpoint_value[i] = 0xb0 + i;
		c.watchpoint_control[i] = 0xc0 + i;
	}
	context_load(&c);
	assert_int_equal(fake_sysreg_read("dbgbvr5_el1"), 0xb5); /* the fake CPU has six and four */
	assert_int_equal(fake_sysreg_read("dbgbvr6_el1"), 0);
	assert_int_equal(fake_sysreg_read("dbgwcr3_el1"), 0xc3);
	assert_int_equal(fake_sysreg_read("dbgwcr4_el1"), 0);
	memset(c.breakpoint_value, 0, sizeof(c.breakpoint_value));
	context_save(&c);
	assert_int_equal(c.breakpoint_value[5], 0xb5);
	assert_int_equal(c.breakpoint_value[6], 0);
}

/* --- one accessor for both --- */

static void accessor_reads_and_writes_where_the_vcpu_is(void **s)
{
	static struct vcpu v;

	(void)s;
	vcpu_write(&v, CONTEXT_far_el1, 1);
	v.loaded = true;
	vcpu_write(&v, CONTEXT_far_el1, 2);
	assert_int_equal(vcpu_read(&v, CONTEXT_far_el1), 2);
	assert_int_equal(fake_sysreg_read("far_el1"), 2);
	v.loaded = false;
	assert_int_equal(vcpu_read(&v, CONTEXT_far_el1), 1);
}

static void affinities_of_vcpus_are_different_and_res1(void **s)
{
	(void)s;
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(vcpu_mpidr(i), 0x80000000 | i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(names_are_those_of_the_rows),
		ALONE(reset_leaves_zero_but_for_the_system_control),
		ALONE(saved_registers_are_the_fields_of_their_name),
		ALONE(load_puts_every_row_into_the_cpu),
		ALONE(save_brings_every_row_back),
		ALONE(save_turns_the_guests_timers_off),
		ALONE(two_contexts_do_not_mix),
		ALONE(physical_timer_is_switched_only_with_its_offset),
		ALONE(pointer_authentication_keys_are_switched_only_where_they_are),
		ALONE(debug_channel_is_switched_where_nothing_traps_it),
		ALONE(tag_registers_are_switched_only_where_memory_has_tags),
		ALONE(debug_pairs_are_switched_as_far_as_they_exist),
		ALONE(accessor_reads_and_writes_where_the_vcpu_is),
		ALONE(affinities_of_vcpus_are_different_and_res1),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
