/* SPDX-License-Identifier: Apache-2.0 */
/* Where a guest's own translation ends, by its own tables: stage 2 does not tell EL2 at which level it was needed. */
#pragma once
#include "monitor/vcpu.h"

struct stage1_end {
	s32 level;    /* -1 to 3; with its MMU off 0 */
	bool missing; /* the table of that level is not in the VM's memory; else its entry is no table */
	bool root;    /* if it is missing: TTBR_EL1 names it, no entry of another */
	bool mapped;  /* that entry is a page or a block: */
	bool off;     /* or stage 1 is off, */
	u64 output;   /* and this the IPA */
};

/*
 * The vCPU's walk for an address, as the tables are now; another vCPU may have changed them since it faulted.
 * At most five reads through this CPU's window.
 */
struct stage1_end stage1_walk(const struct vcpu *v, u64 address);
