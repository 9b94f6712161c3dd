/* SPDX-License-Identifier: Apache-2.0 */
/* Stolen time: who is told, where, and how much (DEN0057A). */
#include "virtual/vstolen.h"

#include "share_world.h"
#include "virtual/vsmccc.h"

#define ARCH_FEATURES 0x80000001UL
#define FEATURES      0xc5000020UL
#define PLACE         0xc5000021UL
#define REFUSED       ((u64)SMCCC_NOT_SUPPORTED)

static u64 call(struct vcpu *v, u64 function, u64 x1)
{
	v->regs.x[0] = function;
	v->regs.x[1] = x1;
	assert_int_equal(vsmccc_call(v), DONE);
	return v->regs.x[0];
}

static bool is_shown(const struct vm *vm, pa_t *page)
{
	u64 left;

	return space_physical(&vm->space, ipa(VSTOLEN_BASE), page, &left) && left == PAGE_SIZE;
}

static void who_has_cpus_of_its_own_is_not_told(void **s)
{
	(void)s;
	struct vm *vm = world_vm(1);
	pa_t page;

	assert_int_equal(call(vm->vcpus[0], ARCH_FEATURES, FEATURES), REFUSED);
	assert_int_equal(call(vm->vcpus[0], FEATURES, PLACE), REFUSED);
	assert_int_equal(call(vm->vcpus[0], PLACE, 0), REFUSED);
	assert_false(is_shown(vm, &page));
}

static void who_shares_is_told_where(void **s)
{
	(void)s;
	struct vm *vm = shared_vm(3, BOTH, 100);
	struct vcpu *v = vm->vcpus[2];
	pa_t page;

	assert_int_equal(call(v, ARCH_FEATURES, FEATURES), 0);
	assert_int_equal(call(v, FEATURES, FEATURES), 0);
	assert_int_equal(call(v, FEATURES, 0xdeadbeef00000000 | PLACE), 0);
	assert_int_equal(call(v, FEATURES, PLACE + 1), REFUSED);
	assert_int_equal(call(v, PLACE, 0), VSTOLEN_BASE + 128);
	assert_true(is_shown(vm, &page));
	assert_int_equal(page.value, (u64)vm->stolen);
	assert_null(ledger_check());
}

static void it_is_nanoseconds_of_any_length(void **s)
{
	(void)s;
	static const u64 frequencies[] = {1000000, 19200000, 62500000, 1000000000};
	struct vm *vm = shared_vm(2, BOTH, 100);
	struct vstolen *told = &vm->stolen[1];

	for (u32 i = 0; i < ARRAY_COUNT(frequencies); i++) {
		timer_fake_set_frequency(frequencies[i]);
		vstolen_reset(vm);
		vcpu_steal(vm->vcpus[1], frequencies[i] / 1000);
		assert_int_equal(told->nanoseconds, 1000000);
		vcpu_steal(vm->vcpus[1], 1);
		assert_int_equal(told->nanoseconds, 1000000 + 1000000000 / frequencies[i]);
		vcpu_steal(vm->vcpus[1], 86400UL * 365 * frequencies[i] - 1); /* a year */
		assert_int_equal(told->nanoseconds, 86400UL * 365 * 1000000000 + 1000000);
	}
	assert_int_equal(told->revision, 0);
	assert_int_equal(told->attributes, 0);
	assert_int_equal(vm->stolen[0].nanoseconds, 0);
}

static void of_two_on_one_cpu_each_lacks_what_the_other_had(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, CPU0, 100), *b = shared_vm(1, CPU0, 300);
	u64 second = timer_frequency();

	boot_all(1);
	u64 begin = timer_now(), before = a->stolen->nanoseconds;
	for (u32 i = 0; i < 4000; i++) {
		turn_of(0);
		timer_fake_advance(SLICE / 8);
	}
	u64 all = timer_now() - begin, lacked = (a->stolen->nanoseconds - before) * (second / 1000000) / 1000;

	assert_true(lacked > all * 74 / 100 && lacked < all * 76 / 100);
	assert_int_equal(b->stolen->nanoseconds / 1000, b->vcpus[0]->counters.stolen * 1000000 / second);
}

/* What it was charged for and what it was told that it lacked are all there was, however long the switches take. */
static void nothing_is_lost_in_a_switch(void **s)
{
	(void)s;
	struct vcpu *v = shared_vm(1, CPU0, 100)->vcpus[0], *other = shared_vm(1, CPU0, 100)->vcpus[0];

	boot_all(1);
	u64 begin = timer_now(), before = v->sched.used + v->counters.stolen;
	timer_fake_pace(20);
	for (u32 i = 0; i < 4000; i++) {
		turn_of(0);
		timer_fake_advance(SLICE / 8);
	}
	u64 all = timer_now() - begin, known = v->sched.used + v->counters.stolen - before;

	assert_true(v->counters.switches > 200 && other->counters.switches > 200);
	assert_in_range(known, all - 2 * SLICE, all + 2 * SLICE); /* but for the turns at both ends */
}

/* Linux takes the difference to what it saw last, which a CPU that was off would make negative. */
static void only_a_new_life_begins_at_zero(void **s)
{
	(void)s;
	struct vm *vm = shared_vm(2, BOTH, 100);

	boot_all(2);
	vcpu_steal(vm->vcpus[1], timer_frequency());
	life_start_vcpu(vm->vcpus[1]);
	assert_int_equal(vm->stolen[1].nanoseconds, 1000000000);
	life_end(vm, END_RESET);
	for (u32 i = 0; i < 16; i++)
		turn_of(i % 2);
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(vm->stolen[1].nanoseconds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(who_has_cpus_of_its_own_is_not_told),
		ALONE(who_shares_is_told_where),
		ALONE(it_is_nanoseconds_of_any_length),
		ALONE(of_two_on_one_cpu_each_lacks_what_the_other_had),
		ALONE(nothing_is_lost_in_a_switch),
		ALONE(only_a_new_life_begins_at_zero),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
