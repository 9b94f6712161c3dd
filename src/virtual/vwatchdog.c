/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBSA generic watchdog (DEN0029, Generic Watchdog), revision 1: the counter of the guest's timers passes a compare
 * value. The first time that is WS0, an interrupt, and another period begins; the second time it is WS1, and the VM
 * ends. Any write of WRR, WOR or WCS is a refresh: it begins a period and takes both signals back.
 *
 * Both signals are functions of compare value, offset and time: whoever looks catches up first, and the one deadline is
 * only there so that somebody looks. So it counts on while no vCPU runs, and costs nothing while it is disabled. The
 * compare value then stands still, which nobody can tell but by reading it: enabling is a refresh.
 *
 * Invariant: whenever the lock is free, the vGIC's input is WS0 as of the last look, and a deadline waits for the next
 * change if there will be one. Lock: watchdog.lock (RANK_DEVICE), held across the requests to the vGIC and the deadlines.
 */
#include "virtual/vwatchdog.h"

#include "lib/bits.h"
#include "machine/timer.h"
#include "monitor/vm.h"

enum { WCS_EN = 1 << 0, WCS_WS0 = 1 << 1, WCS_WS1 = 1 << 2 };
enum { WOR_LOW = 0x08, WCV_LOW = 0x10 };
enum {
	IIDR = 1 << 16 | 0x43b
}; /* architecture revision 1: WOR has 48 bits; implementer Arm, as the other devices */

static u64 guest_now(const struct vm *vm) { return timer_now() - vm->counter_offset; }

/* A timeout is a counter greater than the compare value; the first one refreshes, the second does not. */
static void time_out(struct vwatchdog *w, u64 counter)
{
	if (w->warned) {
		w->bitten = true;
	} else {
		w->warned = true;
		w->compare = counter + w->offset;
	}
}

static bool is_over(const struct vwatchdog *w)
{
	return w->enabled && !w->stopped && guest_now(w->vm) > w->compare;
}

static void catch_up(struct vwatchdog *w)
{
	if (is_over(w))
		time_out(w, w->compare + 1);
	if (is_over(w))
		time_out(w, w->compare + 1);
}

static struct vwatchdog *lock_watchdog(struct vm *vm)
{
	spinlock_take(&vm->watchdog.lock);
	catch_up(&vm->watchdog);
	return &vm->watchdog;
}

static void set_line(struct vwatchdog *w)
{
	if (w->warned != w->line) {
		w->line = w->warned;
		vgic_set_line(w->vm->vcpus[0], VGIC_WATCHDOG_INTID, w->line);
	}
}

static enum verdict unlock_watchdog(struct vwatchdog *w)
{
	bool bitten = w->bitten;
	struct vm *vm = w->vm;

	set_line(w);
	spinlock_give(&w->lock);
	if (likely(!bitten))
		return DONE;
	life_end(vm, END_BITTEN);
	/* This CPU is the one that nobody kicks. Unless another has refreshed meanwhile, it leaves the guest, too. */
	return vm_is_alive(vm) ? DONE : WAIT;
}

static void set_alarm(struct vwatchdog *w)
{
	u64 when;

	/* Beyond the end of the machine's counter is never. */
	if (w->enabled && !w->bitten && !w->stopped &&
	    !__builtin_add_overflow(w->compare, w->vm->counter_offset + 1, &when))
		deadline_set(&w->alarm, when);
	else
		deadline_cancel(&w->alarm);
}

static void refresh(struct vwatchdog *w)
{
	w->compare = guest_now(w->vm) + w->offset;
	w->warned = w->bitten = false;
	set_alarm(w);
}

static void expire(struct deadline *self)
{
	struct vwatchdog *w = lock_watchdog(CONTAINER_OF(self, struct vwatchdog, alarm)->vm);

	set_alarm(w);
	unlock_watchdog(w);
}

static void set_stopped(struct vwatchdog *w, bool stopped)
{
	spinlock_take(&w->lock);
	w->stopped = stopped;
	set_alarm(w); /* at once, if it is over */
	spinlock_give(&w->lock);
}

void vwatchdog_stop(struct vm *vm) { set_stopped(&vm->watchdog, true); }

void vwatchdog_go_on(struct vm *vm) { set_stopped(&vm->watchdog, false); }

/* --- the control frame --- */

static enum verdict wcs_read(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	a->value = (w->enabled ? WCS_EN : 0) | (w->warned ? WCS_WS0 : 0) | (w->bitten ? WCS_WS1 : 0);
	return unlock_watchdog(w);
}

static enum verdict wcs_write(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	w->enabled = a->value & WCS_EN;
	refresh(w);
	return unlock_watchdog(w);
}

/* Of a register of 64 bits: the half that an offset names. */
static u64 half(u64 whole, const struct access *a) { return a->offset & 4 ? whole >> 32 : (u32)whole; }

static u64 with_half(u64 whole, const struct access *a)
{
	return a->offset & 4 ? (u32)whole | a->value << 32 : (whole & FIELD(63, 32)) | a->value;
}

static enum verdict wor_read(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	a->value = half(w->offset, a);
	return unlock_watchdog(w);
}

static enum verdict wor_write(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	w->offset = with_half(w->offset, a) & FIELD(47, 0);
	refresh(w);
	return unlock_watchdog(w);
}

static enum verdict wcv_read(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	a->value = half(w->compare, a);
	return unlock_watchdog(w);
}

/* No refresh: the signals stay. */
static enum verdict wcv_write(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	w->compare = with_half(w->compare, a);
	if (is_over(w))
		time_out(w, guest_now(w->vm));
	set_alarm(w);
	return unlock_watchdog(w);
}

static enum verdict iidr_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = IIDR;
	return DONE;
}

/* --- the refresh frame --- */

static enum verdict wrr_write(struct vcpu *v, struct access *a)
{
	struct vwatchdog *w = lock_watchdog(v->vm);

	(void)a;
	refresh(w);
	return unlock_watchdog(w);
}

/* Identification from 0xfd0 on is IMPLEMENTATION DEFINED: none. */
static const struct reg control_rows[] = {
	REG(0x000, 4, 4, wcs_read, wcs_write, "WCS"),
	REG_RESERVED(0x004, 4),
	REG(WOR_LOW, 8, 4, wor_read, wor_write, "WOR"),
	REG(WCV_LOW, 8, 4, wcv_read, wcv_write, "WCV"),
	REG_RESERVED(0x018, 0xfb4),
	REG(0xfcc, 4, 4, iidr_read, reg_write_ignore, "W_IIDR"),
	REG_RESERVED(0xfd0, 0x30),
};

static const struct reg refresh_rows[] = {
	REG(0x000, 4, 4, reg_read_zero, wrr_write, "WRR"),
	REG_RESERVED(0x004, 0xfc8),
	REG(0xfcc, 4, 4, iidr_read, reg_write_ignore, "W_IIDR"),
	REG_RESERVED(0xfd0, 0x30),
};

static u8 control_index[0x1000 >> REG_INDEX_SHIFT], refresh_index[0x1000 >> REG_INDEX_SHIFT];

const struct reg_table vwatchdog_control_table = {.name = "watchdog control",
                                                  .rows = control_rows,
                                                  .count = ARRAY_COUNT(control_rows),
                                                  .size = 0x1000,
                                                  .index = control_index};
const struct reg_table vwatchdog_refresh_table = {.name = "watchdog refresh",
                                                  .rows = refresh_rows,
                                                  .count = ARRAY_COUNT(refresh_rows),
                                                  .size = 0x1000,
                                                  .index = refresh_index};

void vwatchdog_reset(struct vm *vm)
{
	struct vwatchdog *w = &vm->watchdog;

	w->vm = vm;
	w->lock.rank = RANK_DEVICE;
	spinlock_take(&w->lock); /* nobody looks at what the last life left */
	if (!w->alarm.expire)
		w->alarm = (struct deadline)DEADLINE_IDLE(expire);
	deadline_cancel(&w->alarm);
	w->stopped = false;
	w->offset = w->compare = 0;
	w->enabled = w->warned = w->bitten = false;
	set_line(w);
	spinlock_give(&w->lock);
}

bool vwatchdog_counts(struct vm *vm)
{
	spinlock_take(&vm->watchdog.lock);
	bool counts = vm->watchdog.enabled;

	spinlock_give(&vm->watchdog.lock);
	return counts;
}

bool vwatchdog_bites(struct vm *vm)
{
	spinlock_take(&vm->watchdog.lock);
	bool bites = vm->watchdog.bitten;

	spinlock_give(&vm->watchdog.lock);
	return bites;
}
