/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake of machine/spinlock.h lets a test ask. */
#pragma once
#include "machine/spinlock.h"

bool spinlock_fake_is_held(const struct spinlock *lock);
u32 spinlock_fake_held(void); /* how many */
/* Called by spinlock_relax(), in place of the CPU that is waited for; NULL: waiting is an error. */
extern void (*spinlock_fake_relax)(void);
