/* SPDX-License-Identifier: Apache-2.0 */
/* VMs that share CPUs, through the whole loop: turns, sleep, wake-up, moves, ends and starts. */
#include "share_world.h"

static void sleeps(struct vcpu *v)
{
	next_kind = EXIT_SYNC;
	next_exit = (struct exit){.esr = WFI_TRAPPED};
	assert_ptr_equal(turn_of(v->cpu), v);
	assert_true(v->sleeping);
}

static void two_vms_take_turns_on_one_cpu(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, CPU0, 100), *b = shared_vm(1, CPU0, 100);
	u32 turns[2] = {0};

	boot_all(1);
	for (u32 i = 0; i < 400; i++) {
		struct vcpu *v = turn_of(0);

		assert_non_null(v);
		assert_true(v == a->vcpus[0] || v == b->vcpus[0]);
		assert_true(!(a->vcpus[0]->loaded && b->vcpus[0]->loaded));
		turns[v == b->vcpus[0]]++;
		timer_fake_advance(SLICE / 4);
	}
	assert_true(turns[0] > 190 && turns[1] > 190);
	assert_true(a->vcpus[0]->counters.switches > 20 && a->vcpus[0]->counters.switches < 120);
}

static void who_sleeps_gives_its_cpu_away(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, CPU0, 100), *b = shared_vm(1, CPU0, 100);
	struct vcpu *first, *other;

	boot_all(1);
	first = turn_of(0);
	other = first == a->vcpus[0] ? b->vcpus[0] : a->vcpus[0];
	sleeps(first);
	for (u32 i = 0; i < 20; i++) {
		assert_ptr_equal(turn_of(0), other);
		timer_fake_advance(SLICE);
	}
	assert_int_equal(timer_fake_armed(), ~0UL); /* alone, it is not interrupted */
}

/* An interrupt for a sleeping one, raised on another CPU, gets it its CPU back. */
static void an_interrupt_wakes_who_slept(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, CPU0, 100), *b = shared_vm(1, CPU0, 100);
	struct vcpu *v = a->vcpus[0];

	boot_all(1);
	while (turn_of(0) != v)
		timer_fake_advance(SLICE);
	sleeps(v);
	for (u32 i = 0; i < 10; i++) {
		assert_ptr_equal(turn_of(0), b->vcpus[0]);
		timer_fake_advance(SLICE);
	}
	v->serror = true; /* something that it is to be woken for */
	on_cpu(5);
	irq_kick(v);
	assert_int_equal(fake_gic_pending_count(0), 1);
	for (u32 i = 0; i < 6 && turn_of(0) != v; i++)
		timer_fake_advance(SLICE / 2);
	assert_ptr_equal(last, v); /* after a slice at most, and the turns that tell */
	assert_false(v->sleeping);
}

static void one_moves_to_the_cpu_that_is_free(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, BOTH, 100), *b = shared_vm(1, BOTH, 100);

	boot_all(2);
	for (u32 i = 0; i < 20; i++) {
		struct vcpu *on0 = turn_of(0), *on1 = turn_of(1);

		timer_fake_advance(SLICE);
		if (i < 2)
			continue;
		assert_non_null(on0);
		assert_non_null(on1);
		assert_ptr_not_equal(on0, on1);
		assert_int_equal(on0->cpu, 0);
		assert_int_equal(on1->cpu, 1);
	}
	assert_true(a->vcpus[0]->loaded && b->vcpus[0]->loaded);
}

static void news_follows_who_has_moved(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, BOTH, 100);
	struct vcpu *v = a->vcpus[0];

	boot_all(2);
	while (!turn_of(v->cpu))
		;
	u32 here = v->cpu, there = !here;
	on_cpu(5);      /* which may not have it */
	v->cpu = there; /* as somebody read it who was too slow */
	irq_kick(v);
	v->cpu = here;
	turn_of(there);
	assert_int_equal(fake_gic_pending_count(here), 1);
	on_cpu(here);
	assert_true(share_has_news());
	turn_of(here);
	assert_false(share_has_news());
}

static void a_vm_that_ends_starts_again_beside_the_other(void **s)
{
	(void)s;
	struct vm *a = shared_vm(2, BOTH, 100), *b = shared_vm(1, BOTH, 100);
	u32 turns = 0;

	boot_all(2);
	on_cpu(5);
	life_end(a, END_RESET);
	for (u32 i = 0; i < 600; i++) {
		turns += turn_of(0) == b->vcpus[0];
		turns += turn_of(1) == b->vcpus[0];
		timer_fake_advance(SLICE / 4);
	}
	assert_int_equal(a->state, VM_RUNNING);
	assert_int_equal(a->vcpus[0]->power, VCPU_ON);
	assert_true(turns > 300);
	assert_true(printed("was reset and starts again"));
}

/* Two have a CPU each, without an end; the third can only have one if their guests are left for it. */
static void who_goes_on_is_left_for_who_waits(void **s)
{
	(void)s;
	struct vm *a = shared_vm(3, BOTH, 100);
	u32 turns[3] = {0};

	boot_all(2);
	for (u32 i = 1; i < 3; i++)
		assert_int_equal(vcpu_start(a->vcpus[i], WORLD_LOAD, 0), PSCI_SUCCESS);
	for (u32 i = 0; i < 600; i++) {
		for (u32 cpu = 0; cpu < 2; cpu++) {
			struct vcpu *v = turn_of(cpu);

			assert_true(v || i < 8); /* until they have started */
			if (v)
				turns[v->id]++;
		}
		timer_fake_advance(SLICE / 4);
	}
	for (u32 i = 0; i < 3; i++)
		assert_true(turns[i] > 380 && turns[i] < 420);
}

/* A VM whose CPUs wait for each other must not disturb who has the CPU that they had last. */
static void news_disturbs_nobody_before_it_is_known_to_matter(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, BOTH, 100), *b = shared_vm(1, BOTH, 100);

	boot_all(2);
	while (turn_of(0) == turn_of(1))
		timer_fake_advance(SLICE);
	struct vcpu *v = a->vcpus[0]->cpu == 1 ? a->vcpus[0] : b->vcpus[0];
	sleeps(v);
	turn_of(1);
	turn_of(1);
	assert_null(share_current());
	on_cpu(0);
	irq_kick(v); /* of CPU 0's own accord */
	assert_int_equal(fake_gic_pending_count(1), 0);
	irq_kick(v);
	assert_int_equal(fake_gic_pending_count(0), 1); /* once is enough */
}

/* What a turn of one leaves behind, the other does not see. */
static void each_has_its_own_registers(void **s)
{
	(void)s;
	struct vm *a = shared_vm(1, CPU0, 100), *b = shared_vm(1, CPU0, 100);

	boot_all(1);
	for (u64 i = 0; i < 200; i++) {
		struct vcpu *v = turn_of(0);
		u64 mine = v == a->vcpus[0] ? 0xa : 0xb;

		if (i > 20) {
			assert_int_equal(vcpu_read(v, CONTEXT_tpidr_el1) >> 32, mine);
			assert_int_equal(fake_fpu[7][3], mine);
		}
		vcpu_write(v, CONTEXT_tpidr_el1, mine << 32 | i);
		fake_fpu[7][3] = (u8)mine;
		timer_fake_advance(SLICE / 2);
	}
	assert_true(b->vcpus[0]->counters.switches > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(two_vms_take_turns_on_one_cpu),
		ALONE(who_sleeps_gives_its_cpu_away),
		ALONE(an_interrupt_wakes_who_slept),
		ALONE(one_moves_to_the_cpu_that_is_free),
		ALONE(news_follows_who_has_moved),
		ALONE(a_vm_that_ends_starts_again_beside_the_other),
		ALONE(each_has_its_own_registers),
		ALONE(who_goes_on_is_left_for_who_waits),
		ALONE(news_disturbs_nobody_before_it_is_known_to_matter),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
