/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every change of vm->state is made here, but for the two of a pause (pause.c): its own life's, which nobody else could make then,
 * without the lock. A start and a report are jobs; what each
 * of their steps does is all that anybody else on that CPU may have to wait for.
 * Lock: vm->lock guards state, end, wish, running and the vCPUs' power.
 */
#include "monitor/life.h"

#include "machine/mmu.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/irq.h"
#include "monitor/ledger.h"
#include "monitor/removal.h"
#include "monitor/vm.h"

static void (*all_ended)(void);

void life_when_all_ended(void (*act)(void)) { all_ended = act; }

/* On the CPU of its first vCPU, charged to that one if it shares CPUs. */
static void do_job(struct vm *vm, bool (*step)(struct job *))
{
	struct vcpu *v = vm->vcpus[0];

	vm->job = (struct job){.step = step};
	if (v->shares)
		__atomic_store_n(&v->job, &vm->job, __ATOMIC_RELEASE); /* with the step */
	else
		job_add(&vm->job, v->cpu);
	irq_kick(v);
}

/* What a vCPU that is off keeps: its timers may have been left armed. */
static void reset_private(struct vcpu *v)
{
	vtimer_reset(v);
	vgic_cpu_reset(v);
}

bool life_clear(struct vm *vm)
{
	u32 at = vm->cleared++;

	if (at == 0) {
		vgic_reset(vm);
	} else if (at <= vm->vcpu_count) {
		reset_private(
			vm->vcpus[at - 1]); /* also of those that will not start: others read their state */
	} else if (at == vm->vcpu_count + 1) {
		mmu_flush(&vm->space.table); /* what the CPUs remember of the last life's own tables */
		vuart_reset(vm);
		vrtc_reset(vm);
		vgpio_reset(vm);
		vwatchdog_reset(vm);
		vstolen_reset(vm);
	} else {
		return false;
	}
	return true;
}

/* The job of a start: clear the devices, scrub, copy the pristine image, then the first vCPU goes on. */
static bool start_step(struct job *j)
{
	struct vm *vm = CONTAINER_OF(j, struct vm, job);
	bool more = life_clear(vm) || load_some(vm);

	if (!more)
		life_run(vm);
	return more;
}

void life_begin(struct vm *vm)
{
	vm->state = VM_LOADING;
	vm->mem_protect = false;
	vm->pause = (struct pause){0};
	vm->cleared = 0;
	load_begin(vm);
	do_job(vm, start_step);
}

void life_run(struct vm *vm)
{
	u64 now = timer_now(), second = timer_frequency();

	print("%s starts, %lu.%09lu s after power-on\n", vm_name(vm), now / second,
	      now % second * 1000000000UL / second);
	console_event(vm, CONSOLE_STARTED, true);
	vm->counter_offset = timer_now(); /* its time starts at 0 */
	/* At once: a VM that runs without a CPU would be one that has turned its last CPU off. */
	spinlock_take(&vm->lock);
	vm->state = VM_RUNNING;
	vm->lives++;
	vcpu_begin(vm->vcpus[0], vm->description->entry.value, VM_RAM_BASE);
	spinlock_give(&vm->lock);
	irq_kick(vm->vcpus[0]);
}

void life_start_vcpu(struct vcpu *v)
{
	struct vm *vm = v->vm;

	spinlock_take(&vm->lock); /* whoever asked wrote them under it */
	u64 entry = v->entry, argument = v->argument;
	spinlock_give(&vm->lock);
	vcpu_reset(v, entry, argument);
	v->counters.started = timer_now();
	v->counters.waited = v->counters.stolen = v->rested = 0;
	vcpu_trace(v, TRACE_START);
	spinlock_take(&vm->lock);
	v->power = VCPU_ON;
	pause_begins_resting(v);
	spinlock_give(&vm->lock);
}

static void all_parked(struct vm *vm);

static u32 vcpus_on(const struct vm *vm)
{
	u32 count = 0;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		count += vm->vcpus[i]->power != VCPU_OFF;
	return count;
}

/* What the reason was may be over, and another life have begun, by the time that it is told. vm->lock is held. */
static bool holds(struct vm *vm, enum life_end why)
{
	if (why == END_BITTEN)
		return vwatchdog_bites(vm);
	return why != END_ALL_OFF || (!vcpus_on(vm) && !vwatchdog_counts(vm));
}

/*
 * `wish`: of what becomes of it. `by` and `reason` are for the report; without a reason there is none. False: it ends already, or
 * does not run.
 */
static bool end(struct vm *vm, enum life_end why, enum life_wish wish, struct vcpu *by, const char *reason)
{
	spinlock_take(&vm->lock);
	bool first = vm_is_alive(vm) && holds(vm, why);

	if (first) {
		vm->state = VM_ENDING;
		vm->end = why;
		vm->wish = wish;
		vm->running = vcpus_on(vm);
		vm_report_note(vm, by, reason);
	}
	bool off = first && !vm->running; /* all its vCPUs: none will park */
	spinlock_give(&vm->lock);
	for (u32 i = 0; first && i < vm->vcpu_count; i++)
		irq_kick(vm->vcpus[i]);
	if (off)
		all_parked(vm);
	return first;
}

void life_end(struct vm *vm, enum life_end why)
{
	const char *reason = why == END_BITTEN ? "its watchdog was not refreshed in time" : NULL;

	end(vm, why, WISH_POLICY, NULL, reason);
}

void life_fail(struct vcpu *v, const char *why) { end(v->vm, END_CRASHED, WISH_POLICY, v, why); }

/* Whether the policy and its rate limit allow another start (doc/vm.md, restart). */
static bool may_restart(struct vm *vm)
{
	const struct vm_description *d = vm->description;
	bool wanted = false;

	if (vm->wish != WISH_POLICY)
		return vm->wish == WISH_START;
	switch (d->restart) {
	case RESTART_NEVER:
		break;
	case RESTART_ON_RESET:
		wanted = vm->end == END_RESET;
		break;
	case RESTART_ON_CRASH:
		wanted = vm->end != END_OFF && vm->end != END_ALL_OFF;
		break;
	case RESTART_ALWAYS:
		wanted = true;
		break;
	}
	if (!wanted)
		return false;
	u64 now = timer_now();
	if (!vm->restarts || now - vm->window > (u64)d->restart_window * timer_frequency()) {
		vm->restarts = 0;
		vm->window = now;
	}
	if (vm->restarts++ < d->restart_limit)
		return true;
	print("%s: restarted %u times in %u s: it stays crashed\n", d->name, d->restart_limit,
	      d->restart_window);
	vm->end = END_CRASHED;
	return false;
}

/* The last line of the report. */
static void tell_policy(const struct vm *vm, bool again)
{
	const struct vm_description *d = vm->description;
	const char *word = describe_restart_word(d->restart);

	if (again)
		print("  restart = \"%s\": it starts again, %u of %u times within %u s\n", word, vm->restarts,
		      d->restart_limit, d->restart_window);
	else
		print("  restart = \"%s\": it does not start again\n", word);
}

static bool everything_ended(void)
{
	struct vm *vm = NULL;

	while ((vm = vm_next(vm)))
		if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) != VM_ENDED)
			return false;
	return true;
}

static void look_around(void)
{
	if (everything_ended() && all_ended)
		all_ended();
}

static void retired(struct vm *vm)
{
	__atomic_store_n(&vm->state, VM_ENDED, __ATOMIC_RELEASE);
	look_around();
}

/* Gives back what the VM owned. Its CPUs stay with it until it is destroyed: it may be started again. */
static void retire(struct vm *vm)
{
	deadline_cancel(&vm->rtc.alarm);
	vgpio_reset(vm);     /* a button that is held would be let go */
	vwatchdog_reset(vm); /* it would count on */
	if (vm->wish == WISH_DESTROY) {
		vm->state = VM_REMOVING;
		removal_begin(vm);
		return;
	}
	vm_give_memory(vm);
	retired(vm);
}

void life_over(struct vm *vm)
{
	vm_take_apart(vm);
	print("%s is destroyed\n", vm_name_of(vm->id)); /* as soon as it can be made again */
	look_around();
}

static void ended(struct vm *vm)
{
	static const enum console_event events[] = {[END_OFF] = CONSOLE_OFF,
	                                            [END_RESET] = CONSOLE_RESET,
	                                            [END_CRASHED] = CONSOLE_CRASHED,
	                                            [END_BITTEN] = CONSOLE_BITTEN,
	                                            [END_ALL_OFF] = CONSOLE_OFF};
	static const char *const words[] = {[END_OFF] = "is off",
	                                    [END_RESET] = "was reset",
	                                    [END_CRASHED] = "has crashed",
	                                    [END_BITTEN] = "was bitten by its watchdog",
	                                    [END_ALL_OFF] = "has turned its last CPU off"};
	bool again = may_restart(vm);

	if (vm->report.why)
		tell_policy(vm, again);
	print("%s %s%s\n", vm_name(vm), words[vm->end], again ? " and starts again" : "");
	console_event(vm, events[vm->end], again);
	if (again) {
		life_begin(vm);
		return;
	}
	retire(vm);
}

/* The job of an end that has a report: a line a step. */
static bool report_step(struct job *j)
{
	struct vm *vm = CONTAINER_OF(j, struct vm, job);
	bool more = vm_report_some(vm);

	if (!more)
		ended(vm);
	return more;
}

static void all_parked(struct vm *vm)
{
	if (!vm->report.why) {
		ended(vm);
		return;
	}
	do_job(vm, report_step);
}

void life_park(struct vcpu *v)
{
	struct vm *vm = v->vm;

	vcpu_unload(v);
	vcpu_trace(v, TRACE_STOP);
	deadline_cancel(&v->alarm);
	deadline_cancel(&v->timer.alarm);
	spinlock_take(&vm->lock);
	v->power = VCPU_OFF;
	bool last = --vm->running == 0;
	spinlock_give(&vm->lock);
	if (last)
		all_parked(vm);
}

/* --- what may be asked of it --- */

static const struct {
	const char *word;
	u32 where; /* bit n: at life n */
} acts[LIFE_ACTS] = {
	[LIFE_START] = {"start", 1 << LIFE_DEFINED | 1 << LIFE_OFF | 1 << LIFE_CRASHED},
	[LIFE_SHUTDOWN] = {"shutdown", 1 << LIFE_RUNNING | 1 << LIFE_SUSPENDED},
	[LIFE_RESET] = {"reset", 1 << LIFE_RUNNING | 1 << LIFE_PAUSED | 1 << LIFE_SUSPENDED},
	[LIFE_PAUSE] = {"pause", 1 << LIFE_RUNNING | 1 << LIFE_SUSPENDED},
	[LIFE_RESUME] = {"resume", 1 << LIFE_PAUSED},
	[LIFE_STOP] = {"stop", 1 << LIFE_RUNNING | 1 << LIFE_PAUSED | 1 << LIFE_SUSPENDED},
	[LIFE_CRASH] = {"crash", 1 << LIFE_RUNNING | 1 << LIFE_PAUSED | 1 << LIFE_SUSPENDED},
	[LIFE_DESTROY] = {"destroy", ~(1U << LIFE_LOADING | 1U << LIFE_ENDING)},
};

const char *life_act_word(enum life_act act) { return acts[act].word; }

bool life_allows(enum life life, enum life_act act) { return acts[act].where >> life & 1; }

const char *life_word(enum life life)
{
	static const char *const words[] = {
		[LIFE_DEFINED] = "defined", [LIFE_LOADING] = "loading",     [LIFE_RUNNING] = "running",
		[LIFE_PAUSED] = "paused",   [LIFE_SUSPENDED] = "suspended", [LIFE_ENDING] = "ending",
		[LIFE_OFF] = "off",         [LIFE_CRASHED] = "crashed",
	};

	return words[life];
}

static bool is_suspended(const struct vm *vm)
{
	bool suspended = false;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		suspended |= vm->vcpus[i]->power == VCPU_ON && vm->vcpus[i]->suspended;
	return suspended;
}

enum life life_of(const struct vm *vm)
{
	switch (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE)) {
	case VM_LOADING:
		return LIFE_LOADING;
	case VM_RUNNING:
		return is_suspended(vm) ? LIFE_SUSPENDED : LIFE_RUNNING;
	case VM_PAUSED:
		return LIFE_PAUSED;
	case VM_ENDING:
	case VM_REMOVING:
	case VM_GONE:
		return LIFE_ENDING;
	case VM_ENDED:
		break;
	}
	if (!vm->lives)
		return LIFE_DEFINED;
	return vm->end == END_CRASHED || vm->end == END_BITTEN ? LIFE_CRASHED : LIFE_OFF;
}

/* Of one that has ended, if nobody else does: what its end left is seen. */
static bool claim(struct vm *vm, enum vm_state next)
{
	spinlock_take(&vm->lock);
	bool ours = __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == VM_ENDED;
	if (ours)
		vm->state = next;
	spinlock_give(&vm->lock);
	return ours;
}

static enum status start(struct vm *vm)
{
	if (!claim(vm, VM_LOADING))
		return BUSY;
	enum status status = vm_take_memory(vm);
	if (status == OK)
		life_begin(vm);
	else
		retired(vm);
	return status;
}

static bool destroy(struct vm *vm)
{
	bool ended = claim(vm, VM_REMOVING);

	if (ended)
		removal_begin(vm);
	return ended || end(vm, END_OFF, WISH_DESTROY, NULL, NULL);
}

static bool press(struct vm *vm)
{
	spinlock_take(&vm->lock); /* so that the end, which lets the button go, comes behind */
	bool runs = vm->state == VM_RUNNING;

	if (runs)
		vgpio_press(vm);
	spinlock_give(&vm->lock);
	return runs;
}

enum status life_ask(struct vm *vm, enum life_act act)
{
	bool done = false;

	switch (act) {
	case LIFE_START:
		return start(vm);
	case LIFE_SHUTDOWN:
		done = press(vm);
		break;
	case LIFE_RESET:
		done = end(vm, END_RESET, WISH_START, NULL, NULL);
		break;
	case LIFE_PAUSE:
		done = pause_begin(vm);
		break;
	case LIFE_RESUME:
		done = pause_end(vm, false);
		break;
	case LIFE_STOP:
		done = end(vm, END_OFF, WISH_STOP, NULL, NULL);
		break;
	case LIFE_CRASH:
		done = end(vm, END_CRASHED, WISH_POLICY, NULL, "somebody at the console wanted it so");
		break;
	case LIFE_DESTROY:
		done = destroy(vm);
		break;
	case LIFE_ACTS:
		break;
	}
	return done ? OK : BUSY;
}
