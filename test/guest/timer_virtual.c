/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual timer does what a generic timer must (lib/timer_test.c). */
#include "lib/guest.h"

static u64 control(void) { return read_register(cntv_ctl_el0); }
static u64 compare(void) { return read_register(cntv_cval_el0); }
static u64 value(void) { return read_register(cntv_tval_el0); }
static void control_set(u64 to) { write_register(cntv_ctl_el0, to); }
static void compare_set(u64 to) { write_register(cntv_cval_el0, to); }
static void value_set(u64 to) { write_register(cntv_tval_el0, to); }

static u64 count(void)
{
	isb();
	return read_register(cntvct_el0);
}

void irq(u32 intid) { timer_test_irq(intid); }

void test(void)
{
	timer_test(&(const struct timer_registers){
		.intid = TIMER_VIRTUAL,
		.control = control,
		.compare = compare,
		.value = value,
		.count = count,
		.control_set = control_set,
		.compare_set = compare_set,
		.value_set = value_set,
	});
}
