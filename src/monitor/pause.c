/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stops when the last vCPU has left its CPU, and not before: one that ran a little longer than the others must not see its
 * counter step back. A vCPU that rests has no deadline; it sets its own again when it goes on, from its VM's time.
 *
 * Invariant: a pause that is complete stays so until its end, and meanwhile nothing looks at the VM's time. Lock: vm->lock guards
 * state, resting and since.
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

/* vm->lock is held. One that is about to start rests as soon as it has (pause_begins_resting()). */
static bool all_rest(const struct vm *vm)
{
	bool all = vm->state == VM_PAUSED;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		all &= vm->vcpus[i]->power != VCPU_ON || vm->pause.resting >> i & 1;
	return all;
}

void pause_note(struct vm *vm)
{
	if (vm->state != VM_PAUSED)
		return;
	vm->pause.since = max_u64(vm->pause.since, timer_now());
	if (all_rest(vm))
		vwatchdog_stop(vm);
}

bool pause_begin(struct vm *vm)
{
	spinlock_take(&vm->lock);
	bool runs = vm->state == VM_RUNNING;
	if (runs) {
		vm->state = VM_PAUSED;
		vm->pause.since = 0;
		pause_note(vm); /* all its vCPUs may be off, or not have gone on since the last pause */
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
	bool paused = vm->state == VM_PAUSED;
	if (all_rest(vm) && !keep_time)
		vm->counter_offset += timer_now() - vm->pause.since;
	if (paused) {
		vm->state = VM_RUNNING;
		vwatchdog_go_on(vm);
	}
	spinlock_give(&vm->lock);
	if (paused)
		kick_all(vm);
	return paused;
}

bool pause_waits(const struct vcpu *v) { return v->power == VCPU_ON && is_paused(v->vm) != v->rests; }

void pause_begins_resting(struct vcpu *v)
{
	v->rests = v->vm->state == VM_PAUSED;
	v->rested_at = timer_now();
	if (v->rests)
		v->vm->pause.resting |= 1U << v->id;
	else
		v->vm->pause.resting &= ~(1U << v->id);
}

static void rest(struct vcpu *v)
{
	struct vm *vm = v->vm;

	vcpu_unload(v);
	deadline_cancel(&v->alarm);
	deadline_cancel(&v->timer.alarm);
	v->rests = true;
	v->rested_at = timer_now();
	if (v->ready_at && v->shares)
		vcpu_steal(v, v->rested_at - v->ready_at);
	v->ready_at = 0;
	spinlock_take(&vm->lock);
	vm->pause.resting |= 1U << v->id;
	pause_note(vm);
	spinlock_give(&vm->lock);
}

static void go_on(struct vcpu *v)
{
	struct vm *vm = v->vm;

	spinlock_take(&vm->lock);             /* before a look at the VM's time, which moved under it */
	bool paused = vm->state == VM_PAUSED; /* once more */
	if (!paused)
		vm->pause.resting &= ~(1U << v->id);
	spinlock_give(&vm->lock);
	if (paused)
		return;
	u64 rested = timer_now() - v->rested_at;
	v->rested += rested;
	v->asleep_at += rested; /* if it sleeps: that is not what it waits for */
	v->rests = false;
	if (!v->sleeping)
		v->ready_at = timer_now();
	vcpu_set_alarm(v);
	vtimer_look(v);
}

void pause_obey(struct vcpu *v)
{
	if (is_paused(v->vm))
		rest(v);
	else
		go_on(v);
}
