/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: a row each; ID registers by policy. What has no row is undefined. */
#pragma once
#include "virtual/reg.h"

/* An encoding as one number, laid out as in ESR_EL2.ISS of a trapped MSR or MRS (D19.2.37). */
#define VSYSREG_KEY(op0, op1, crn, crm, op2) \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define VSYSREG_KEY_OF_ISS(iss) ((u32)(iss)&0x3ffc1e)

struct vsysreg {
	u32 key;
	const char *name;
	reg_function read, write; /* NULL: undefined in that direction */
};

extern const struct vsysreg vsysreg_rows[];
extern const u32 vsysreg_count;

enum { VSYSREG_IDS = 64 };

/* Makes the index, and what guests see of the machine's ID registers; before the first guest. */
void vsysreg_init(u64 (*machine_id)(u32 crm, u32 op2));
/* a->offset is the key. */
enum verdict vsysreg_access(struct vcpu *v, struct access *a);
/* The same of a register that EL0 can have, so no ID register: as AArch32 reaches it. */
enum verdict vsysreg_access_el0(struct vcpu *v, struct access *a);
/* What a guest sees of the ID register op0 = 3, op1 = 0, CRn = 0 with this CRm (1..7) and op2, given the machine's. */
u64 vsysreg_id(u32 crm, u32 op2, u64 machine);
