/* SPDX-License-Identifier: Apache-2.0 */
/* Ticket locks on load-exclusive and store-exclusive, which every Armv8.0 CPU has. */
#include "machine/spinlock.h"

#include "machine/barrier.h"

#define TICKET 0x10000U

static bool served(u32 tickets, u32 mine) { return (tickets & 0xffff) == mine >> 16; }

void spinlock_take(struct spinlock *lock)
{
	u32 mine = __atomic_fetch_add(&lock->tickets, TICKET, __ATOMIC_ACQUIRE) & ~0xffffU;

	while (!served(__atomic_load_n(&lock->tickets, __ATOMIC_ACQUIRE), mine))
		cpu_yield();
}

bool spinlock_try(struct spinlock *lock)
{
	u32 tickets = __atomic_load_n(&lock->tickets, __ATOMIC_RELAXED);

	if ((tickets & 0xffff) != tickets >> 16)
		return false;
	return __atomic_compare_exchange_n(&lock->tickets, &tickets, tickets + TICKET, false,
	                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void spinlock_give(struct spinlock *lock)
{
	/* Only the holder moves "now served", so its half needs no exclusive access. */
	u16 *serving = (u16 *)(void *)&lock->tickets;

	__atomic_store_n(serving, (u16)(*serving + 1), __ATOMIC_RELEASE);
}

void spinlock_relax(void) { cpu_yield(); }
