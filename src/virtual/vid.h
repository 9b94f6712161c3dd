/* SPDX-License-Identifier: Apache-2.0 */
/* The ID registers that a guest sees: the machine's, as far as virtual/vid.def lets them, or a named baseline. */
#pragma once
#include "lib/types.h"

enum { VID_REGISTERS = 64 }; /* op0 = 3, op1 = 0, CRn = 0; index: CRm * 8 + op2, CRm below 8 */

/* What a description's `cpu` names (doc/vm.md). */
enum vid_baseline { VID_HOST, VID_ARMV8_0, VID_ARMV8_2, VID_BASELINES };

/* A field in which the machine is less than a baseline. */
struct vid_lack {
	const char *register_name, *field_name;
	u32 has, wants;
};

/* Boot, once all CPUs have been looked at. */
void vid_init(u64 (*machine_id)(u32 crm, u32 op2));
/* What a baseline shows of this machine: constant. Boot CPU. */
const u64 *vid_shown(enum vid_baseline baseline);
/* Whether this machine lacks something of the baseline; the first such field. */
bool vid_lacks(enum vid_baseline baseline, struct vid_lack *lack);
/* Whether registers as vid_shown() gives them show pointer authentication, SVE, the PMU. */
bool vid_has_pauth(const u64 *shown);
/* Memory tags, not only the instructions. */
bool vid_has_mte(const u64 *shown);
bool vid_has_ras(const u64 *shown);
bool vid_has_sve(const u64 *shown);
bool vid_has_pmu(const u64 *shown);
/* One register, given the machine's. */
u64 vid_show(enum vid_baseline baseline, u32 crm, u32 op2, u64 machine);
