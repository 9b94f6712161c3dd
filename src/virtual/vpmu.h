/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's performance monitors (Arm ARM D13). Until its first access to them, which is trapped, a vCPU has none to be
 * switched. From then on they are its own registers, or, where pmu_is_direct() says no, trapped and interpreted here.
 */
#pragma once
#include "machine/pmu.h"
#include "virtual/reg.h"

struct vpmu {
	struct pmu state; /* while it is used and the vCPU is not loaded; else as out of reset */
	bool used;
};

/* Row of all of its registers: undefined for a VM that has no PMU. */
enum verdict vpmu_access(struct vcpu *v, struct access *a);
