/* SPDX-License-Identifier: Apache-2.0 */
/* Ticket locks on load-exclusive and store-exclusive, which every Armv8.0 CPU has. */
#include "machine/spinlock.h"

#include "machine/barrier.h"

#define TICKET 0x10000U

static __attribute__((noinline)) void wait(struct spinlock *lock, u32 mine)
{
	while ((__atomic_load_n(&lock->tickets, __ATOMIC_ACQUIRE) & 0xffff) != mine)
		cpu_yield();
}

void spinlock_take(struct spinlock *lock)
{
	u32 tickets = __atomic_fetch_add(&lock->tickets, TICKET, __ATOMIC_ACQUIRE);

	if (unlikely(tickets >> 16 != (tickets & 0xffff)))
		wait(lock, tickets >> 16);
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
