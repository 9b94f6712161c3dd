/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies, their rate limit, the end of everything, and two VMs of which one restarts. */
#include "world.h"

#define CPU_ON       0xc4000003
#define SYSTEM_OFF   0x84000008
#define SYSTEM_RESET 0x84000009
#define RESETS       10000

static struct vm *vm;
static u32 ends;

static void all_ended(void) { ends++; }

static void start(void)
{
	world_power_on();
	life_when_all_ended(all_ended);
}

/* The VM with this policy ends so; whether it runs again. */
static bool runs_again(enum restart_policy policy, enum life_end why)
{
	struct vm_description *d = world_describe(1);

	d->restart = policy;
	vm = world_vm_of(d);
	if (why == END_CRASHED) {
		on_cpu(vm->vcpus[0]->cpu);
		life_fail(vm->vcpus[0], "of this test");
	} else {
		calls(vm->vcpus[0], why == END_OFF ? SYSTEM_OFF : SYSTEM_RESET, 0, 0, 0);
	}
	world_settle();
	assert_true(vm->state == VM_RUNNING || vm->state == VM_ENDED);
	assert_int_equal(ledger_check() == NULL, true);
	return vm->state == VM_RUNNING;
}

static void never_is_never(void **s)
{
	(void)s;
	assert_false(runs_again(RESTART_NEVER, END_OFF));
	assert_false(runs_again(RESTART_NEVER, END_RESET));
	assert_false(runs_again(RESTART_NEVER, END_CRASHED));
}

static void on_reset_is_a_guests_own_reset(void **s)
{
	(void)s;
	assert_false(runs_again(RESTART_ON_RESET, END_OFF));
	assert_true(runs_again(RESTART_ON_RESET, END_RESET));
	assert_false(runs_again(RESTART_ON_RESET, END_CRASHED));
}

static void on_crash_is_also_after_a_fault(void **s)
{
	(void)s;
	assert_false(runs_again(RESTART_ON_CRASH, END_OFF));
	assert_true(runs_again(RESTART_ON_CRASH, END_RESET));
	assert_true(runs_again(RESTART_ON_CRASH, END_CRASHED));
}

static void always_is_always(void **s)
{
	(void)s;
	assert_true(runs_again(RESTART_ALWAYS, END_OFF));
	assert_true(runs_again(RESTART_ALWAYS, END_RESET));
	assert_true(runs_again(RESTART_ALWAYS, END_CRASHED));
}

/* Five more starts in a minute are granted; the sixth reset finds the VM left crashed. */
static void restarts_faster_than_the_limit_end_crashed(void **s)
{
	(void)s;
	vm = world_vm(1);
	for (u32 i = 0; i < 5; i++) {
		calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
		world_boot(vm);
		timer_fake_advance(timer_frequency());
	}
	calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(vm->end, END_CRASHED);
	assert_true(printed("restarted 5 times in 60 s: it stays crashed"));
}

static void loop_of_resets_takes_no_memory(void **s)
{
	struct vm_description *d = world_describe(2);

	(void)s;
	d->restart_limit = ~0U;
	vm = world_vm_of(d);
	u64 free = ledger_free(), pages = pool.used;
	for (u32 i = 0; i < RESETS; i++) {
		calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
		world_boot(vm);
		assert_int_equal(ledger_free(), free);
		assert_int_equal(pool.used, pages);
	}
	assert_null(ledger_check());
	assert_int_equal(vm->restarts, RESETS);
}

static void slow_restarts_go_on_for_ever(void **s)
{
	(void)s;
	vm = world_vm(1);
	for (u32 i = 0; i < 20; i++) {
		calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
		world_boot(vm);
		timer_fake_advance(13 * timer_frequency());
	}
	assert_int_equal(vm->state, VM_RUNNING);
}

/* A VM that the limit stopped is not running: its memory is free and the machine may end. */
static void vm_over_the_limit_counts_as_ended(void **s)
{
	struct vm_description *d = world_describe(1);

	(void)s;
	d->restart_limit = 1;
	vm = world_vm_of(d);
	calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
	world_boot(vm);
	assert_int_equal(ends, 0);
	calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
	world_settle();
	assert_int_equal(ends, 1);
}

static void machine_ends_once_when_the_last_vm_has_ended(void **s)
{
	struct vm *other;

	(void)s;
	vm = world_vm(2);
	other = world_vm(1);
	calls(vm->vcpus[0], SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(ends, 0);
	on_cpu(2);
	life_fail(other->vcpus[0], "of this test");
	world_settle();
	assert_int_equal(ends, 1);
	world_settle();
	assert_int_equal(ends, 1);
}

static void crash_is_reported_as_the_crash_of_its_vm_alone(void **s)
{
	struct vm *other;

	(void)s;
	vm = world_vm(1);
	other = world_vm(1);
	on_cpu(0);
	life_fail(vm->vcpus[0], "of this test");
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(other->state, VM_RUNNING);
	turn(1);
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x100);
}

static void first_reason_of_an_end_wins(void **s)
{
	(void)s;
	vm = world_vm(2);
	life_end(vm, END_OFF);
	life_end(vm, END_CRASHED);
	assert_int_equal(vm->end, END_OFF);
}

/* --- the neighbour --- */

static u8 *memory_of(const struct vm *of)
{
	pa_t output;
	u64 left;

	assert_true(space_physical(&of->space, ipa(VM_RAM_BASE), &output, &left));
	return (u8 *)output.value;
}

static void neighbour_of_five_resets_is_untouched_byte_for_byte(void **s)
{
	static struct vm seen;
	static struct vcpu seen_vcpu;
	static u8 memory[4 << 20];
	struct vm *other;

	(void)s;
	vm = world_vm(2);
	other = world_vm(2);
	turn(2);
	memset(memory_of(other) + 2 * MIB, 0x42, MIB);
	memcpy(&seen, other, sizeof(seen));
	memcpy(&seen_vcpu, other->vcpus[0], sizeof(seen_vcpu));
	memcpy(memory, memory_of(other), sizeof(memory));
	for (u32 i = 0; i < 5; i++) {
		calls(vm->vcpus[0], CPU_ON, 1, WORLD_LOAD, i);
		turn(1);
		turn(1);
		memset(memory_of(vm), (int)i, 4 * MIB);
		calls(vm->vcpus[i & 1], SYSTEM_RESET, 0, 0, 0);
		turn(0);
		turn(1);
		world_boot(vm);
	}
	assert_memory_equal(other, &seen, sizeof(seen));
	assert_memory_equal(other->vcpus[0], &seen_vcpu, sizeof(seen_vcpu));
	assert_memory_equal(memory_of(other), memory, sizeof(memory));
	assert_int_equal(fake_gic_pending_count(2), 0); /* not even kicked */
	assert_int_equal(fake_gic_pending_count(3), 0);
	assert_null(ledger_check());
}

static void two_vms_may_reset_at_the_same_time(void **s)
{
	struct vm *other;

	(void)s;
	vm = world_vm(1);
	other = world_vm(1);
	calls(vm->vcpus[0], SYSTEM_RESET, 0, 0, 0);
	calls(other->vcpus[0], SYSTEM_RESET, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(other->state, VM_RUNNING);
	assert_memory_equal(memory_of(vm) + 2 * MIB, image, WORLD_IMAGE);
	assert_memory_equal(memory_of(other) + 2 * MIB, image, WORLD_IMAGE);
}

static void neighbour_is_not_entered_for_a_guests_hypercalls(void **s)
{
	struct vm *other;

	(void)s;
	vm = world_vm(1);
	other = world_vm(1);
	turn(1); /* takes the kick of its start */
	for (u64 target = 0; target < 16; target++)
		assert_int_equal((s32)calls(vm->vcpus[0], CPU_ON, target, WORLD_LOAD, 0), target ? -2 : -4);
	assert_int_equal(other->vcpus[0]->power, VCPU_ON);
	assert_int_equal(fake_gic_pending_count(1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(never_is_never),
		ALONE(on_reset_is_a_guests_own_reset),
		ALONE(on_crash_is_also_after_a_fault),
		ALONE(always_is_always),
		ALONE(restarts_faster_than_the_limit_end_crashed),
		ALONE(loop_of_resets_takes_no_memory),
		ALONE(slow_restarts_go_on_for_ever),
		ALONE(vm_over_the_limit_counts_as_ended),
		ALONE(machine_ends_once_when_the_last_vm_has_ended),
		ALONE(first_reason_of_an_end_wins),
		ALONE(crash_is_reported_as_the_crash_of_its_vm_alone),
		ALONE(neighbour_of_five_resets_is_untouched_byte_for_byte),
		ALONE(two_vms_may_reset_at_the_same_time),
		ALONE(neighbour_is_not_entered_for_a_guests_hypercalls),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
