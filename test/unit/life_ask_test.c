/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked of a VM: every act at every place in its life, and what comes of it. */
#include "life_world.h"

static void ask(enum life_act act)
{
	on_cpu(5);
	assert_int_equal(life_ask(vm, act), OK);
}

static void asked(enum life_act act)
{
	ask(act);
	world_settle();
}

static void suspended(void)
{
	calls(v, SYSTEM_SUSPEND, WORLD_LOAD, 0, 0);
	world_settle();
}

/* A VM that never restarts by itself, at this place. */
static void reach(enum life life)
{
	struct vm_description *d = world_describe(1);

	d->restart = RESTART_NEVER;
	if (life == LIFE_DEFINED) {
		assert_int_equal(world_create(d, world_next_cpu), OK);
		vm = vm_of(1);
		return;
	}
	vm = world_vm_of(d);
	v = vm->vcpus[0];
	world_settle();
	if (life == LIFE_LOADING) {
		ask(LIFE_RESET);
		turn(0);
	} else if (life == LIFE_PAUSED) {
		asked(LIFE_PAUSE);
	} else if (life == LIFE_SUSPENDED) {
		suspended();
	} else if (life == LIFE_ENDING) {
		ask(LIFE_STOP);
	} else if (life == LIFE_OFF) {
		asked(LIFE_STOP);
	} else if (life == LIFE_CRASHED) {
		asked(LIFE_CRASH);
	}
}

/* Each in a world of its own. */
static enum life life;
static enum life_act act;

static void is_done_where_it_is_allowed(void **s)
{
	(void)s;
	reach(life);
	assert_int_equal(life_of(vm), life);
	on_cpu(5);
	assert_int_equal(life_ask(vm, act), life_allows(life, act) ? OK : BUSY);
	if (!life_allows(life, act))
		assert_int_equal(life_of(vm), life);
	world_settle();
	assert_null(ledger_check());
}

static void every_act_has_an_answer_everywhere(void **s)
{
	void *test = (void *)is_done_where_it_is_allowed;
	u32 allowed = 0;

	(void)s;
	for (life = 0; life <= LIFE_CRASHED; life++)
		for (act = 0; act < LIFE_ACTS; act++) {
			alone_run(&test);
			allowed += life_allows(life, act);
		}
	assert_int_equal(allowed, 23);
}

static void one_that_is_off_starts_again_with_its_memory(void **s)
{
	(void)s;
	reach(LIFE_OFF);
	u64 free = ledger_free();
	asked(LIFE_START);
	assert_int_equal(life_of(vm), LIFE_RUNNING);
	assert_int_equal(ledger_free(), free - vm->memory_size);
	assert_int_equal(vm->lives, 2);
	u8 found[WORLD_IMAGE];
	assert_int_equal(memory_read(&vm->space, ipa(WORLD_LOAD), found, WORLD_IMAGE), OK);
	assert_memory_equal(found, image, WORLD_IMAGE);
}

static void one_that_shares_cpus_is_told_of_stolen_time_again(void **s)
{
	pa_t at;
	u64 left;

	(void)s;
	struct vm_description *d = world_describe(1);
	d->vcpus[0] = (struct vcpu_terms){.class = SCHED_FAIR, .cpus = 1, .weight = 100};
	sched_init(1000);
	assert_int_equal(vm_create(d, &pool), OK);
	vm = vm_of(1);
	world_next_cpu = 1;
	life_begin(vm);
	world_settle();
	asked(LIFE_STOP);
	assert_false(space_physical(&vm->space, ipa(VSTOLEN_BASE), &at, &left));
	asked(LIFE_START);
	assert_int_equal(life_of(vm), LIFE_RUNNING);
	assert_true(space_physical(&vm->space, ipa(VSTOLEN_BASE), &at, &left));
	assert_null(ledger_check());
}

/* Another one has taken what it had. */
static void a_start_without_memory_is_refused_and_may_be_tried_again(void **s)
{
	struct space other = {0};

	(void)s;
	reach(LIFE_OFF);
	assert_int_equal(space_init(&other, &pool), OK);
	assert_int_equal(ledger_give_memory(&other, 9, ipa(VM_RAM_BASE), ledger_free()), OK);
	assert_int_equal(life_ask(vm, LIFE_START), NO_MEMORY);
	assert_int_equal(life_of(vm), LIFE_OFF);
	ledger_take_memory(&other, 9);
	asked(LIFE_START);
	assert_int_equal(life_of(vm), LIFE_RUNNING);
}

static void a_reset_and_a_stop_do_not_ask_the_policy(void **s)
{
	(void)s;
	reach(LIFE_RUNNING);
	for (u32 i = 0; i < 10; i++) {
		asked(LIFE_RESET);
		assert_int_equal(life_of(vm), LIFE_RUNNING);
	}
	asked(LIFE_STOP);
	descriptions[0].restart = RESTART_ALWAYS;
	asked(LIFE_START);
	asked(LIFE_STOP);
	assert_int_equal(life_of(vm), LIFE_OFF);
	asked(LIFE_START);
	asked(LIFE_CRASH);
	assert_int_equal(life_of(vm), LIFE_RUNNING);
	asked(LIFE_PAUSE);
	asked(LIFE_RESET);
	assert_int_equal(life_of(vm), LIFE_RUNNING);
	assert_int_equal(vm->lives, 15);
}

static void the_machine_is_not_over_while_one_stands_still(void **s)
{
	(void)s;
	reach(LIFE_PAUSED);
	assert_int_equal(ends, 0);
	asked(LIFE_STOP);
	assert_int_equal(ends, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_act_has_an_answer_everywhere),
		ALONE(one_that_is_off_starts_again_with_its_memory),
		ALONE(one_that_shares_cpus_is_told_of_stolen_time_again),
		ALONE(a_start_without_memory_is_refused_and_may_be_tried_again),
		ALONE(a_reset_and_a_stop_do_not_ask_the_policy),
		ALONE(the_machine_is_not_over_while_one_stands_still),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
