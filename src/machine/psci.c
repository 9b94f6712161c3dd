/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI calls to the firmware (DEN0022 §5), SMCCC 1.0 register rules (DEN0028 §2). */
#include "machine/psci.h"

#define PSCI_CPU_ON       0xc4000003UL
#define PSCI_SYSTEM_OFF   0x84000008UL
#define PSCI_SYSTEM_RESET 0x84000009UL

static bool available;

void psci_call(u64 x[4])
{
	const u64 function = x[0], a = x[1], b = x[2], c = x[3];
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = a;
	register u64 x2 asm("x2") = b;
	register u64 x3 asm("x3") = c;

	asm volatile("smc #0"
	             : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
	             :
	             : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
	               "x17", "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

void psci_init(void) { available = true; }
bool psci_available(void) { return available; }

s32 psci_cpu_on(u64 affinity, pa_t entry, u64 argument)
{
	u64 x[4] = {PSCI_CPU_ON, affinity, entry.value, argument};

	psci_call(x);
	return (s32)x[0];
}

void psci_system_off(void)
{
	if (available)
		psci_call((u64[4]){PSCI_SYSTEM_OFF});
}

void psci_system_reset(void)
{
	if (available)
		psci_call((u64[4]){PSCI_SYSTEM_RESET});
}
