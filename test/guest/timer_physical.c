/* SPDX-License-Identifier: Apache-2.0 */
/* The physical timer: fires when due, not before, as long as its condition holds, and never without. */
#include "lib/guest.h"

#define TIMER_INTID TIMER_PHYSICAL
static u64 timer_control(void) { return read_register(cntp_ctl_el0); }
static u64 timer_compare(void) { return read_register(cntp_cval_el0); }
static u64 timer_value(void) { return read_register(cntp_tval_el0); }
static void timer_control_set(u64 value) { write_register(cntp_ctl_el0, value); }
static void timer_compare_set(u64 value) { write_register(cntp_cval_el0, value); }
static void timer_value_set(u64 value) { write_register(cntp_tval_el0, value); }
static u64 timer_count(void)
{
	isb();
	return read_register(cntpct_el0);
}

#include "lib/timer_body.h"
