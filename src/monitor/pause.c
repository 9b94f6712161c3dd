/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stops when the last vCPU has left its CPU, and not before: one that ran a little longer than the others must not see its
 * counter step back. A vCPU that rests has no deadline; it sets its own again when it goes on, from its VM's time.
 *
 * Invariant: while a pause is complete, nothing looks at the VM's time. Lock: vm->lock guards state, resting and since.
 */
#include "monitor/pause.h"

#include "lib/bits.h"
#include "machine/timer.h"
#include "monitor/irq.h"
#include "monitor/vm.h"

static bool is_paused(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_RELAXED) == VM_PAUSED;
}

static void kick_all(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++)
		irq_kick(vm->vcpus[i]);
}

/* vm->lock is held. */
static bool all_rest(const struct vm *vm)
{
	bool all = vm->state == VM_PAUSED;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		all &= vm->vcpus[i]->power != VCPU_ON || vm->pause.resting >> i & 1;
	return all;
}

/* vm->lock is held. */
static void stop_time(struct vm *vm)
{
	if (all_rest(vm))
		vwatchdog_stop(vm);
}

bool pause_begin(struct vm *vm)
{
	spinlock_take(&vm->lock);
	bool runs = vm->state == VM_RUNNING;
	if (runs) {
		vm->state = VM_PAUSED;
		vm->pause.since = timer_now();
		stop_time(vm); /* all its vCPUs may be off, or not have gone on since the last pause */
	}
	spinlock_give(&vm->lock);
	if (runs)
		kick_all(vm);
	return runs;
}

bool pause_is_complete(struct vm *vm)
{
	spinlock_take(&vm->lock);
	bool complete = all_rest(vm);
	spinlock_give(&vm->lock);
	return complete;
}

bool pause_end(struct vm *vm, bool keep_time)
{
	spinlock_take(&vm->lock);
	bool paused = vm->state == VM_PAUSED, complete = all_rest(vm);
	if (complete && !keep_time)
		vm->counter_offset += timer_now() - vm->pause.since;
	if (paused)
		vm->state = VM_RUNNING;
	if (complete)
		vwatchdog_go_on(vm);
	spinlock_give(&vm->lock);
	if (paused)
		kick_all(vm);
	return paused;
}

bool pause_waits(const struct vcpu *v) { return v->power == VCPU_ON && is_paused(v->vm) != v->rests; }

static void rest(struct vcpu *v)
{
	struct vm *vm = v->vm;

	vcpu_unload(v);
	deadline_cancel(&v->alarm);
	deadline_cancel(&v->timer.alarm);
	v->rests = true;
	spinlock_take(&vm->lock);
	vm->pause.resting |= 1U << v->id;
	vm->pause.since = max_u64(vm->pause.since, timer_now());
	stop_time(vm);
	spinlock_give(&vm->lock);
}

static void go_on(struct vcpu *v)
{
	struct vm *vm = v->vm;

	v->rests = false;
	v->ready_at = timer_now();
	vcpu_set_alarm(v);
	vtimer_look(v);
	spinlock_take(&vm->lock);
	vm->pause.resting &= ~(1U << v->id);
	spinlock_give(&vm->lock);
}

void pause_obey(struct vcpu *v)
{
	if (is_paused(v->vm))
		rest(v);
	else
		go_on(v);
}
