/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's power services (DEN0022), by SMC: from EL2, HVC would be ourselves. */
#pragma once
#include "lib/types.h"

/* Only after this may the others be called: without a /psci node an SMC may hang the machine. */
void psci_init(void);
bool psci_available(void);
/* Any call of the firmware: x0 to x3, before and after. */
void psci_call(u64 x[4]);
/* Starts a CPU at `entry` with x0 = argument. Answers PSCI's code: 0, or negative. */
s32 psci_cpu_on(u64 affinity, pa_t entry, u64 argument);
/* Return only if the firmware refuses. */
void psci_system_off(void);
void psci_system_reset(void);
