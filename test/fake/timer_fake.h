/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake of machine/timer.h lets a test set and ask. Time stands still unless a test moves it. */
#pragma once
#include "machine/timer.h"

/* Counter at 0, 62.5 MHz as on QEMU's virt board, lines low, nothing armed. */
void timer_fake_reset(void);
void timer_fake_set(u64 now);
void timer_fake_advance(u64 ticks);
/* From now on each look at the counter takes so long. */
void timer_fake_pace(u64 ticks);
void timer_fake_set_frequency(u64 ticks_per_second);
/* The loaded vCPU's own timers. */
void timer_fake_set_lines(bool virtual, bool physical);
/* What this CPU's EL2 timer waits for; ~0: nothing. */
u64 timer_fake_armed(void);
/* Whether it holds its interrupt line high. */
bool timer_fake_due(void);
/* Last timer_guest_offset() on this CPU. */
u64 timer_fake_offset(void);
