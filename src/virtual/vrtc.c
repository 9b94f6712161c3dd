/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL031 (DDI 0224): a 32-bit counter of seconds that wraps, at a fixed distance from the machine's
 * own seconds. The alarm is one deadline, for the next second in which counter and match are equal.
 *
 * Invariants: the vGIC's input is raw && mask whenever the lock is free; an alarm that expires is
 * believed only if its time has come by the clock, because it may have been moved while it expired.
 * Lock: rtc.lock (RANK_DEVICE), held across the requests to the vGIC and to the deadlines.
 */
#include "virtual/vrtc.h"

#include "lib/bits.h"
#include "machine/timer.h"
#include "monitor/vm.h"

static u64 epoch; /* written once at boot, before any guest runs */

void vrtc_set_epoch(u64 seconds_at_counter_zero) { epoch = seconds_at_counter_zero; }

static struct vrtc *lock_rtc(struct vm *vm)
{
	spinlock_take(&vm->rtc.lock);
	return &vm->rtc;
}

static void unlock_rtc(struct vm *vm)
{
	struct vrtc *r = &vm->rtc;
	bool high = r->raw && r->mask;

	if (high != r->line) {
		r->line = high;
		vgic_set_line(vm->vcpus[0], VGIC_RTC_INTID, high);
	}
	spinlock_give(&r->lock);
}

/* RTCDR at a machine's time. */
static u32 seconds_at(const struct vrtc *r, u64 ticks)
{
	return (u32)(epoch + ticks / timer_frequency() + (u64)r->offset);
}

/* Match or counter has changed. Equal now is a match at once, as on QEMU. */
static void set_alarm(struct vrtc *r)
{
	u64 now = timer_now(), frequency = timer_frequency(), when;
	u32 left = r->match - seconds_at(r, now);

	if (!r->armed)
		return;
	if (left == 0) {
		r->raw = true;
		deadline_cancel(&r->alarm);
	} else if (__builtin_mul_overflow(now / frequency + left, frequency, &when)) {
		deadline_cancel(&r->alarm); /* the machine's counter ends before that second */
	} else {
		deadline_set(&r->alarm, when);
	}
}

static void expire(struct deadline *self)
{
	struct vm *vm = CONTAINER_OF(self, struct vrtc, alarm)->vm;
	struct vrtc *r = lock_rtc(vm);

	if (r->armed && timer_now() >= r->alarm.when)
		r->raw = true;
	unlock_rtc(vm);
}

static enum verdict dr_read(struct vcpu *v, struct access *a)
{
	a->value = seconds_at(lock_rtc(v->vm), timer_now());
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict mr_read(struct vcpu *v, struct access *a)
{
	a->value = lock_rtc(v->vm)->match;
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict mr_write(struct vcpu *v, struct access *a)
{
	struct vrtc *r = lock_rtc(v->vm);

	r->match = (u32)a->value;
	r->armed = true;
	set_alarm(r);
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict lr_read(struct vcpu *v, struct access *a)
{
	a->value = lock_rtc(v->vm)->load;
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict lr_write(struct vcpu *v, struct access *a)
{
	struct vrtc *r = lock_rtc(v->vm);

	r->load = (u32)a->value;
	r->offset = (s64)(r->load - (epoch + timer_now() / timer_frequency()));
	set_alarm(r);
	unlock_rtc(v->vm);
	return DONE;
}

/* Once started it cannot be stopped (§3.3.4); here it is started from the beginning, as on QEMU. */
static enum verdict cr_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = 1;
	return DONE;
}

static enum verdict imsc_read(struct vcpu *v, struct access *a)
{
	a->value = lock_rtc(v->vm)->mask;
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict imsc_write(struct vcpu *v, struct access *a)
{
	lock_rtc(v->vm)->mask = a->value & 1;
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict ris_read(struct vcpu *v, struct access *a)
{
	a->value = lock_rtc(v->vm)->raw;
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict mis_read(struct vcpu *v, struct access *a)
{
	struct vrtc *r = lock_rtc(v->vm);

	a->value = r->raw && r->mask;
	unlock_rtc(v->vm);
	return DONE;
}

static enum verdict icr_write(struct vcpu *v, struct access *a)
{
	struct vrtc *r = lock_rtc(v->vm);

	if (a->value & 1)
		r->raw = false;
	unlock_rtc(v->vm);
	return DONE;
}

/* RTCPeriphID0..3, RTCPCellID0..3 (§3.3.9, §3.3.10). */
static enum verdict id_read(struct vcpu *v, struct access *a)
{
	static const u8 ids[8] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)v;
	a->value = ids[a->offset / 4 % 8];
	return DONE;
}

#define REGISTER(offset, read, write, name) REG(offset, 4, 4, read, write, name)
/* The identification is a byte each, and some drivers read it so. */
#define REGISTER_ID(offset, name) REG(offset, 4, 1 | 2 | 4 | REG_START, id_read, reg_write_ignore, name)

static const struct reg rows[] = {
	REGISTER(0x000, dr_read, reg_write_ignore, "RTCDR"),
	REGISTER(0x004, mr_read, mr_write, "RTCMR"),
	REGISTER(0x008, lr_read, lr_write, "RTCLR"),
	REGISTER(0x00c, cr_read, reg_write_ignore, "RTCCR"),
	REGISTER(0x010, imsc_read, imsc_write, "RTCIMSC"),
	REGISTER(0x014, ris_read, reg_write_ignore, "RTCRIS"),
	REGISTER(0x018, mis_read, reg_write_ignore, "RTCMIS"),
	REGISTER(0x01c, reg_read_zero, icr_write, "RTCICR"),
	REG_RESERVED(0x020, 0xfc0),
	REGISTER_ID(0xfe0, "RTCPeriphID0"),
	REGISTER_ID(0xfe4, "RTCPeriphID1"),
	REGISTER_ID(0xfe8, "RTCPeriphID2"),
	REGISTER_ID(0xfec, "RTCPeriphID3"),
	REGISTER_ID(0xff0, "RTCPCellID0"),
	REGISTER_ID(0xff4, "RTCPCellID1"),
	REGISTER_ID(0xff8, "RTCPCellID2"),
	REGISTER_ID(0xffc, "RTCPCellID3"),
};

static u8 row_index[0x1000 >> REG_INDEX_SHIFT];

const struct reg_table vrtc_table = {
	.name = "PL031", .rows = rows, .count = ARRAY_COUNT(rows), .size = 0x1000, .index = row_index};

void vrtc_reset(struct vm *vm)
{
	vm->rtc.lock.rank = RANK_DEVICE;
	struct vrtc *r = lock_rtc(vm);

	if (!r->alarm.expire)
		r->alarm = (struct deadline)DEADLINE_IDLE(expire);
	deadline_cancel(&r->alarm);
	r->vm = vm;
	r->load = r->match = 0;
	r->raw = r->mask = r->armed = false;
	unlock_rtc(vm);
}
