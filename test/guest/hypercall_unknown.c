/* SPDX-License-Identifier: Apache-2.0 */
/* A call that nobody defined answers NOT_SUPPORTED, and no call touches x4..x30 (SMCCC, DEN0028 §2.6, §5.2).
 */
#include "lib/guest.h"

static void check(void (*call)(u64 *x), u64 function, bool known)
{
	u64 x[31];

	for (u32 i = 0; i < 31; i++)
		x[i] = 0x0101010101010101UL * (i + 1);
	x[0] = function;
	call(x);
	if (!known && x[0] != ~0UL && x[0] != 0xffffffff)
		guest_fail(__LINE__, "0x%lx answered 0x%lx", function, x[0]);
	for (u32 i = 4; i < 31; i++)
		if (x[i] != 0x0101010101010101UL * (i + 1))
			guest_fail(__LINE__, "0x%lx: x%u became 0x%lx", function, i, x[i]);
}

static void check_all(void (*call)(u64 *x))
{
	static const u64 unknown[] = {
		0x8400ff00, 0xc400ff00, 0x8400001f, /* standard service */
		0x80000004, 0xc0000004,             /* architecture */
		0x81000000, 0xc1000000,             /* CPU */
		0x82000000, 0x83000000, 0xc3000000, /* SiP, OEM */
		0x85000000, 0xb0000000, 0xbf00ffff, /* standard hypervisor, trusted applications and OS */
		0x86000000, 0xc6000000,             /* vendor hypervisor */
		0,          1,          0x7fffffff, 0xffffffff,
	};

	for (u32 round = 0; round < 3; round++)
		for (u32 i = 0; i < ARRAY_COUNT(unknown); i++)
			check(call, unknown[i], false);
	check(call, PSCI_VERSION, true);
	check(call, PSCI_AFFINITY_INFO, true);
}

void test(void)
{
	check_all(psci_raw_hvc);
	if (!tree_word("no-smc"))
		check_all(psci_raw_smc);
}
