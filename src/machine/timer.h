/* SPDX-License-Identifier: Apache-2.0 */
/* The architected counter and EL2's own timer on this CPU (Arm ARM D12). */
#pragma once
#include "lib/types.h"

enum {
	TIMER_EL2_PPI = 26,
	TIMER_VIRTUAL_PPI = 27,
	TIMER_PHYSICAL_PPI = 30,
};

/* CNTV_CTL_EL0, CNTP_CTL_EL0 */
#define TIMER_CTL_ENABLE  (1UL << 0)
#define TIMER_CTL_IMASK   (1UL << 1)
#define TIMER_CTL_ISTATUS (1UL << 2)

u64 timer_now(void);       /* counter ticks, the same on all CPUs, never steps back */
u64 timer_count(void);     /* the same, perhaps read a few instructions early: for statistics */
u64 timer_frequency(void); /* ticks per second, never 0 */
/* Raises TIMER_EL2_PPI when timer_now() >= when; ~0 disarms. */
void timer_arm(u64 when);
void timer_init_cpu(void);

/* The loaded vCPU's virtual (and, where CNTPOFF_EL2 exists, physical) counter reads timer_now() - offset. */
void timer_guest_offset(u64 offset);
/* Ticks since the deadline of the loaded vCPU's virtual timer. */
u64 timer_guest_lateness(void);
/* Whether the loaded vCPU's own timer holds its interrupt line high. */
bool timer_guest_virtual_line(void);
bool timer_guest_physical_line(void);
