/* SPDX-License-Identifier: Apache-2.0 */
/* A stage-2 address space: a noun of its own, not fields of a VM (a VM's CPUs have one, its DMA another). */
#pragma once
#include "lib/types.h"
#include "machine/mmu.h"

struct space {
	struct mmu_table table;
	u32 vmid;
};

enum { SPACE_IPA_BITS = 40 };
