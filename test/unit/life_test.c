/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life through the real loop: loading, off, reset, and what is left of it. */
#include <libfdt.h>
#include "life_world.h"

/* The guest's memory at this IPA: it is in fake RAM. */
static u8 *at(const struct vm *of, u64 address)
{
	pa_t output;
	u64 left;

	assert_true(space_physical(&of->space, ipa(address), &output, &left));
	return (u8 *)output.value;
}

/* --- loading --- */

static void is_freshly_loaded(void)
{
	assert_memory_equal(at(vm, WORLD_LOAD), image, WORLD_IMAGE);
	assert_int_equal(fdt_check_header(at(vm, VM_RAM_BASE)), 0);
	u64 tree = fdt_totalsize(at(vm, VM_RAM_BASE));
	for (u64 i = VM_RAM_BASE + align_up(tree, DESCRIBE_TREE_SIZE); i < VM_RAM_BASE + vm->memory_size; i++)
		if (i < WORLD_LOAD || i >= WORLD_LOAD + WORLD_IMAGE)
			assert_int_equal(*at(vm, i), 0);
}

static void fresh_vm_has_image_tree_and_otherwise_zeroes(void **s)
{
	(void)s;
	boot(1);
	is_freshly_loaded();
	assert_null(ledger_check());
}

static void first_vcpu_starts_at_the_entry_with_the_tree_in_x0(void **s)
{
	(void)s;
	boot(2);
	assert_true(turn(0));
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x100);
	assert_int_equal(world_seen.x[0], VM_RAM_BASE);
	assert_int_equal(world_seen.pstate, 0x3c5);
	for (u32 i = 1; i < 31; i++)
		assert_int_equal(world_seen.x[i], 0);
	assert_int_equal(vcpu_read(v, CONTEXT_sctlr_el1), SCTLR_EL1_RESET);
	assert_int_equal(w->power, VCPU_OFF);
	assert_false(turn(1));
}

static void initrd_lies_where_the_description_says(void **s)
{
	struct vm_description *d = world_describe(1);

	(void)s;
	d->initrd = (struct blob){.bytes = image + 100, .size = 5000};
	d->initrd_load = ipa(VM_RAM_BASE + 3 * MIB + 0x1000);
	vm = world_vm_of(d);
	assert_memory_equal(at(vm, VM_RAM_BASE + 3 * MIB + 0x1000), image + 100, 4096);
	assert_memory_equal(at(vm, VM_RAM_BASE + 3 * MIB + 0x2000), image + 100 + 4096, 904);
	assert_int_equal(*at(vm, VM_RAM_BASE + 3 * MIB + 0x1000 + 5000), 0);
	const void *tree = at(vm, VM_RAM_BASE);
	int size, chosen = fdt_path_offset(tree, "/chosen");
	assert_true(chosen > 0);
	assert_non_null(fdt_getprop(tree, chosen, "linux,initrd-end", &size));
}

static void loading_takes_bounded_steps(void **s)
{
	u32 steps = 0;

	(void)s;
	assert_int_equal(world_create(world_describe(1), 0), OK);
	vm = vm_of(1);
	life_begin(vm);
	for (fake_windows = 0; vm->state == VM_LOADING; steps++, fake_windows = 0) {
		assert_true(turn(0));
		assert_true(fake_windows <=
		            2); /* a step of LOAD_STEP bytes crosses a window's end at most once */
	}
	assert_true(steps >= 4 * MIB / LOAD_STEP);
	assert_int_equal(fake_guest_entries, 0);
}

static void time_of_a_vm_starts_at_zero(void **s)
{
	(void)s;
	timer_fake_set(77000000);
	boot(1);
	turn(0);
	assert_int_equal(timer_fake_offset(), 77000000);
}

static void each_start_has_other_seeds(void **s)
{
	u8 first[64];
	int size;

	(void)s;
	boot(1);
	const void *tree = at(vm, VM_RAM_BASE);
	memcpy(first, fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed", &size), 64);
	calls(v, SYSTEM_RESET, 0, 0, 0);
	world_boot(vm);
	assert_int_equal(size, 64);
	assert_memory_not_equal(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed", &size), first,
	                        64);
}

/* --- ends --- */

static void system_off_ends_the_vm_and_gives_its_memory_back(void **s)
{
	u64 free = ledger_free();

	(void)s;
	boot(2);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(vm->end, END_OFF);
	assert_int_equal(ledger_free(), free);
	assert_null(ledger_check());
	assert_int_equal(ends, 1);
}

static void last_cpu_that_goes_off_ends_the_vm(void **s)
{
	u64 free = ledger_free();

	(void)s;
	boot(3);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	calls(v, CPU_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(v->power, VCPU_OFF);
	on_cpu(1);
	calls(w, CPU_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(vm->end, END_ALL_OFF);
	assert_true(printed("vm1 has turned its last CPU off"));
	assert_int_equal(ledger_free(), free);
	assert_int_equal(ends, 1);
}

static void cpu_that_is_about_to_start_keeps_the_vm(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	calls(v, CPU_OFF, 0, 0, 0);
	assert_int_equal(vm->state, VM_RUNNING);
	turn(1);
	turn(1);
	assert_int_equal(w->power, VCPU_ON);
}

/* What another CPU saw may be over: by now the VM has begun again. */
static void last_cpu_of_another_life_does_not_count(void **s)
{
	(void)s;
	boot(1);
	life_end(vm, END_ALL_OFF);
	assert_int_equal(vm->state, VM_RUNNING);
}

/* Whatever is said of its start: else any end would find it without a CPU, and its start fail. */
static void has_a_cpu_if_it_runs(void)
{
	assert_false(vm->state == VM_RUNNING && vm->vcpus[0]->power == VCPU_OFF);
}

static void vm_never_runs_without_a_cpu(void **s)
{
	(void)s;
	boot(1);
	fake_uart_sees = has_a_cpu_if_it_runs;
	calls(v, SYSTEM_RESET, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_true(printed("vm1 was reset and starts again"));
}

static void ended_vm_leaves_no_deadline_behind(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	v->regs.x[1] = 1000;
	faults(v, STORE(2, 1), 0x4, VRTC_BASE); /* an alarm in a while */
	v->regs.x[1] = 500;
	traps(v, EC(0x18) | IL | 0x34f804 | 1 << 5); /* CNTP_CVAL_EL0 */
	v->regs.x[1] = 1;
	traps(v, EC(0x18) | IL | 0x32f804 | 1 << 5); /* CNTP_CTL_EL0 */
	assert_int_not_equal(vm->rtc.alarm.queue, 0);
	assert_int_not_equal(v->timer.alarm.queue, 0);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->rtc.alarm.queue, 0);
	assert_int_equal(v->timer.alarm.queue, 0);
	assert_int_equal(v->alarm.queue, 0);
}

static void guest_is_not_entered_after_system_off(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	u64 entries = fake_guest_entries;
	world_settle();
	assert_int_equal(fake_guest_entries, entries);
}

/* The target has never run: its timers and devices were never reset. */
static void system_off_while_another_cpu_starts(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(ends, 1);
}

static void reset_loads_the_pristine_image_over_what_the_guest_left(void **s)
{
	(void)s;
	boot(2);
	memset(at(vm, WORLD_LOAD), 0x99, MIB);
	memset(at(vm, VM_RAM_BASE), 0x99, 2 * MIB);
	calls(v, SYSTEM_RESET, 0, 0, 0);
	world_boot(vm);
	is_freshly_loaded();
	turn(0);
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x100);
	assert_null(ledger_check());
}

static void reset_asked_by_the_second_cpu_stops_both(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	turn(0);
	calls(w, SYSTEM_RESET, 0, 0, 0);
	assert_int_equal(fake_gic_pending_count(0), 1);
	world_settle();
	world_boot(vm);
	assert_int_equal(w->power, VCPU_OFF);
	assert_false(w->loaded);
}

static void vm_that_does_not_fit_is_refused(void **s)
{
	struct vm_description *d = world_describe(1);

	(void)s;
	d->memory = 64 * MIB;
	assert_int_equal(world_create(d, 0), NO_MEMORY);
	assert_null(vm_of(1));
}

/* A refusal leaves nothing behind: memory, books and the next VM are as if it had not been asked for. */
static void vm_whose_cpu_is_taken_is_refused(void **s)
{
	u64 free;

	(void)s;
	boot(1);
	free = ledger_free();
	assert_int_equal(world_create(world_describe(2), 0), BUSY);
	assert_null(vm_of(2));
	assert_null(ledger_check());
	assert_int_equal(ledger_free(), free);
	assert_int_equal(ledger_cpu_owner(1), LEDGER_NOBODY);
	assert_int_equal(world_create(world_describe(2), 1), OK);
	assert_null(ledger_check());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(fresh_vm_has_image_tree_and_otherwise_zeroes),
		ALONE(first_vcpu_starts_at_the_entry_with_the_tree_in_x0),
		ALONE(initrd_lies_where_the_description_says),
		ALONE(loading_takes_bounded_steps),
		ALONE(time_of_a_vm_starts_at_zero),
		ALONE(each_start_has_other_seeds),
		ALONE(system_off_ends_the_vm_and_gives_its_memory_back),
		ALONE(ended_vm_leaves_no_deadline_behind),
		ALONE(guest_is_not_entered_after_system_off),
		ALONE(system_off_while_another_cpu_starts),
		ALONE(reset_loads_the_pristine_image_over_what_the_guest_left),
		ALONE(reset_asked_by_the_second_cpu_stops_both),
		ALONE(vm_never_runs_without_a_cpu),
		ALONE(last_cpu_that_goes_off_ends_the_vm),
		ALONE(cpu_that_is_about_to_start_keeps_the_vm),
		ALONE(last_cpu_of_another_life_does_not_count),
		ALONE(vm_that_does_not_fit_is_refused),
		ALONE(vm_whose_cpu_is_taken_is_refused),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
