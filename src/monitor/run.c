/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU is dedicated to one vCPU, and then there is nothing to choose; or shared (monitor/share.h). Interrupts are masked throughout:
 * one that comes after the checks below ends the guest's slice at its first instruction, or
 * cpu_wait() at once; nothing that is asked of this CPU is ever missed.
 */
#include "monitor/run.h"

#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/dispatch.h"
#include "monitor/irq.h"
#include "monitor/job.h"
#include "monitor/panic.h"
#include "monitor/pause.h"
#include "monitor/serror.h"
#include "monitor/share.h"
#include "monitor/vm.h"

static struct vcpu *assigned[CPU_MAX];

void run_assign(u32 cpu, struct vcpu *v) { __atomic_store_n(&assigned[cpu], v, __ATOMIC_RELEASE); }

u32 run_first_open(u32 cpus)
{
	for (u32 cpu = 0; cpu < cpus; cpu++)
		if (!__atomic_load_n(&assigned[cpu], __ATOMIC_ACQUIRE))
			return cpu;
	return 0;
}

bool run_is_wanted(const struct vcpu *v)
{
	return panic_is_on() || job_waits() || (v->shares && share_has_news()) ||
	       __atomic_load_n(&v->vm->state, __ATOMIC_RELAXED) != VM_RUNNING;
}

/* Its CPU, in any turn. */
static struct vcpu *whose_turn(void)
{
	struct vcpu *v = __atomic_load_n(&assigned[cpu_index()], __ATOMIC_ACQUIRE);

	return v ? v : share_choose();
}

/* Carries out a change of power or a pause that was asked for. True if there was one: look at everything again. */
static bool change_power(struct vcpu *v)
{
	if (v->vm->state == VM_ENDING && v->power != VCPU_OFF)
		life_park(v);
	else if (v->power == VCPU_STARTING)
		life_start_vcpu(v);
	else if (pause_waits(v))
		pause_obey(v);
	else
		return false;
	return true;
}

/* Whether `v` can enter its guest now. Asleep (CPU_SUSPEND, WFI), it goes on when something could interrupt it. */
static bool is_ready(struct vcpu *v)
{
	if (v->power != VCPU_ON || v->rests)
		return false;
	if (v->sleeping && vcpu_may_wake(v)) {
		dispatch_wake(v);
		vcpu_wake(v);
	}
	return !v->sleeping;
}

/* A step of this CPU's jobs, if there is one. Others' input, output and deadlines do not wait for a whole load. */
static bool work(struct vcpu *v)
{
	u64 begin = timer_now();

	if (!job_run())
		return false;
	irq_handle(v);
	if (v && v->power == VCPU_ON && !v->sleeping)
		vcpu_steal(v, timer_now() - begin);
	return true;
}

static bool change_waits(const struct vcpu *v)
{
	return v->power == VCPU_STARTING || pause_waits(v) ||
	       (v->vm->state == VM_ENDING && v->power != VCPU_OFF);
}

static struct job *job_of(const struct vcpu *v) { return __atomic_load_n(&v->job, __ATOMIC_ACQUIRE); }

/* Only that is looked at here: who holds it may be in somebody else's turn. */
bool run_may_go_on(struct vcpu *v)
{
	if (v->power == VCPU_ON && !v->rests)
		vtimer_look(v);
	return change_waits(v) || is_ready(v) || (job_of(v) && vm_report_may_go_on(v->vm));
}

/* A step of the job of one that shares CPUs: its turn goes on with it. */
static bool work_in_turn(struct vcpu *v)
{
	struct job *j = job_of(v);

	if (!j || !vm_report_may_go_on(v->vm))
		return false;
	v->job = NULL; /* first: the step may give it another one */
	if (j->step(j))
		v->job = j;
	irq_handle(v);
	return true;
}

bool run_once(void)
{
	panic_check();
	struct vcpu *v = whose_turn();

	if (work(v))
		return true;
	if (!v)
		return false;
	if (change_power(v) || (v->shares && work_in_turn(v)))
		return true;
	if (!is_ready(v))
		return false;
	vcpu_load(v);
	vgic_enter(v);
	guest_enter(&v->regs);
	dispatch_rest(v);
	return true;
}

void run_forever(void)
{
	for (;;) {
		if (run_once())
			continue;
		cpu_wait();
		serror_take_idle();
		irq_handle(NULL); /* who waits is not loaded */
	}
}
