/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's physical timer where CNTPOFF_EL2 is missing (Arm ARM D12.2): the VM's time is the
 * machine's counter less the VM's offset, so that both of its timers tell one time.
 *
 * Invariant: the vGIC's input of the timer is ENABLE && !IMASK && the condition is met; while that
 * only lacks the time, a deadline waits for it. No lock: all but expire() runs where the vCPU is held.
 */
#include "virtual/vtimer.h"

#include "lib/bits.h"
#include "machine/timer.h"
#include "monitor/irq.h"
#include "monitor/vm.h"

static u64 guest_now(const struct vcpu *v) { return timer_now() - v->vm->counter_offset; }

static bool condition_met(const struct vcpu *v)
{
	return (v->timer.control & TIMER_CTL_ENABLE) && guest_now(v) >= v->timer.cval;
}

static void update(struct vcpu *v)
{
	struct vtimer *t = &v->timer;
	bool wanted = (t->control & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK)) == TIMER_CTL_ENABLE;
	bool high = wanted && condition_met(v);
	u64 when;

	if (!wanted || high || __builtin_add_overflow(t->cval, v->vm->counter_offset, &when))
		deadline_cancel(&t->alarm); /* over, or beyond the end of the machine's counter */
	else
		deadline_set(&t->alarm, when);
	if (high != t->line) {
		t->line = high;
		vgic_set_line(v, TIMER_PHYSICAL_PPI, high);
	}
}

static void expire(struct deadline *self)
{
	struct vcpu *v = CONTAINER_OF(self, struct vtimer, alarm)->vcpu;

	if (v->shares) /* it may be on another CPU by now, which is to look */
		irq_kick(v);
	else
		update(v);
}

void vtimer_look(struct vcpu *v)
{
	if (v->timer.control & TIMER_CTL_ENABLE)
		update(v);
}

void vtimer_reset(struct vcpu *v)
{
	struct vtimer *t = &v->timer;

	if (!t->alarm.expire)
		t->alarm = (struct deadline)DEADLINE_IDLE(expire);
	t->vcpu = v;
	t->cval = 0;
	t->control = 0;
	update(v);
}

enum verdict vtimer_cntpct_read(struct vcpu *v, struct access *a)
{
	a->value = guest_now(v);
	return DONE;
}

/* ISTATUS does not depend on IMASK; with ENABLE clear it is UNKNOWN, here 0 (D19.12, CNTP_CTL_EL0). */
enum verdict vtimer_ctl_read(struct vcpu *v, struct access *a)
{
	a->value = v->timer.control | (condition_met(v) ? TIMER_CTL_ISTATUS : 0);
	return DONE;
}

enum verdict vtimer_ctl_write(struct vcpu *v, struct access *a)
{
	v->timer.control = (u32)(a->value & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK));
	update(v);
	return DONE;
}

enum verdict vtimer_cval_read(struct vcpu *v, struct access *a)
{
	a->value = v->timer.cval;
	return DONE;
}

enum verdict vtimer_cval_write(struct vcpu *v, struct access *a)
{
	v->timer.cval = a->value;
	update(v);
	return DONE;
}

/* A signed 32-bit view of the distance to CVAL (D12.2.4). */
enum verdict vtimer_tval_read(struct vcpu *v, struct access *a)
{
	a->value = (u32)(v->timer.cval - guest_now(v));
	return DONE;
}

enum verdict vtimer_tval_write(struct vcpu *v, struct access *a)
{
	v->timer.cval = guest_now(v) + (u64)(s64)(s32)a->value;
	update(v);
	return DONE;
}
