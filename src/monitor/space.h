/* SPDX-License-Identifier: Apache-2.0 */
/* A stage-2 address space: a noun of its own, not fields of a VM (a VM's CPUs have one, its DMA another). */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"
#include "machine/mmu.h"
#include "monitor/vmid.h"

struct space {
	struct mmu_table table;
	struct vmid vmid;
	pa_t shown;         /* the one page of EL2's that it reads; 0: none */
	u8 had[BOUND_CPUS]; /* the vCPU that each CPU had last of those that share CPUs, plus 1; 0: none */
};

enum { SPACE_IPA_BITS = 40 };

/* An empty space; all zeroes before, or one that has no mapping left, whose root it keeps. NO_MEMORY if `pool` has none. */
enum status space_init(struct space *space, struct pool *pool);
/* This CPU is going to run a guest in it: VTTBR_EL2, good until space_leave(), when that is another again. */
u64 space_enter(struct space *space);
void space_leave(void);
/*
 * Of a VM whose vCPUs share CPUs: vCPU `id` is in it on this CPU now. What the TLB and the instruction cache hold of
 * another one is that one's: a guest may have private translations on each of its CPUs.
 */
void space_change_cpu(struct space *space, u32 id);
/* Where an IPA is in RAM, and how far it goes on there; false: not mapped. */
bool space_physical(const struct space *space, ipa_t at, pa_t *output, u64 *left);
