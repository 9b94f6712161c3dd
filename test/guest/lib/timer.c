/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual counter (Arm ARM D12). */
#include "lib/guest.h"

u64 timer_now(void)
{
	isb();
	return read_register(cntvct_el0);
}

u64 timer_frequency(void) { return read_register(cntfrq_el0); }
u64 timer_milliseconds(u64 count) { return count * timer_frequency() / 1000; }

void timer_sleep(u64 ticks)
{
	u64 until = timer_now() + ticks;

	while (timer_now() < until)
		asm volatile("yield");
}
