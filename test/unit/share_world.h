/* SPDX-License-Identifier: Apache-2.0 */
/* VMs that share CPUs, through the whole loop; a guest's part is one exit, its CPU's next interrupt if nothing else is said. */
#pragma once
#include "monitor/dispatch.h"
#include "monitor/share.h"
#include "world.h"

enum { SLICE = 1000, CPU0 = 1, BOTH = 3 };
#define WFI_TRAPPED (EC(0x01) | IL)

static struct vcpu *last; /* whose guest was entered last */
static struct exit next_exit;
static enum exit_kind next_kind = EXIT_IRQ;

static inline enum exit_kind play(struct regs *r, struct exit *e)
{
	enum exit_kind kind = next_kind;

	last = CONTAINER_OF(r, struct vcpu, regs);
	assert_true(last->loaded);
	assert_ptr_equal(last, share_current());
	if (kind == EXIT_SYNC)
		*e = next_exit;
	next_kind = EXIT_IRQ;
	return kind;
}

static inline void start(void)
{
	world_power_on();
	sched_init(SLICE);
	fake_guest = play;
}

/*
 * One turn of a CPU: its guest goes on until there is an interrupt or an exit, and leaves only for what wants the loop.
 * Whose guest ran, or NULL.
 */
static inline struct vcpu *turn_of(u32 cpu)
{
	static bool inside[WORLD_CPUS];

	on_cpu(cpu);
	struct vcpu *v = share_current();
	last = NULL;
	if (timer_fake_due() && !fake_gic_pending_count(cpu))
		fake_gic_raise(cpu, TIMER_EL2_PPI);
	if (inside[cpu] && next_kind == EXIT_IRQ && !fake_gic_pending_count(cpu))
		return last = v;
	if (inside[cpu]) {
		guest_enter(&v->regs);
		dispatch_rest(v);
	} else {
		run_once();
	}
	inside[cpu] = last && fake_guest_goes_on;
	while (!last && fake_gic_pending_count(cpu))
		irq_handle(NULL);
	return last;
}

static inline struct vm *shared_vm(u32 cpus, u32 affinity, u32 weight)
{
	struct vm_description *d = world_describe(cpus);

	for (u32 i = 0; i < cpus; i++)
		d->vcpus[i] = (struct vcpu_terms){.class = SCHED_FAIR, .cpus = affinity, .weight = weight};
	assert_int_equal(vm_create(d, &pool), OK);
	struct vm *vm = vm_named(d->name);
	life_begin(vm);
	return vm;
}

static inline void boot_all(u32 cpus)
{
	for (u32 i = 0; i < 1000; i++) {
		bool all = true;

		for (struct vm *vm = NULL; (vm = vm_next(vm));)
			all &= vm->state == VM_RUNNING && vm->vcpus[0]->power == VCPU_ON;
		if (all)
			return;
		for (u32 cpu = 0; cpu < cpus; cpu++)
			turn_of(cpu);
		timer_fake_advance(SLICE / 8);
	}
	fail_msg("not all VMs run");
}
