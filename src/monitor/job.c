/* SPDX-License-Identifier: Apache-2.0 */
/* A first-in first-out list per CPU. Lock: one per list, RANK_JOB; not held while a step runs. */
#include "monitor/job.h"

#include "machine/cpu.h"
#include "machine/spinlock.h"

struct jobs {
	struct spinlock lock;
	struct job *first;
};

static struct jobs jobs[CPU_MAX] = {[0 ... CPU_MAX - 1] = {.lock = SPINLOCK(RANK_JOB)}};

void job_add(struct job *j, u32 cpu)
{
	struct job **at = &jobs[cpu].first;

	spinlock_take(&jobs[cpu].lock);
	while (*at)
		at = &(*at)->next;
	j->next = NULL;
	*at = j;
	spinlock_give(&jobs[cpu].lock);
}

bool job_waits(void) { return __atomic_load_n(&jobs[cpu_index()].first, __ATOMIC_ACQUIRE); }

bool job_run(void)
{
	struct jobs *mine = &jobs[cpu_index()];

	if (!job_waits())
		return false;
	/* Only this CPU takes jobs out, so the first stays the first while its step runs. */
	struct job *j = mine->first;
	spinlock_take(&mine->lock);
	mine->first = j->next;
	spinlock_give(&mine->lock);
	if (j->step(j))
		job_add(j, cpu_index());
	return true;
}
