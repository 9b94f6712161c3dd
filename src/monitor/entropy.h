/* SPDX-License-Identifier: Apache-2.0 */
/* Unpredictable bytes for the guests' seeds. */
#pragma once
#include "lib/types.h"

/* At boot: what the machine's tree brought; mixed with RNDR where it exists, and the counter. */
void entropy_init(const void *seed, u32 size);
void entropy_bytes(void *to, u32 size);
