/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers and instructions: virtual/vsysreg.def says what each encoding answers. */
#pragma once
#include "virtual/reg.h"

/* An encoding as one number, laid out as in ESR_EL2.ISS of a trapped MSR or MRS (D19.2.37). */
#define VSYSREG_KEY(op0, op1, crn, crm, op2) \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define VSYSREG_KEY_OF_ISS(iss) ((u32)(iss)&0x3ffc1e)

/* Makes the index; before the first guest. */
void vsysreg_init(void);
/* a->offset is the key. */
enum verdict vsysreg_access(struct vcpu *v, struct access *a);
/* The same of a register that EL0 can have, so no ID register: as AArch32 reaches it. */
enum verdict vsysreg_access_el0(struct vcpu *v, struct access *a);
