/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one generic timer of CPU 0 must do (Arm ARM D12.2), the virtual or the physical one: fire when due
 * and not before, as long as its condition holds, and never without. CTL: bit 0 ENABLE, 1 IMASK, 2 ISTATUS.
 */
#include "lib/guest.h"

enum { ENABLE = 1, IMASK = 2, ISTATUS = 4 };
static const struct timer_registers *t;
static volatile u32 fired, extra; /* extra: how often the handler leaves the line high */
static volatile u64 fired_at;
static volatile u32 left; /* how often the handler arms the timer again */
static volatile u64 period;

void timer_test_irq(u32 intid)
{
	CHECK_EQUAL(intid, t->intid);
	CHECK_EQUAL(t->control(), ENABLE | ISTATUS);
	fired_at = t->count();
	fired++;
	if (extra) {
		extra--; /* the line stays high: the interrupt comes again after its end */
	} else if (left) {
		left--;
		t->compare_set(t->compare() + period);
	} else {
		t->control_set(ENABLE | IMASK);
	}
	isb();
}

static void arm(u64 when)
{
	t->control_set(0);
	fired = 0;
	t->compare_set(when);
	t->control_set(ENABLE);
	isb();
}

static void check_firing(void)
{
	u64 when = t->count() + timer_milliseconds(5);

	arm(when);
	WAIT_FOR(fired == 1);
	CHECK(fired_at >= when);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(fired, 1);
	CHECK_EQUAL(t->control(), ENABLE | IMASK | ISTATUS);
	t->control_set(ENABLE); /* unmasked: its condition still holds */
	WAIT_FOR(fired == 2);
	/* Again and again while the line is high. */
	extra = 20;
	arm(t->count());
	WAIT_FOR(fired == 21);
	/* A period of 1 ms. */
	period = timer_milliseconds(1);
	left = 99;
	when = t->count() + period;
	arm(when);
	WAIT_FOR(fired == 100);
	CHECK(fired_at >= when + 99 * period);
	CHECK_EQUAL(t->compare(), when + 99 * period);
}

static void check_silence(void)
{
	arm(~0UL);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(fired, 0);
	CHECK_EQUAL(t->control(), ENABLE);
	t->control_set(ENABLE | IMASK);
	t->compare_set(0);
	isb();
	CHECK_EQUAL(t->control(), ENABLE | IMASK | ISTATUS);
	t->control_set(0);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(fired, 0);
	arm(0);
	WAIT_FOR(fired == 1);
}

static void check_value(void)
{
	u64 before, after;
	s64 value;

	t->control_set(ENABLE | IMASK);
	t->compare_set(t->count() + 100000000);
	before = t->count();
	value = (s64)(s32)t->value();
	after = t->count();
	CHECK(value <= (s64)(t->compare() - before) && value >= (s64)(t->compare() - after));
	t->compare_set(t->count() - 5000);
	CHECK((s32)t->value() <= -5000);
	before = t->count();
	t->value_set(0xffffffff); /* -1 */
	after = t->count();
	CHECK(t->compare() >= before - 1 && t->compare() <= after - 1);
	before = t->count();
	t->value_set(0x7fffffff);
	after = t->count();
	CHECK(t->compare() >= before + 0x7fffffff && t->compare() <= after + 0x7fffffff);
	t->control_set(ENABLE);
	CHECK_EQUAL(t->control(), ENABLE);
}

/* With interrupts masked the pending bit shows the line, both ways. */
static void check_line(void)
{
	t->control_set(0);
	irq_mask();
	arm(t->count());
	WAIT_FOR(gic_bit(0, t->intid, GICD_ISPENDR));
	t->compare_set(~0UL);
	isb();
	WAIT_FOR(!gic_bit(0, t->intid, GICD_ISPENDR));
	t->compare_set(0);
	isb();
	WAIT_FOR(gic_bit(0, t->intid, GICD_ISPENDR));
	irq_unmask();
	WAIT_FOR(fired == 1);
	CHECK(!gic_bit(0, t->intid, GICD_ISACTIVER));
	CHECK(!gic_bit(0, t->intid, GICD_ISPENDR));
}

void timer_test(const struct timer_registers *registers)
{
	t = registers;
	gic_enable(0, t->intid, 0x80);
	irq_unmask();
	for (u32 round = 0; round < 3; round++) {
		check_firing();
		check_silence();
		check_value();
		check_line();
	}
	t->control_set(0);
	CHECK_EQUAL(cpus[0].spurious, 0);
}
