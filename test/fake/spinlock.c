/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fake of machine/spinlock.h for one thread: ranks rise, nothing is taken twice or given unheld.
 * A breach is our bug, so it ends the test program.
 */
#include <stdio.h>
#include <stdlib.h>

#include "spinlock_fake.h"

enum { HELD_MAX = 16 };
static const struct spinlock *held[HELD_MAX];
static u32 held_count;
void (*spinlock_fake_relax)(void);

static _Noreturn void breach(const char *what, const struct spinlock *lock)
{
	fprintf(stderr, "spinlock of rank %u: %s\n", lock->rank, what);
	abort();
}

bool spinlock_fake_is_held(const struct spinlock *lock)
{
	for (u32 i = 0; i < held_count; i++)
		if (held[i] == lock)
			return true;
	return false;
}

u32 spinlock_fake_held(void) { return held_count; }

static void take(struct spinlock *lock)
{
	if (held_count == HELD_MAX)
		breach("too many are held", lock);
	held[held_count++] = lock;
	lock->tickets += 0x10000;
}

void spinlock_take(struct spinlock *lock)
{
	if (lock->rank < RANK_VM || lock->rank > RANK_CONSOLE)
		breach("taken without a rank", lock);
	if (spinlock_fake_is_held(lock))
		breach("taken twice", lock);
	if (held_count && held[held_count - 1]->rank >= lock->rank)
		breach("taken out of order", lock);
	take(lock);
}

bool spinlock_try(struct spinlock *lock)
{
	if (spinlock_fake_is_held(lock))
		return false;
	take(lock);
	return true;
}

void spinlock_give(struct spinlock *lock)
{
	if (!spinlock_fake_is_held(lock))
		breach("given, but not held", lock);
	u32 i = 0;
	while (held[i] != lock)
		i++;
	held_count--;
	for (; i < held_count; i++)
		held[i] = held[i + 1];
	lock->tickets++;
}

void spinlock_relax(void)
{
	if (held_count)
		breach("held while waiting for another CPU", held[held_count - 1]);
	if (!spinlock_fake_relax) {
		fprintf(stderr, "waits for another CPU that will never answer\n");
		abort();
	}
	spinlock_fake_relax();
}
