/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI calls to the firmware (DEN0022 §5), SMCCC 1.0 register rules (DEN0028 §2). */
#include "machine/psci.h"

#define PSCI_CPU_ON       0xc4000003UL
#define PSCI_SYSTEM_OFF   0x84000008UL
#define PSCI_SYSTEM_RESET 0x84000009UL

static bool available;

static u64 call(u64 function, u64 a, u64 b, u64 c)
{
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = a;
	register u64 x2 asm("x2") = b;
	register u64 x3 asm("x3") = c;

	asm volatile("smc #0"
	             : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
	             :
	             : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
	               "x17", "memory");
	return x0;
}

void psci_init(void) { available = true; }
bool psci_available(void) { return available; }

s32 psci_cpu_on(u64 affinity, pa_t entry, u64 argument)
{
	return (s32)call(PSCI_CPU_ON, affinity, entry.value, argument);
}

void psci_system_off(void)
{
	if (available)
		call(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void psci_system_reset(void)
{
	if (available)
		call(PSCI_SYSTEM_RESET, 0, 0, 0);
}
