/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU may be in the middle of its loop with a vCPU that is off. So a dedicated CPU is given back by itself, between two passes;
 * one that is shared has chosen again before its vCPU is forgotten. CPUs that are dedicated to others are not asked anything.
 */
#include "monitor/removal.h"

#include "machine/cpu.h"
#include "monitor/irq.h"
#include "monitor/ledger.h"
#include "monitor/run.h"
#include "monitor/share.h"
#include "monitor/vm.h"

static bool step(struct job *j);

/* On a CPU that the next vCPU may have. */
static void go_on(struct vm *vm)
{
	u32 cpu = vm->removed < vm->vcpu_count ? vm->vcpus[vm->removed]->cpu : cpu_index();

	vm->job = (struct job){.step = step};
	job_add(&vm->job, cpu);
	irq_kick_any(cpu);
}

static bool give_cpu(struct vcpu *v)
{
	if (v->shares)
		return share_remove(v);
	run_assign(v->cpu, NULL);
	ledger_take_cpu(v->cpu, v->vm->id);
	return true;
}

static bool step(struct job *j)
{
	struct vm *vm = CONTAINER_OF(j, struct vm, job);

	if (vm->removed == vm->vcpu_count) {
		life_over(vm);
		return false;
	}
	if (give_cpu(vm->vcpus[vm->removed]))
		vm->removed++;
	go_on(vm);
	return false;
}

void removal_begin(struct vm *vm)
{
	if (vm->has_memory)
		vm_give_memory(vm);
	vm->removed = 0;
	go_on(vm);
}
