/* SPDX-License-Identifier: Apache-2.0 */
/* Long work in bounded steps, run between guest slices by the CPU that is charged for it. */
#pragma once
#include "lib/types.h"

struct job {
	struct job *next;
	bool (*step)(struct job *self); /* at most one budget of work; false: done */
};

/* Queues `j` on CPU `cpu`; it must not be queued. */
void job_add(struct job *j, u32 cpu);
/* Runs one step of this CPU's first job. False if there is none. */
bool job_run(void);
/* Whether this CPU has one. */
bool job_waits(void);
