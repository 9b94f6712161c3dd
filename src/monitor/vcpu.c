/* SPDX-License-Identifier: Apache-2.0 */
/* Reset, power, and moving a vCPU into its CPU and out of it. Lock: vm->lock guards the power state. */
#include "monitor/vcpu.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/irq.h"
#include "monitor/serror.h"
#include "monitor/share.h"
#include "monitor/vm.h"

#define PSTATE_RESET 0x3c5UL /* EL1h, D A I F masked */
#define MPIDR_RES1   BIT(31)

u64 vcpu_mpidr(u32 id) { return MPIDR_RES1 | id; }

u64 vcpu_read(const struct vcpu *v, enum context_register which)
{
	return v->loaded ? context_read_loaded(which) : context_read_saved(&v->context, which);
}

void vcpu_write(struct vcpu *v, enum context_register which, u64 value)
{
	if (v->loaded)
		context_write_loaded(which, value);
	else
		context_write_saved(&v->context, which, value);
}

bool vcpu_serror_waits(const struct vcpu *v) { return v->loaded ? cpu_virtual_serror_waits() : v->serror; }

void vcpu_raise_serror(struct vcpu *v)
{
	if (v->loaded)
		cpu_raise_virtual_serror();
	else
		v->serror = true;
}

void vcpu_trace(const struct vcpu *v, enum trace_kind kind)
{
	trace_add(trace_of(cpu_index()), &(struct trace_record){.time = timer_now(),
	                                                        .pc = v->regs.pc,
	                                                        .subject = v->who | trace_who(0, 0, kind)});
}

/* All but what vtimer_reset() does. */
static void reset_core(struct vcpu *v, u64 entry, u64 argument)
{
	memset(&v->regs, 0, sizeof(v->regs));
	memset(&v->fpu, 0, sizeof(v->fpu));
	if (v->pmu.used) /* else there is nothing in it */
		memset(&v->pmu, 0, sizeof(v->pmu));
	v->vectors_clear = true;
	context_reset(&v->context);
	v->regs.pc = entry;
	v->regs.x[0] = argument;
	v->regs.pstate = PSTATE_RESET;
	v->sleeping = false;
	v->powered_down = v->suspended = false;
	v->serror = false;
	v->injected_at = 0;
	vgic_interface_reset(v);
}

void vcpu_reset(struct vcpu *v, u64 entry, u64 argument)
{
	reset_core(v, entry, argument);
	vtimer_reset(v);
}

void vcpu_steal(struct vcpu *v, u64 ticks)
{
	v->counters.stolen += ticks;
	vstolen_add(v, ticks);
}

void vcpu_get_turn(struct vcpu *v, u64 now)
{
	if (!v->ready_at)
		return;
	u64 waited = now - v->ready_at;

	histogram_add(&v->counters.runnable, waited);
	if (v->shares)
		vcpu_steal(v, waited);
	v->ready_at = 0;
}

void vcpu_load(struct vcpu *v)
{
	if (v->loaded)
		return;
	v->trace = trace_of(cpu_index());
	v->counters.switches++;
	if (v->ready_at)
		vcpu_get_turn(v, timer_now());
	cpu_set_guest(space_enter(&v->vm->space), vcpu_mpidr(v->id), v->controls | (v->serror ? HCR_VSE : 0));
	cpu_give_sve(v->vectors);
	timer_guest_offset(v->vm->counter_offset);
	context_load(&v->context);
	if (v->shares)
		space_change_cpu(&v->vm->space, v->id);
	if (!v->vectors)
		fpu_load(&v->fpu);
	else if (v->vectors_clear)
		fpu_clear_vectors();
	else
		fpu_load_vectors(&v->fpu, v->vectors);
	if (v->pmu.used)
		pmu_load(&v->pmu.state);
	vgic_load(v);
	v->loaded = true;
}

void vcpu_unload(struct vcpu *v)
{
	if (!v->loaded)
		return;
	serror_settle(v); /* while it is known whose it is */
	vgic_unload(v);
	if (v->vectors)
		fpu_save_vectors(&v->fpu, v->vectors);
	else
		fpu_save(&v->fpu);
	if (v->pmu.used)
		pmu_save(&v->pmu.state);
	v->vectors_clear = false;
	context_save(&v->context);
	if (v->shares)
		context_leave();
	v->serror = cpu_virtual_serror_waits(); /* the guest may have taken it */
	cpu_set_guest(0, 0, 0);
	space_leave();
	v->loaded = false;
}

void vcpu_end_turn(struct vcpu *v, u64 now)
{
	vcpu_unload(v);
	if (v->power == VCPU_ON && !v->sleeping && !v->rests)
		v->ready_at = now;
}

/* Whether a CPU may begin there. */
static bool is_entry(const struct vm *vm, u64 address)
{
	return is_aligned(address, 4) && address >= VM_RAM_BASE && address - VM_RAM_BASE < vm->memory_size;
}

void vcpu_begin(struct vcpu *v, u64 entry, u64 argument)
{
	v->entry = entry;
	v->argument = argument;
	v->ready_at = timer_now();
	v->power = VCPU_STARTING;
}

s32 vcpu_start(struct vcpu *target, u64 entry, u64 argument)
{
	struct vm *vm = target->vm;
	s32 result = PSCI_SUCCESS;

	if (!is_entry(vm, entry))
		return PSCI_INVALID_ADDRESS;
	spinlock_take(&vm->lock);
	if (!vm_is_alive(vm)) {
		result = PSCI_DENIED; /* the VM is ending: nobody will read the answer */
	} else if (target->power == VCPU_ON) {
		result = PSCI_ALREADY_ON;
	} else if (target->power == VCPU_STARTING) {
		result = PSCI_ON_PENDING;
	} else {
		vcpu_begin(target, entry, argument);
	}
	spinlock_give(&vm->lock);
	irq_kick(target);
	return result;
}

void vcpu_stop(struct vcpu *v)
{
	vcpu_unload(v); /* first: once it is off, its VM may be started again by another CPU */
	/* Here, where it expires: a reset by another CPU must not meet that. */
	deadline_cancel(&v->timer.alarm);
	spinlock_take(&v->vm->lock);
	if (vm_is_alive(v->vm)) /* else the VM is ending and counts on this vCPU to park */
		v->power = VCPU_OFF;
	pause_note(v->vm);
	spinlock_give(&v->vm->lock);
	vcpu_trace(v, TRACE_STOP);
}

/* The deadline's interrupt ends the CPU's wait, and the loop looks whether its vCPU can go on. */
static void alarm_expired(struct deadline *d)
{
	struct vcpu *v = CONTAINER_OF(d, struct vcpu, alarm);

	if (v->shares)
		share_notice(v);
}

/* When a timer of an unloaded vCPU raises its line, in ticks of the machine; never: ~0. */
static u64 timer_due(const struct vcpu *v, u64 control, u64 cval)
{
	bool armed = (control & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK)) == TIMER_CTL_ENABLE;
	u64 due = cval + v->vm->counter_offset;

	return armed && due >= cval ? due : ~0UL;
}

/* ... and when it was to wake by itself. */
static u64 sleep_due(const struct vcpu *v) { return timer_due(v, TIMER_CTL_ENABLE, v->asleep_until); }

void vcpu_set_alarm(struct vcpu *v)
{
	u64 due = min_u64(timer_due(v, v->context.cntv_ctl_el0, v->context.cntv_cval_el0),
	                  timer_due(v, v->context.cntp_ctl_el0, v->context.cntp_cval_el0));

	due = min_u64(due, sleep_due(v));
	v->alarm.expire = alarm_expired;
	if (v->sleeping && due != ~0UL)
		deadline_set(&v->alarm, due);
}

void vcpu_sleep(struct vcpu *v, u64 when)
{
	vcpu_unload(v);
	v->sleeping = true;
	v->asleep_at = timer_now();
	v->asleep_until = when;
	vcpu_set_alarm(v);
}

s32 vcpu_power_down(struct vcpu *v, u64 entry, u64 argument)
{
	if (!is_entry(v->vm, entry))
		return PSCI_INVALID_ADDRESS;
	v->entry = entry;
	v->argument = argument;
	v->powered_down = true;
	vcpu_sleep(v, ~0UL);
	return PSCI_SUCCESS;
}

/* Once it is alone it stays so: only it could start another. */
s32 vcpu_suspend_system(struct vcpu *v, u64 entry, u64 argument)
{
	struct vm *vm = v->vm;
	bool alone = true;

	spinlock_take(&vm->lock);
	for (u32 i = 0; i < vm->vcpu_count; i++)
		alone &= vm->vcpus[i] == v || vm->vcpus[i]->power == VCPU_OFF;
	spinlock_give(&vm->lock);
	if (!alone)
		return PSCI_DENIED;
	s32 result = vcpu_power_down(v, entry, argument);
	v->suspended = result == PSCI_SUCCESS;
	return result;
}

bool vcpu_may_wake(struct vcpu *v)
{
	return vgic_has_deliverable(v) || v->serror || (sleep_due(v) != ~0UL && timer_now() >= sleep_due(v));
}

/* Its timers are powered even when it is not: its tree says "always-on". And an SError that waits is not lost. */
static void power_up(struct vcpu *v)
{
	const struct context was = v->context;
	const bool serror = v->serror;

	reset_core(v, v->entry, v->argument);
	v->serror = serror;
	v->context.vsesr_el2 = was.vsesr_el2;
	v->context.cntv_ctl_el0 = was.cntv_ctl_el0;
	v->context.cntv_cval_el0 = was.cntv_cval_el0;
	v->context.cntp_ctl_el0 = was.cntp_ctl_el0;
	v->context.cntp_cval_el0 = was.cntp_cval_el0;
}

void vcpu_wake(struct vcpu *v)
{
	if (v->powered_down)
		power_up(v);
	v->sleeping = false;
	v->ready_at = timer_now();
	v->counters.waited += v->ready_at - v->asleep_at;
	deadline_cancel(&v->alarm);
}
