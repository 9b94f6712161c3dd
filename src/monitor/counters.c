/* SPDX-License-Identifier: Apache-2.0 */
/* The causes' names, as reports spell them. */
#include "monitor/counters.h"

static const char *const names[COUNTER_CAUSES] = {
	[0x00] = "undefined",
	[0x01] = "wfx",
	[0x07] = "fp",
	[0x16] = "hvc",
	[0x17] = "smc",
	[0x18] = "sysreg",
	[0x19] = "sve",
	[0x20] = "fetch",
	[0x24] = "mmio",
	[COUNTER_TIMER] = "timer",
	[COUNTER_TIMER_PHYSICAL] = "physical-timer",
	[COUNTER_KICK] = "kick",
	[COUNTER_MAINTENANCE] = "maintenance",
	[COUNTER_DEADLINE] = "deadline",
	[COUNTER_DEVICE] = "device",
	[COUNTER_SERROR] = "serror",
	[COUNTER_PMU] = "pmu",
};

const char *counter_name(u32 cause)
{
	return cause < COUNTER_CAUSES && names[cause] ? names[cause] : "other";
}
