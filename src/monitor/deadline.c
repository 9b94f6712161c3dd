/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted list per CPU; the EL2 timer is armed for its head. A deadline set from another CPU's
 * device (an alarm) is queued where it was set. Lock: one per queue, RANK_DEADLINE; a deadline
 * that moves is taken out of its old queue first, so two queue locks are never held together.
 */
#include "monitor/deadline.h"

#include "machine/cpu.h"
#include "machine/spinlock.h"
#include "machine/timer.h"

struct queue {
	struct spinlock lock;
	struct deadline *first;
};

static struct queue queues[CPU_MAX] = {[0 ... CPU_MAX - 1] = {.lock = SPINLOCK(RANK_DEADLINE)}};

static void arm_own(const struct queue *q) { timer_arm(q->first ? q->first->when : ~0UL); }

void deadline_cancel(struct deadline *d)
{
	u32 queue = __atomic_load_n(&d->queue, __ATOMIC_ACQUIRE);

	if (!queue)
		return;
	struct queue *q = &queues[queue - 1];
	spinlock_take(&q->lock);
	if (d->queue == queue) { /* it may have expired meanwhile */
		struct deadline **at = &q->first;

		while (*at != d)
			at = &(*at)->next;
		*at = d->next;
		__atomic_store_n(&d->queue, 0, __ATOMIC_RELEASE);
	}
	/* Another CPU's timer may now fire for nothing, which deadline_run() there bears. */
	if (queue - 1 == cpu_index())
		arm_own(q);
	spinlock_give(&q->lock);
}

void deadline_set(struct deadline *d, u64 when)
{
	deadline_cancel(d);
	struct queue *q = &queues[cpu_index()];

	spinlock_take(&q->lock);
	struct deadline **at = &q->first;
	while (*at && (*at)->when <= when)
		at = &(*at)->next;
	d->when = when;
	d->next = *at;
	*at = d;
	__atomic_store_n(&d->queue, cpu_index() + 1, __ATOMIC_RELEASE);
	arm_own(q);
	spinlock_give(&q->lock);
}

static struct deadline *take_due(struct queue *q)
{
	spinlock_take(&q->lock);
	struct deadline *due = q->first;

	if (due && due->when <= timer_now()) {
		q->first = due->next;
		__atomic_store_n(&due->queue, 0, __ATOMIC_RELEASE);
	} else {
		due = NULL;
	}
	arm_own(q);
	spinlock_give(&q->lock);
	return due;
}

void deadline_run(void)
{
	struct queue *q = &queues[cpu_index()];

	for (struct deadline *due = take_due(q); due; due = take_due(q))
		due->expire(due);
}
