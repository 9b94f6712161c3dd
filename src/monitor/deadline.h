/* SPDX-License-Identifier: Apache-2.0 */
/* Each CPU's ordered queue of things that fall due, on its EL2 timer. */
#pragma once
#include "lib/types.h"

struct deadline {
	struct deadline *next;
	u64 when;                              /* timer_now() ticks */
	void (*expire)(struct deadline *self); /* runs once, in EL2's loop, no lock held */
	u32 queue;                             /* the CPU whose queue it is in, plus 1; 0: none */
};

#define DEADLINE_IDLE(function)      \
	{                            \
		.expire = (function) \
	}

/* Queues `d` on this CPU for `when`, or moves it there if it is queued elsewhere. */
void deadline_set(struct deadline *d, u64 when);
/* Takes it out, wherever it is. On return it is not queued (it may be running on its CPU). */
void deadline_cancel(struct deadline *d);
/* Runs what is due on this CPU and arms the timer for the rest. */
void deadline_run(void);
