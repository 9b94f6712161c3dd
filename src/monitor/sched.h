/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has a shared CPU. Real-time goes before fair. Among real-time ones the first priority wins, on the one CPU
 * that each has; among fair ones, on any CPU that each may have, the earliest virtual deadline of those that had no more
 * than their share (EEVDF: Stoica, Abdel-Wahab, "Earliest Eligible Virtual Deadline First", 1995). Whoever has
 * used up a budget waits for the next period. A dedicated vCPU never gets here.
 *
 * It knows nothing of vCPUs: the loop tells it who wants a CPU, and does what it answers. Times are ticks of the
 * machine's counter.
 */
#pragma once
#include "lib/types.h"

enum sched_class { SCHED_DEDICATED, SCHED_REAL_TIME, SCHED_FAIR };
/* A virtual tick is a tick of one of the usual weight. */
enum { SCHED_WEIGHT = 100, SCHED_WEIGHT_MAX = 10000, SCHED_SLICE_US = 3000 };

struct sched {
	/* Set before it first wants a CPU, and never changed then. */
	enum sched_class class;
	u32 priority; /* real-time: 1 goes first */
	u32 weight;   /* fair: 1 to SCHED_WEIGHT_MAX */
	u32 cpus;     /* bit n: CPU n may have it; of a real-time one a single bit */
	u64 budget,
		period; /* at most so much of each period, which begins at its multiples; period 0: no limit */

	/* sched.c's, under its lock; `used` and `postponed` are read by any CPU. */
	struct sched *next; /* of those that want a CPU */
	bool wants;
	bool in_slice; /* chosen, and its deadline has not come */
	u32 holder;    /* the CPU that has it, plus 1; 0: none */
	u32 last;      /* bit n: CPU n had it last */
	s64 left;      /* of the budget; below 0: of the next ones, too */
	u64 renews_at;
	u64 virtual;   /* ticks that it had, weighted */
	u64 remainder; /* of the division that made them */
	u64 deadline;  /* when its slice should be over, by the same clock */
	u64 used;      /* ticks that it had */
	u64 postponed; /* times that it wanted more than its budget */
};

/* What a CPU is to do. */
struct sched_choice {
	struct sched *chosen; /* NULL: nobody wants this CPU */
	u64 until;            /* when to choose again, if nothing else happens; ~0: then only */
	u32 kick;             /* bit n: CPU n is to choose again */
};

/* Boot: ticks of a slice. All CPUs are without work. */
void sched_init(u64 slice);
/* It wants a CPU from now on, or none any more. Only who holds it says so. */
void sched_want(struct sched *s, bool wants, u64 now);
/*
 * The calling CPU, `cpu`, charges whom it had and chooses; whom it chose it holds. Whom it had it still holds, too, until it
 * has put that away and says sched_release().
 */
struct sched_choice sched_choose(u32 cpu, u64 now);
/* It has nothing to do but to wait for another one: whoever has less urgent work goes first. Its holder is to choose again. */
void sched_give_way(struct sched *s);
/* `cpu` holds it, if no other CPU does: then nobody chooses it until sched_release(). */
bool sched_hold(struct sched *s, u32 cpu);
/* Nothing here knows it any more. False: it wants a CPU, or one holds it. */
bool sched_forget(struct sched *s);
/* `cpu` does not hold it any more. Returns the other CPUs that are to choose again, a bit each. */
u32 sched_release(struct sched *s, u32 cpu);
