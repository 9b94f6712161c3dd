/* SPDX-License-Identifier: Apache-2.0 */
/* Unpredictable bytes for the guests' seeds. */
#pragma once
#include "lib/types.h"

/* At boot: what the machine's tree brought; mixed with RNDR where it exists, and the counter. */
void entropy_init(const void *seed, u32 size);
void entropy_bytes(void *to, u32 size);

/*
 * The machine's own source: its firmware's (DEN0098), else the CPUs' RNDRRS, each number of which is seeded anew. Not
 * stretched by a generator, so it may have none now.
 */
bool entropy_has_source(void);
bool entropy_from_source(u64 *value);
void entropy_source_uuid(u32 uuid[4]);
