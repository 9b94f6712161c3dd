/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vCPU's exits cost, what became of its interrupts, and how long it was kept waiting.
 * Written by the CPU that runs the vCPU, read by any: each number is whole, all of them together
 * may be a moment apart. Times are ticks of the machine's counter, CNTPCT_EL0.
 */
#pragma once
#include "lib/types.h"

/* Why the guest stopped: an exception class of ESR_EL2 (0 to 63), or what is not a synchronous exception. */
enum counter_cause {
	COUNTER_TIMER = 64, /* the guest's own virtual timer */
	COUNTER_TIMER_PHYSICAL,
	COUNTER_KICK,        /* another CPU asks this one to look */
	COUNTER_MAINTENANCE, /* of the list registers */
	COUNTER_DEADLINE,    /* EL2's timer */
	COUNTER_DEVICE,      /* a device of EL2, or a spurious interrupt */
	COUNTER_SERROR,
	COUNTER_PMU, /* an overflow of the guest's own counters */
	COUNTER_CAUSES,
};

struct counter {
	u64 count;
	u64 ticks; /* from the first instruction of C to the last, all exits together */
	u64 worst;
	u64 unused; /* 32 bytes: the index is a shift */
};

/* Bucket n: how often a delay had n significant bits, so lay in [2^(n-1), 2^n); 0 and 1 are in bucket 1. */
enum { HISTOGRAM_BUCKETS = 65 };
struct histogram {
	u32 buckets[HISTOGRAM_BUCKETS];
};

struct counters {
	struct counter exits[COUNTER_CAUSES];
	/* A change of interrupts to their listing, just before the ERET; of those that come again by the short way
	 only SGIs of others. */
	struct histogram raised;
	struct histogram deadline; /* the virtual timer's deadline to the same */
	struct histogram runnable; /* CPU_ON, or the end of CPU_SUSPEND or a trapped WFI, to running */
	u64 listed;                /* interrupts put into list registers */
	u64 spilled;               /* and those that a fill left out */
	u64 resampled;             /* level-sensitive ones still high at their end, listed again */
	u64 switches;              /* loads of this vCPU into a CPU */
	u64 started;               /* when it was started last */
	u64 waited;                /* ticks asleep in CPU_SUSPEND or a trapped WFI since then */
	u64 stolen;                /* ticks it was ready and its CPU did something else */
};

/* Without a branch: how long others take is not to be seen in how much is executed. */
static inline void counter_add(struct counter *c, u64 ticks)
{
	u64 count = c->count + 1, all = c->ticks + ticks, worst = c->worst;

	c->worst = ticks > worst ? ticks : worst;
	c->count = count;
	c->ticks = all;
}

/* The short name that programs read: "hvc", "mmio", "timer"; "other" for a class without one. */
const char *counter_name(u32 cause);

static inline void histogram_add(struct histogram *h, u64 ticks)
{
	h->buckets[64 - __builtin_clzl(ticks | 1)]++;
}
