/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory the hypervisor takes for itself, and where: decided once, before the ledger exists. */
#pragma once
#include "monitor/board.h"

/* A free, 2 MiB aligned range in RAM that overlaps nothing reserved; size 0: there is none. */
struct board_range pool_plan(const struct board *board);
/* Pages, a power of two, that hold a vCPU's SVE registers; 0: the machine has none. */
u64 pool_plan_vector_pages(void);
