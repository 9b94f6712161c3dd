/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one generic timer must do (Arm ARM D12.2), for the virtual and the physical one: the includer
 * defines TIMER_INTID and the accessors timer_control(), timer_compare(), timer_value(), their _set
 * twins and timer_count(). CTL: bit 0 ENABLE, 1 IMASK, 2 ISTATUS.
 */
#pragma once
#include "lib/guest.h"

enum { ENABLE = 1, IMASK = 2, ISTATUS = 4 };
static volatile u32 fired, extra;
static volatile u64 fired_at;
static volatile u32 left;      /* how often the handler arms the timer again */
static volatile u64 period;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_INTID);
	CHECK_EQUAL(timer_control(), ENABLE | ISTATUS);
	fired_at = timer_count();
	fired++;
	if (extra) {
		extra--; /* the line stays high: the interrupt comes again after its end */
	} else if (left) {
		left--;
		timer_compare_set(timer_compare() + period);
	} else {
		timer_control_set(ENABLE | IMASK);
	}
	isb();
}

static void arm(u64 when)
{
	timer_control_set(0);
	fired = 0;
	timer_compare_set(when);
	timer_control_set(ENABLE);
	isb();
}

static void check_firing(void)
{
	u64 when = timer_count() + timer_milliseconds(5);

	arm(when);
	CHECK_EQUAL(fired, 0);
	WAIT_FOR(fired == 1);
	CHECK(fired_at >= when);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(fired, 1);
	CHECK_EQUAL(timer_control(), ENABLE | IMASK | ISTATUS);
	timer_control_set(ENABLE); /* unmasked: its condition still holds */
	WAIT_FOR(fired == 2);
	/* Again and again while the line is high. */
	extra = 20;
	arm(timer_count());
	WAIT_FOR(fired == 21);
	/* A period of 1 ms. */
	period = timer_milliseconds(1);
	left = 99;
	when = timer_count() + period;
	arm(when);
	WAIT_FOR(fired == 100);
	CHECK(fired_at >= when + 99 * period);
	CHECK_EQUAL(timer_compare(), when + 99 * period);
}

static void check_silence(void)
{
	arm(~0UL);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(fired, 0);
	CHECK_EQUAL(timer_control(), ENABLE);
	timer_control_set(ENABLE | IMASK);
	timer_compare_set(0);
	isb();
	CHECK_EQUAL(timer_control(), ENABLE | IMASK | ISTATUS);
	timer_control_set(0);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(fired, 0);
	arm(0);
	WAIT_FOR(fired == 1);
}

static void check_value(void)
{
	u64 before, after;
	s64 value;

	timer_control_set(ENABLE | IMASK);
	timer_compare_set(timer_count() + 100000000);
	before = timer_count();
	value = (s64)(s32)timer_value();
	after = timer_count();
	CHECK(value <= (s64)(timer_compare() - before) && value >= (s64)(timer_compare() - after));
	timer_compare_set(timer_count() - 5000);
	CHECK((s32)timer_value() <= -5000);
	before = timer_count();
	timer_value_set(0xffffffff); /* -1 */
	after = timer_count();
	CHECK(timer_compare() >= before - 1 && timer_compare() <= after - 1);
	before = timer_count();
	timer_value_set(0x7fffffff);
	after = timer_count();
	CHECK(timer_compare() >= before + 0x7fffffff && timer_compare() <= after + 0x7fffffff);
	timer_control_set(ENABLE);
	CHECK_EQUAL(timer_control(), ENABLE);
}

/* With interrupts masked the pending bit shows the line, both ways. */
static void check_line(void)
{
	timer_control_set(0);
	irq_mask();
	arm(timer_count());
	WAIT_FOR(gic_bit(0, TIMER_INTID, GICD_ISPENDR));
	timer_compare_set(~0UL);
	isb();
	WAIT_FOR(!gic_bit(0, TIMER_INTID, GICD_ISPENDR));
	timer_compare_set(0);
	isb();
	WAIT_FOR(gic_bit(0, TIMER_INTID, GICD_ISPENDR));
	irq_unmask();
	WAIT_FOR(fired == 1);
	CHECK(!gic_bit(0, TIMER_INTID, GICD_ISACTIVER));
	CHECK(!gic_bit(0, TIMER_INTID, GICD_ISPENDR));
}

void test(void)
{
	gic_enable(0, TIMER_INTID, 0x80);
	irq_unmask();
	for (u32 round = 0; round < 3; round++) {
		check_firing();
		check_silence();
		check_value();
		check_line();
	}
	timer_control_set(0);
	CHECK_EQUAL(cpus[0].spurious, 0);
}
