/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to the firmware by HVC, which the bare board and Corbel both take, or by SMC (SMCCC, DEN0028). */
#include "lib/guest.h"

#define CALL(conduit)                                                                                        \
	asm volatile(conduit " #0"                                                                           \
	             : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory", "x4", "x5", "x6", "x7", "x8", "x9", \
	               "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17")

s64 psci_call(u64 function, u64 a, u64 b, u64 c)
{
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = a;
	register u64 x2 asm("x2") = b;
	register u64 x3 asm("x3") = c;

	if (machine.smc)
		CALL("smc");
	else
		CALL("hvc");
	/* A function of 32 bits answers in w0; the upper half of x0 is not part of the answer. */
	return function & BIT(30) ? (s64)x0 : (s64)(s32)x0;
}

void psci_system_off(void)
{
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
