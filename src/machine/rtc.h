/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clock of days, read once at boot. */
#pragma once
#include "lib/types.h"

/* Seconds since 1970. `base` is a mapped PL031. */
u64 rtc_read(volatile void *base);
