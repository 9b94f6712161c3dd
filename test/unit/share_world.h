/* SPDX-License-Identifier: Apache-2.0 */
/* VMs that share CPUs, through the whole loop; a guest's part is one exit, its CPU's next interrupt if nothing else is said. */
#pragma once
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

/* One turn of a CPU, after whatever interrupts it has; whose guest ran, or NULL. */
static inline struct vcpu *turn_of(u32 cpu)
{
	on_cpu(cpu);
	last = NULL;
	while (fake_gic_pending_count(cpu))
		irq_handle(share_current());
	if (timer_fake_due())
		deadline_run();
	run_once();
	return last;
}

static inline struct vm *shared_vm(u32 cpus, u32 affinity, u32 weight)
{
	struct vm_description *d = world_describe(cpus);

	for (u32 i = 0; i < cpus; i++)
		d->vcpus[i] = (struct vcpu_terms){.class = SCHED_FAIR, .cpus = affinity, .weight = weight};
	assert_int_equal(vm_create(d, &pool), OK);
	struct vm *vm = vm_at(world_vms - 1);
	vm_start(vm);
	return vm;
}

static inline void boot_all(u32 cpus)
{
	for (u32 i = 0; i < 1000; i++) {
		bool all = true;

		for (u32 n = 0; vm_at(n); n++)
			all &= vm_at(n)->state == VM_RUNNING && vm_at(n)->vcpus[0]->power == VCPU_ON;
		if (all)
			return;
		for (u32 cpu = 0; cpu < cpus; cpu++)
			turn_of(cpu);
		timer_fake_advance(SLICE / 8);
	}
	fail_msg("not all VMs run");
}
