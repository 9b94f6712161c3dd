/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's firmware: PSCI 1.1 (DEN0022) and SMCCC discovery (DEN0028), by HVC and SMC alike. */
#pragma once
#include "virtual/reg.h"

/* One row per function id: the table is the documentation of what a guest may call. */
struct vpsci_call {
	u32 function;
	const char *name;
	enum verdict (*call)(struct vcpu *v);
};

extern const struct vpsci_call vpsci_calls[];
extern const u32 vpsci_call_count;

/* Makes the index; before the first guest. */
void vpsci_init(void);
/* The call in x0 with arguments in x1..x3; the answer goes to x0, x4 and above are kept. */
enum verdict vpsci_call(struct vcpu *v);
