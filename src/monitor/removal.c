/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU may be in the middle of its loop with a vCPU that is off. So a dedicated CPU is given back by itself, between two passes;
 * one that is shared has chosen again before its vCPU is forgotten. CPUs that are dedicated to others are not asked anything.
 * Its devices are made as at power-on before its place is free: what comes late, output or input, finds nobody to interrupt.
 */
#include "monitor/removal.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/irq.h"
#include "monitor/ledger.h"
#include "monitor/run.h"
#include "monitor/share.h"
#include "monitor/vm.h"

static bool step(struct job *j);

static void go_on(struct vm *vm, u32 cpu)
{
	vm->job = (struct job){.step = step};
	job_add(&vm->job, cpu);
	irq_kick_any(cpu);
}

/* Of a vCPU; of one that shares CPUs, the next step is where it was still seen. */
static bool give_cpu(struct vcpu *v, u32 *next)
{
	if (v->shares) {
		u32 busy = share_remove(v);

		if (busy)
			*next = lowest_bit(busy);
		return !busy;
	}
	run_assign(v->cpu, NULL);
	ledger_take_cpu(v->cpu, v->vm->id);
	return true;
}

/* The memory, each vCPU's CPU, the devices. True: there is more to do, on that CPU. */
static bool take_some(struct vm *vm, u32 *next)
{
	if (vm->has_memory) {
		vm_give_memory(vm);
		return true;
	}
	if (vm->removed == vm->vcpu_count)
		return life_clear(vm);
	if (give_cpu(vm->vcpus[vm->removed], next) && ++vm->removed < vm->vcpu_count)
		*next = vm->vcpus[vm->removed]->cpu;
	return true;
}

static bool step(struct job *j)
{
	struct vm *vm = CONTAINER_OF(j, struct vm, job);
	u32 next = cpu_index();

	if (take_some(vm, &next))
		go_on(vm, next);
	else
		life_over(vm);
	return false;
}

void removal_begin(struct vm *vm)
{
	vm->removed = vm->cleared = 0;
	go_on(vm, vm->vcpus[0]->cpu);
}
