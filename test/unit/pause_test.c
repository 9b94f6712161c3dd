/* SPDX-License-Identifier: Apache-2.0 */
/* A VM stands still and goes on: nothing of it runs meanwhile, its time stops, and nothing is lost. */
#include "monitor/pause.h"

#include "share_world.h"

#define WFI_ESR (EC(0x01) | IL)
enum { LONG = 100 * SLICE };

static u64 guest_now(const struct vm *vm) { return timer_now() - vm->counter_offset; }

static void begin(void)
{
	start();
	fake_guest = world_play;
}

static void pass(u32 cpus)
{
	for (u32 round = 0; round < 4; round++)
		for (u32 cpu = 0; cpu < cpus; cpu++)
			turn(cpu);
}

/* Both vCPUs are on, on CPUs of their own. */
static struct vm *pair(void)
{
	struct vm *vm = world_vm(2);

	assert_int_equal(vcpu_start(vm->vcpus[1], WORLD_LOAD, 0), PSCI_SUCCESS);
	pass(2);
	assert_true(vm->vcpus[0]->loaded && vm->vcpus[1]->loaded);
	return vm;
}

static void stands_still(struct vm *vm, u32 cpus)
{
	on_cpu(5);
	assert_true(pause_begin(vm));
	pass(cpus);
	assert_true(pause_is_complete(vm));
}

static void nothing_of_it_runs(void **s)
{
	(void)s;
	struct vm *vm = pair();

	on_cpu(5);
	assert_true(pause_begin(vm));
	assert_int_equal(fake_gic_pending_count(0) + fake_gic_pending_count(1), 2);
	assert_false(pause_is_complete(vm));
	turn(0);
	assert_false(pause_is_complete(vm));
	turn(1);
	assert_true(pause_is_complete(vm));
	u64 entries = fake_guest_entries;
	pass(2);
	assert_int_equal(fake_guest_entries, entries);
	assert_false(vm->vcpus[0]->loaded || vm->vcpus[1]->loaded);
	assert_true(pause_end(vm, false));
	pass(2);
	assert_true(vm->vcpus[0]->loaded && vm->vcpus[1]->loaded);
	assert_true(fake_guest_entries > entries);
}

static void its_time_stops_with_the_last_and_never_steps_back(void **s)
{
	(void)s;
	struct vm *vm = pair();

	on_cpu(5);
	assert_true(pause_begin(vm));
	turn(0);
	timer_fake_advance(SLICE); /* the other one runs so much longer */
	turn(1);
	u64 before = guest_now(vm);
	timer_fake_advance(LONG);
	assert_true(pause_end(vm, false));
	assert_int_equal(guest_now(vm), before);
	pass(2);
	assert_int_equal(timer_fake_offset(), vm->counter_offset);
}

static void its_time_may_go_on(void **s)
{
	(void)s;
	struct vm *vm = pair();
	u64 offset = vm->counter_offset;

	stands_still(vm, 2);
	timer_fake_advance(LONG);
	assert_true(pause_end(vm, true));
	assert_int_equal(vm->counter_offset, offset);
}

/* Asleep until a timer that has LONG to go. */
static struct vcpu *sleeper(struct vm *vm)
{
	struct vcpu *v = vm->vcpus[0];

	on_cpu(0);
	vcpu_write(v, CONTEXT_cntv_cval_el0, guest_now(vm) + LONG);
	vcpu_write(v, CONTEXT_cntv_ctl_el0, TIMER_CTL_ENABLE);
	vcpu_sleep(v, ~0UL);
	assert_int_equal(timer_fake_armed(), timer_now() + LONG);
	return v;
}

static void a_timer_has_as_long_to_go_as_before(void **s)
{
	(void)s;
	struct vm *vm = pair();
	struct vcpu *v = sleeper(vm);

	timer_fake_advance(LONG / 4);
	stands_still(vm, 2);
	on_cpu(0);
	assert_int_equal(timer_fake_armed(), ~0UL); /* it disturbs nobody */
	timer_fake_advance(4 * LONG);
	pass(2);
	assert_true(v->sleeping);
	assert_true(pause_end(vm, false));
	pass(2);
	on_cpu(0);
	assert_true(v->sleeping);
	assert_int_equal(timer_fake_armed(), timer_now() + LONG - LONG / 4);
}

static void a_wfit_has_as_long_to_go_as_before(void **s)
{
	(void)s;
	struct vm *vm = pair();
	struct vcpu *v = vm->vcpus[0];

	on_cpu(0);
	vcpu_sleep(v, guest_now(vm) + LONG);
	stands_still(vm, 2);
	timer_fake_advance(4 * LONG);
	assert_true(pause_end(vm, false));
	pass(2);
	assert_true(v->sleeping);
	timer_fake_advance(LONG);
	pass(2);
	assert_false(v->sleeping);
}

static void a_watchdog_does_not_bite_who_stands_still(void **s)
{
	(void)s;
	struct vm *vm = pair();
	struct vwatchdog *w = &vm->watchdog;

	w->enabled = true;
	w->offset = LONG;
	w->compare = guest_now(vm) + LONG;
	on_cpu(0);
	vwatchdog_go_on(vm);
	stands_still(vm, 2);
	timer_fake_advance(10 * LONG);
	on_cpu(0);
	deadline_run(); /* its timer may still be armed, for nothing */
	assert_true(pause_end(vm, false));
	assert_false(w->warned);
	timer_fake_advance(LONG + 1);
	assert_true(timer_fake_due());
	deadline_run();
	assert_true(w->warned);
	assert_false(w->bitten);
}

static void only_who_runs_is_paused_and_only_who_is_paused_goes_on(void **s)
{
	(void)s;
	struct vm *vm = pair();

	assert_false(pause_end(vm, false));
	assert_false(pause_is_complete(vm));
	stands_still(vm, 2);
	assert_false(pause_begin(vm));
	assert_true(pause_end(vm, false));
	assert_false(pause_end(vm, false));
	assert_true(pause_begin(vm)); /* at once, before any vCPU has gone on */
	assert_true(pause_is_complete(vm));
	assert_true(pause_end(vm, false));
	life_end(vm, END_RESET);
	assert_false(pause_begin(vm));
}

static void one_that_is_paused_can_be_ended(void **s)
{
	(void)s;
	struct vm *vm = pair();

	stands_still(vm, 2);
	on_cpu(5);
	life_end(vm, END_RESET);
	pass(2);
	world_boot(vm);
	assert_true(printed("was reset and starts again"));
	turn(0);
	assert_true(vm->vcpus[0]->loaded);
	assert_false(pause_is_complete(vm));
}

/* Its CPU_ON was under way. */
static void a_start_waits_for_the_end_of_the_pause(void **s)
{
	(void)s;
	struct vm *vm = world_vm(2);

	turn(0);
	on_cpu(5);
	assert_true(pause_begin(vm));
	assert_int_equal(vcpu_start(vm->vcpus[1], WORLD_LOAD, 0), PSCI_SUCCESS);
	pass(2);
	assert_true(pause_is_complete(vm));
	assert_false(vm->vcpus[1]->loaded);
	assert_true(pause_end(vm, false));
	pass(2);
	assert_true(vm->vcpus[1]->loaded);
}

static void its_cpu_is_the_others_meanwhile(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, CPU0, 100), *b = shared_vm(1, CPU0, 100);

	fake_guest = play;
	boot_all(1);
	on_cpu(5);
	assert_true(pause_begin(a));
	for (u32 i = 0; i < 20 && !pause_is_complete(a); i++) {
		turn_of(0);
		timer_fake_advance(SLICE / 2);
	}
	assert_true(pause_is_complete(a));
	u64 lacked = a->stolen->nanoseconds;
	for (u32 i = 0; i < 20; i++) {
		assert_ptr_equal(turn_of(0), b->vcpus[0]);
		timer_fake_advance(SLICE);
	}
	on_cpu(5);
	assert_true(pause_end(a, false));
	u32 turns = 0;
	for (u32 i = 0; i < 40; i++) {
		turns += turn_of(0) == a->vcpus[0];
		timer_fake_advance(SLICE / 4);
	}
	assert_true(turns > 10);
	assert_true(a->stolen->nanoseconds - lacked < 20UL * SLICE * 1000000000 / timer_frequency());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(nothing_of_it_runs),
		ALONE(its_time_stops_with_the_last_and_never_steps_back),
		ALONE(its_time_may_go_on),
		ALONE(a_timer_has_as_long_to_go_as_before),
		ALONE(a_wfit_has_as_long_to_go_as_before),
		ALONE(a_watchdog_does_not_bite_who_stands_still),
		ALONE(only_who_runs_is_paused_and_only_who_is_paused_goes_on),
		ALONE(one_that_is_paused_can_be_ended),
		ALONE(a_start_waits_for_the_end_of_the_pause),
		ALONE(its_cpu_is_the_others_meanwhile),
	};

	alone_start = begin;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
