/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest asks of its power: every call, its errors, and what it changes. */
#include "virtual/vsmccc.h"
#include "world.h"

#define NOT_SUPPORTED -1UL
#define INVALID       -2UL
#define DENIED_CODE   -3UL
#define BAD_ADDRESS   -9UL
#define UPPER         0xdeadbeef00000000UL /* what a 32-bit call leaves in the upper half */

static struct vm *vm;
static struct vcpu *v, *w;

static void start(void)
{
	world_power_on();
	vm = world_vm(3);
	v = vm->vcpus[0];
	w = vm->vcpus[1];
	on_cpu(0);
}

static u64 call(u64 function, u64 x1, u64 x2, u64 x3)
{
	v->regs.x[0] = function;
	v->regs.x[1] = x1;
	v->regs.x[2] = x2;
	v->regs.x[3] = x3;
	vsmccc_call(v);
	return v->regs.x[0];
}

static void version_is_1_1(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000000, 0, 0, 0), 0x10001);
}

static void migration_is_not_needed(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000006, 0, 0, 0), 2);
}

static void function_id_is_32_bits_wide(void **s)
{
	(void)s;
	assert_int_equal(call(UPPER | 0x84000000, 0, 0, 0), 0x10001);
}

static void mandatory_calls_of_psci_1_1_are_there(void **s)
{
	const u32 mandatory[] = {0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003, 0xc4000003,
	                         0x84000004, 0xc4000004, 0x84000008, 0x84000009, 0x8400000a};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(mandatory); i++)
		assert_int_equal(call(0x8400000a, mandatory[i], 0, 0), 0);
}

/* --- CPU_ON --- */

static void cpu_on_hands_over_entry_and_argument(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000003, 1, WORLD_LOAD, 0x123456789abcdef), 0);
	assert_int_equal(w->power, VCPU_STARTING);
	assert_int_equal(w->entry, WORLD_LOAD);
	assert_int_equal(w->argument, 0x123456789abcdef);
}

static void narrow_cpu_on_uses_the_lower_halves(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000003, UPPER | 1, UPPER | WORLD_LOAD, UPPER | 7), 0);
	assert_int_equal(w->entry, WORLD_LOAD);
	assert_int_equal(w->argument, 7);
}

static void wide_cpu_on_uses_all_of_the_target(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000003, UPPER | 1, WORLD_LOAD, 0), INVALID);
	assert_int_equal(call(0xc4000003, 1UL << 31 | 1, WORLD_LOAD, 0),
	                 INVALID); /* RES1 of MPIDR is no affinity */
	assert_int_equal(w->power, VCPU_OFF);
}

static void cpu_on_of_no_cpu_is_invalid(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000003, 3, WORLD_LOAD, 0), INVALID);
	assert_int_equal(call(0xc4000003, 0x100, WORLD_LOAD, 0), INVALID);
	assert_int_equal(call(0xc4000003, 1UL << 32, WORLD_LOAD, 0), INVALID);
}

static void cpu_on_outside_memory_is_an_invalid_address(void **s)
{
	const u64 bad[] = {0,    VM_RAM_BASE - 4, VM_RAM_BASE + 4 * MIB, VUART_BASE, WORLD_LOAD + 2,
	                   ~3UL, 1UL << 40};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(bad); i++)
		assert_int_equal(call(0xc4000003, 1, bad[i], 0), BAD_ADDRESS);
	assert_int_equal(w->power, VCPU_OFF);
	assert_int_equal(call(0xc4000003, 1, VM_RAM_BASE + 4 * MIB - 4, 0), 0);
}

static void cpu_on_while_the_vm_ends_is_denied(void **s)
{
	(void)s;
	life_end(vm, END_OFF);
	assert_int_equal(call(0xc4000003, 1, WORLD_LOAD, 0), -3UL);
	assert_int_equal(w->power, VCPU_OFF);
}

/* --- suspend --- */

static void suspend_of_other_levels_is_invalid(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000001, 1 << 24 | 1 << 16, WORLD_LOAD, 0), INVALID);
	assert_int_equal(call(0xc4000001, 1 << 25, 0, 0), INVALID);
	assert_false(v->sleeping);
}

static void power_down_keeps_where_it_comes_back(void **s)
{
	(void)s;
	v->regs.x[0] = 0xc4000001;
	v->regs.x[1] = UPPER | 1 << 16;
	v->regs.x[2] = WORLD_LOAD + 8;
	v->regs.x[3] = 0x123456789abcdef;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_true(v->sleeping && v->powered_down);
	vcpu_wake(v);
	assert_int_equal(v->regs.pc, WORLD_LOAD + 8);
	assert_int_equal(v->regs.x[0], 0x123456789abcdef);
	assert_int_equal(v->regs.x[2], 0);
	assert_false(v->sleeping || v->powered_down);
}

static void power_down_to_a_bad_entry_is_an_invalid_address(void **s)
{
	const u64 bad[] = {0, VM_RAM_BASE - 4, VM_RAM_BASE + 4 * MIB, VUART_BASE, WORLD_LOAD + 2, ~3UL};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(bad); i++) {
		assert_int_equal(call(0xc4000001, 1 << 16, bad[i], 0), BAD_ADDRESS);
		assert_int_equal(call(0xc400000e, bad[i], 0, 0), BAD_ADDRESS);
	}
	assert_false(v->sleeping);
}

static void system_suspend_is_denied_unless_all_others_are_off(void **s)
{
	(void)s;
	w->power = VCPU_STARTING;
	assert_int_equal(call(0xc400000e, WORLD_LOAD, 5, 0), DENIED_CODE);
	w->power = VCPU_ON;
	assert_int_equal(call(0x8400000e, WORLD_LOAD, 5, 0), DENIED_CODE);
	assert_false(v->sleeping);
	w->power = VCPU_OFF;
	v->regs.x[0] = 0x8400000e;
	v->regs.x[1] = UPPER | WORLD_LOAD;
	v->regs.x[2] = UPPER | 5;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_true(v->sleeping && v->powered_down);
	assert_int_equal(v->entry, WORLD_LOAD);
	assert_int_equal(v->argument, 5);
}

/* --- the others --- */

static void features_know_what_psci_answers(void **s)
{
	const u32 refused[] = {0x84000005, 0xc4000005, 0x84000007, 0x8400000b, 0x8400000c, 0x8400000d,
	                       0x8400000f, 0x84000010, 0x84000011, 0x84000015, 0xc4000002, 0xc4000008,
	                       0x8400001f, 0x80000001, 0x84000050, 0x84010000, 0x86000000};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(refused); i++)
		assert_int_equal(call(0x8400000a, refused[i], 0, 0), NOT_SUPPORTED);
	assert_int_equal(call(0x8400000a, 0x80000000, 0, 0), 0);
	assert_int_equal(call(0x8400000a, UPPER | 0xc4000012, 0, 0), 0);
}

static void reset2_knows_the_warm_reset_alone(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000012, 1, 0, 0), INVALID);
	assert_int_equal(call(0xc4000012, 1UL << 31, 0, 0), INVALID);
	assert_int_equal(vm->state, VM_RUNNING);
	v->regs.x[0] = 0xc4000012;
	v->regs.x[1] = UPPER;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_int_equal(vm->state, VM_ENDING);
	assert_int_equal(vm->end, END_RESET);
}

static void mem_protect_answers_the_setting_before(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000013, 1, 0, 0), 0);
	assert_int_equal(call(0x84000013, 2, 0, 0), INVALID);
	assert_int_equal(call(0x84000013, UPPER | 1, 0, 0), 1);
	assert_int_equal(call(0x84000013, 0, 0, 0), 1);
	assert_int_equal(call(0x84000013, 0, 0, 0), 0);
}

static void mem_protect_covers_the_memory_and_nothing_else(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000014, VM_RAM_BASE, 4 * MIB, 0), 0);
	assert_int_equal(call(0x84000014, UPPER | (VM_RAM_BASE + 4 * MIB - 1), UPPER | 1, 0), 0);
	assert_int_equal(call(0xc4000014, VM_RAM_BASE, 4 * MIB + 1, 0), DENIED_CODE);
	assert_int_equal(call(0xc4000014, VM_RAM_BASE + 1, 4 * MIB, 0), DENIED_CODE);
	assert_int_equal(call(0xc4000014, VM_RAM_BASE + 16, ~0UL - VM_RAM_BASE, 0), DENIED_CODE);
	assert_int_equal(call(0xc4000014, VM_RAM_BASE, 0, 0), DENIED_CODE);
	assert_int_equal(call(0xc4000014, VM_RAM_BASE - 1, 2, 0), DENIED_CODE);
	assert_int_equal(call(0xc4000014, VUART_BASE, 0x1000, 0), DENIED_CODE);
}

static void affinity_info_follows_the_power_state(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000004, 0, 0, 0), 0);
	assert_int_equal(call(0xc4000004, 1, 0, 0), 1);
	call(0xc4000003, 1, WORLD_LOAD, 0);
	assert_int_equal(call(0xc4000004, 1, 0, 0), 2);
	assert_int_equal(call(0x84000004, UPPER | 1, UPPER, 0), 2);
}

static void affinity_info_of_clusters_or_nobody_is_invalid(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000004, 0, 1, 0), INVALID);
	assert_int_equal(call(0xc4000004, 9, 0, 0), INVALID);
	assert_int_equal(call(0xc4000004, 0, 1UL << 32, 0), INVALID);
}

static void suspend_with_reserved_bits_is_invalid(void **s)
{
	(void)s;
	assert_int_equal(call(0xc4000001, 1 << 17, 0, 0), INVALID);
	assert_int_equal(call(0xc4000001, 1UL << 31, 0, 0), INVALID);
	assert_int_equal(call(0x84000001, UPPER | 1 << 26, 0, 0), INVALID);
	assert_false(v->sleeping);
}

static void suspend_sleeps_in_a_standby_state(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000001;
	v->regs.x[1] = UPPER;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_true(v->sleeping);
}

static void off_and_reset_end_the_vm_with_their_reason(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000009;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_int_equal(vm->state, VM_ENDING);
	assert_int_equal(vm->end, END_RESET);
	v->regs.x[0] = 0x84000008;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_int_equal(vm->end, END_RESET); /* the first reason stays */
}

static void cpu_off_turns_the_caller_off(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000002;
	assert_int_equal(vsmccc_call(v), WAIT);
	assert_int_equal(v->power, VCPU_OFF);
	assert_false(v->loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(version_is_1_1),
		ALONE(migration_is_not_needed),
		ALONE(function_id_is_32_bits_wide),
		ALONE(mandatory_calls_of_psci_1_1_are_there),
		ALONE(cpu_on_hands_over_entry_and_argument),
		ALONE(narrow_cpu_on_uses_the_lower_halves),
		ALONE(wide_cpu_on_uses_all_of_the_target),
		ALONE(cpu_on_of_no_cpu_is_invalid),
		ALONE(cpu_on_outside_memory_is_an_invalid_address),
		ALONE(cpu_on_while_the_vm_ends_is_denied),
		ALONE(suspend_of_other_levels_is_invalid),
		ALONE(power_down_keeps_where_it_comes_back),
		ALONE(power_down_to_a_bad_entry_is_an_invalid_address),
		ALONE(system_suspend_is_denied_unless_all_others_are_off),
		ALONE(features_know_what_psci_answers),
		ALONE(reset2_knows_the_warm_reset_alone),
		ALONE(mem_protect_answers_the_setting_before),
		ALONE(mem_protect_covers_the_memory_and_nothing_else),
		ALONE(affinity_info_follows_the_power_state),
		ALONE(affinity_info_of_clusters_or_nobody_is_invalid),
		ALONE(suspend_with_reserved_bits_is_invalid),
		ALONE(suspend_sleeps_in_a_standby_state),
		ALONE(off_and_reset_end_the_vm_with_their_reason),
		ALONE(cpu_off_turns_the_caller_off),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
