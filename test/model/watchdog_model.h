/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference model of the SBSA generic watchdog (DEN0029, Generic Watchdog), as its specification puts it: a process that
 * looks at the counter at every tick. Slow, and simple on purpose. While it is disabled its compare value stands still.
 */
#pragma once
#include "lib/types.h"

struct watchdog_model {
	u64 counter; /* of the guest */
	u64 offset, compare;
	bool enabled, ws0, ws1;
};

void watchdog_model_reset(struct watchdog_model *m);
/* So many ticks pass, one after the other. */
void watchdog_model_pass(struct watchdog_model *m, u64 ticks);
/* Frames as a guest sees them: accesses of any size anywhere in 4 KiB. */
u64 watchdog_model_load(const struct watchdog_model *m, bool refresh_frame, u32 offset, u32 size);
void watchdog_model_store(struct watchdog_model *m, bool refresh_frame, u32 offset, u32 size, u64 value);
