/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the hypervisor itself: sentence, registers, all CPUs stopped (lib/require.h). */
#pragma once
#include "lib/require.h"
#include "lib/types.h"

/* Boot: what happens after the last words: the boot word panic= off (default), reboot or halt. */
void panic_init(const char *bootargs, u32 cpus);
/* Whether some CPU has failed. */
bool panic_is_on(void);
/* In the loop: stops this CPU if another one has failed. */
void panic_check(void);
