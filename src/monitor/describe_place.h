/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the machine's CPUs each vCPU may have: admission control. */
#pragma once
#include "monitor/describe.h"
#include "monitor/report.h"

/*
 * Fills in `cpus` of all vCPUs of the VMs that are not refused: of a dedicated or real-time one a single bit. A VM that
 * cannot be placed is refused, with the arithmetic. `cpus` of the limits may be 0: then the machine has as many as there can be.
 */
void describe_place(struct report *r, const struct describe_limits *limits, struct system_description *out);
