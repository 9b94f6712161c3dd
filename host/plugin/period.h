/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The visits to EL2 between two calls by which a guest says that one of its periods is over: what somebody who measures
 * on that CPU could notice. Counted per physical CPU; what comes before a CPU's first such call is no period. Lock: one.
 */
#pragma once
#include <stdio.h>
#include "cause.h"
#include "lib/types.h"

/* The call, by HVC with this in w0. */
void period_init(u32 call);
/* A visit of this CPU is over. True: it ended what was before its first period. */
bool period_visit(u32 cpu, const struct cause *cause, u64 instructions);
/* A row for each different set of visits, in the order of their first occurrence. */
void period_print(FILE *to);
