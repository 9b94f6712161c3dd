/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket locks, fair between CPUs. EL2 runs with interrupts masked, so a holder is never
 * interrupted. Ranks are taken in rising order; the order with its reasons is in doc/model.md.
 */
#pragma once
#include "lib/types.h"

enum lock_rank {
	RANK_VM = 1,   /* a VM's life and its vCPUs' power states */
	RANK_LOAD,     /* the buffer that a guest's tree is written in */
	RANK_LEDGER,   /* who owns what */
	RANK_VMID,     /* the numbers of address spaces */
	RANK_DEVICE,   /* one emulated device's registers */
	RANK_VGIC,     /* a VM's interrupts */
	RANK_DEADLINE, /* a CPU's queue of deadlines */
	RANK_JOB,
	RANK_SCHED, /* who has a shared CPU */
	RANK_RANDOM,
	RANK_CONSOLE, /* taken last: anything may print */
};

struct spinlock {
	u32 tickets; /* next in bits 31..16, now served in bits 15..0 */
	u32 rank;
};

#define SPINLOCK(rank_)                       \
	{                                     \
		.tickets = 0, .rank = (rank_) \
	}
void spinlock_take(struct spinlock *lock);
bool spinlock_try(struct spinlock *lock);
void spinlock_give(struct spinlock *lock);
/* A hint for a loop that waits for another CPU, as the locks themselves use. */
void spinlock_relax(void);
