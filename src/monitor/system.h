/* SPDX-License-Identifier: Apache-2.0 */
/* The VMs that the description at boot asks for. */
#pragma once
#include "lib/pool.h"
#include "monitor/describe.h"

/*
 * Boot: reads the description, `size` bytes at `tree`, which stay there, says what is wrong with it, and makes the VMs that are not
 * refused, in their order; they do not run yet. EL2's pages for them come from `pool`. Answers how many there are.
 */
u32 system_create_all(const void *tree, u64 size, const struct describe_limits *limits, struct pool *pool);
/* Makes one of them again that was destroyed. NULL, or why not. On the console's CPU. */
const char *system_create(const char *name);
/* The name of VM `index` of the description that could be made now, or NULL; false behind the last. */
bool system_name(u32 index, const char **name);
/* Of EL2's pages, those that no VM has; and bit n: CPU n is dedicated to nobody. */
u64 system_free_pages(void);
u32 system_free_cpus(void);
