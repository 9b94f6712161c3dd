/* SPDX-License-Identifier: Apache-2.0 */
/* Fake of machine/timer.h: one counter for all CPUs, an EL2 timer for each. */
#include "timer_fake.h"

#include "machine/cpu.h"

enum { FREQUENCY = 62500000 };

static u64 counter, pace, frequency = FREQUENCY;
static u64 armed[CPU_MAX] = {[0 ... CPU_MAX - 1] = ~0UL}, offsets[CPU_MAX];
static bool virtual_line, physical_line;

void timer_fake_reset(void)
{
	counter = pace = 0;
	frequency = FREQUENCY;
	virtual_line = physical_line = false;
	for (u32 cpu = 0; cpu < CPU_MAX; cpu++) {
		armed[cpu] = ~0UL;
		offsets[cpu] = 0;
	}
}

void timer_fake_set(u64 now) { counter = now; }
void timer_fake_advance(u64 ticks) { counter += ticks; }
void timer_fake_pace(u64 ticks) { pace = ticks; }
void timer_fake_set_frequency(u64 ticks_per_second) { frequency = ticks_per_second; }
u64 timer_fake_armed(void) { return armed[cpu_index()]; }
bool timer_fake_due(void) { return armed[cpu_index()] != ~0UL && counter >= armed[cpu_index()]; }
u64 timer_fake_offset(void) { return offsets[cpu_index()]; }

void timer_fake_set_lines(bool virtual, bool physical)
{
	virtual_line = virtual;
	physical_line = physical;
}

u64 timer_now(void) { return counter += pace; }
u64 timer_count(void) { return counter; }
u64 timer_guest_lateness(void) { return 0; }
u64 timer_frequency(void) { return frequency; }
void timer_arm(u64 when) { armed[cpu_index()] = when; }
void timer_init_cpu(void) { timer_arm(~0UL); }
void timer_guest_offset(u64 offset) { offsets[cpu_index()] = offset; }
bool timer_guest_virtual_line(void) { return virtual_line; }
bool timer_guest_physical_line(void) { return physical_line; }
