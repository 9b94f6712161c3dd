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

/* An empty space; NO_MEMORY if `pool` has no root for it. `vmid` is 1..255 and nobody else's. */
enum status space_init(struct space *space, struct pool *pool, u32 vmid);
/* Where an IPA is in RAM, and how far it goes on there; false: not mapped. */
bool space_physical(const struct space *space, ipa_t at, pa_t *output, u64 *left);
