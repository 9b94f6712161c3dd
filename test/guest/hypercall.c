/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI and SMCCC answer by HVC and by SMC: versions, and the features a system relies on (DEN0022, DEN0028).
 */
#include "lib/guest.h"

static s64 call(bool smc, u64 function, u64 argument)
{
	u64 x[31] = {function, argument};

	if (smc)
		psci_raw_smc(x);
	else
		psci_raw_hvc(x);
	return (s32)x[0];
}

static void check(bool smc)
{
	static const u32 wanted[] = {PSCI_VERSION,       PSCI_CPU_SUSPEND, PSCI_CPU_OFF,      PSCI_CPU_ON,
	                             PSCI_AFFINITY_INFO, PSCI_SYSTEM_OFF,  PSCI_SYSTEM_RESET, PSCI_FEATURES,
	                             0x84000001,         0x84000003,       0x84000004};
	s64 version = call(smc, PSCI_VERSION, 0);

	guest_print("PSCI 0x%lx, SMCCC 0x%lx\n", version, call(smc, SMCCC_VERSION, 0));
	CHECK(version >= 0x10001 && version < 0x20000);
	for (u32 i = 0; i < ARRAY_COUNT(wanted); i++)
		if (call(smc, PSCI_FEATURES, wanted[i]) < 0)
			guest_fail(__LINE__, "PSCI_FEATURES says no to 0x%x", wanted[i]);
	CHECK_EQUAL(call(smc, PSCI_FEATURES, 0x8400ff00), PSCI_NOT_SUPPORTED);
	if (tree_word("no-smccc")) {
		CHECK_EQUAL(call(smc, SMCCC_VERSION, 0), PSCI_NOT_SUPPORTED);
		return;
	}
	CHECK(call(smc, SMCCC_VERSION, 0) >= 0x10001);
	CHECK_EQUAL(call(smc, PSCI_FEATURES, SMCCC_VERSION), 0);
	/* SMCCC_ARCH_FEATURES knows itself and SMCCC_VERSION. */
	CHECK_EQUAL(call(smc, 0x80000001, SMCCC_VERSION), 0);
	CHECK_EQUAL(call(smc, 0x80000001, 0x80000001), 0);
	CHECK_EQUAL(call(smc, 0x80000001, 0x8000fffe), PSCI_NOT_SUPPORTED);
}

void test(void)
{
	struct fault f;

	check(false);
	if (!tree_word("no-smc")) {
		check(true);
		return;
	}
	f = fault_execute(0xd4000003, PSCI_VERSION, NULL); /* SMC #0 */
	fault_check_undefined(__LINE__, &f);
}
