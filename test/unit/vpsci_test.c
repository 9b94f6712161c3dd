/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's firmware: every row of its table, its errors, and that all other ids are NOT_SUPPORTED. */
#include "virtual/vpsci.h"
#include "world.h"

#define NOT_SUPPORTED -1UL
#define INVALID       -2UL
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
	vpsci_call(v);
	return v->regs.x[0];
}

static void version_is_1_1(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000000, 0, 0, 0), 0x10001);
}

static void smccc_version_is_1_1_or_later(void **s)
{
	(void)s;
	assert_true(call(0x80000000, 0, 0, 0) >= 0x10001);
}

static void migration_is_not_needed(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000006, 0, 0, 0), 2);
}

static void smccc_features_know_the_two_discovery_calls(void **s)
{
	(void)s;
	assert_int_equal(call(0x80000001, 0x80000000, 0, 0), 0);
	assert_int_equal(call(0x80000001, 0x80000001, 0, 0), 0);
	for (u64 id = 0x80000002; id < 0x80010000; id++)
		assert_int_equal(call(0x80000001, id, 0, 0), NOT_SUPPORTED);
	assert_int_equal(call(0x80000001, 0xc0000000, 0, 0), NOT_SUPPORTED);
}

static void function_id_is_32_bits_wide(void **s)
{
	(void)s;
	assert_int_equal(call(UPPER | 0x84000000, 0, 0, 0), 0x10001);
}

static void features_knows_exactly_the_table(void **s)
{
	(void)s;
	for (u32 i = 0; i < vpsci_call_count; i++)
		assert_int_equal(call(0x8400000a, vpsci_calls[i].function, 0, 0), 0);
	for (u64 id = 0; id < 0x40; id++)
		for (u64 wide = 0; wide < 2; wide++) {
			u64 function = 0x84000000 | wide << 30 | id;
			bool row = false;

			for (u32 i = 0; i < vpsci_call_count; i++)
				row |= vpsci_calls[i].function == function;
			assert_int_equal(call(0x8400000a, function, 0, 0), row ? 0 : NOT_SUPPORTED);
		}
}

static void table_names_every_call_once(void **s)
{
	(void)s;
	for (u32 i = 0; i < vpsci_call_count; i++) {
		assert_true(vpsci_calls[i].name[0] && vpsci_calls[i].call);
		assert_true(vpsci_calls[i].function >> 31); /* fast calls only */
		for (u32 j = 0; j < i; j++)
			assert_int_not_equal(vpsci_calls[i].function, vpsci_calls[j].function);
	}
}

static void mandatory_calls_of_psci_1_1_are_there(void **s)
{
	const u32 mandatory[] = {0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003, 0xc4000003,
	                         0x84000004, 0xc4000004, 0x84000008, 0x84000009, 0x8400000a};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(mandatory); i++)
		assert_int_equal(call(0x8400000a, mandatory[i], 0, 0), 0);
}

/* A million ids that spread over the whole space, each with all registers watched. */
static void unknown_ids_are_not_supported_and_keep_x1_to_x30(void **s)
{
	struct regs before;

	(void)s;
	for (u32 i = 1; i < 31; i++)
		v->regs.x[i] = i * 0x9e3779b97f4a7c15;
	before = v->regs;
	for (u32 n = 0; n < 1 << 20; n++) {
		u32 function = n * 0x9e3779b1U ^ n >> 3;
		bool row = false;

		for (u32 i = 0; i < vpsci_call_count; i++)
			row |= vpsci_calls[i].function == function;
		if (row)
			continue;
		v->regs.x[0] = function;
		assert_int_equal(vpsci_call(v), DONE);
		assert_int_equal(v->regs.x[0], NOT_SUPPORTED);
		assert_memory_equal(&v->regs.x[1], &before.x[1], sizeof(before) - sizeof(u64));
	}
}

static void calls_of_other_owners_are_not_supported(void **s)
{
	/* CPU, SiP, OEM, standard hypervisor, vendor hypervisor, trusted apps and OS; TRNG; yielding calls. */
	const u64 ids[] = {0x81000000, 0xc2000001, 0x83000000, 0xc5000020, 0x8600ff01, 0xb0000000,
	                   0xbf00ff01, 0x84000050, 0x00000000, 0x04000000, 0x44000003};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(ids); i++)
		assert_int_equal(call(ids[i], 1, 2, 3), NOT_SUPPORTED);
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
	vm_end(vm, VM_OFF);
	assert_int_equal(call(0xc4000003, 1, WORLD_LOAD, 0), -3UL);
	assert_int_equal(w->power, VCPU_OFF);
}

/* --- the others --- */

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
	assert_int_equal(vpsci_call(v), WAIT);
	assert_true(v->sleeping);
}

static void off_and_reset_end_the_vm_with_their_reason(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000009;
	assert_int_equal(vpsci_call(v), WAIT);
	assert_int_equal(vm->state, VM_ENDING);
	assert_int_equal(vm->end, VM_RESET);
	v->regs.x[0] = 0x84000008;
	assert_int_equal(vpsci_call(v), WAIT);
	assert_int_equal(vm->end, VM_RESET); /* the first reason stays */
}

static void cpu_off_turns_the_caller_off(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000002;
	assert_int_equal(vpsci_call(v), WAIT);
	assert_int_equal(v->power, VCPU_OFF);
	assert_false(v->loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(version_is_1_1),
		ALONE(smccc_version_is_1_1_or_later),
		ALONE(migration_is_not_needed),
		ALONE(smccc_features_know_the_two_discovery_calls),
		ALONE(function_id_is_32_bits_wide),
		ALONE(features_knows_exactly_the_table),
		ALONE(table_names_every_call_once),
		ALONE(mandatory_calls_of_psci_1_1_are_there),
		ALONE(unknown_ids_are_not_supported_and_keep_x1_to_x30),
		ALONE(calls_of_other_owners_are_not_supported),
		ALONE(cpu_on_hands_over_entry_and_argument),
		ALONE(narrow_cpu_on_uses_the_lower_halves),
		ALONE(wide_cpu_on_uses_all_of_the_target),
		ALONE(cpu_on_of_no_cpu_is_invalid),
		ALONE(cpu_on_outside_memory_is_an_invalid_address),
		ALONE(cpu_on_while_the_vm_ends_is_denied),
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
