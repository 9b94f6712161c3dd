/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM whose description says cpu = "armv8.2" sees the same CPU on every machine (doc/vm.md): each ID register has
 * that baseline's value, and what has a trap is undefined, not just hidden.
 */
#include "lib/guest.h"

#define MRS(op1, n, m, op2) (0xd5380000 | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5)

static const struct {
	u8 m, op2;
	u64 value;
} registers[] = {
	{4, 0, 0x11000011},   /* ID_AA64PFR0_EL1: AArch64 alone, GIC, RAS */
	{5, 0, 0xf010305008}, /* ID_AA64DFR0_EL1: no double lock, 6 breakpoints, 4 watchpoints, Armv8.2 */
	{6, 0, 0x10210000},   /* ID_AA64ISAR0_EL1: RDM, LSE, CRC32 */
	{6, 1, 0x00000001},   /* ID_AA64ISAR1_EL1: DC CVAP */
	{7, 0, 0x00000022},   /* ID_AA64MMFR0_EL1: ASIDs of 16 bits, 40 bits of physical address */
	{7, 1, 0x00201000},   /* ID_AA64MMFR1_EL1: PAN2, HPD */
	{7, 2, 0x00000011},   /* ID_AA64MMFR2_EL1: UAO, CnP */
};

static u64 wanted(u32 m, u32 op2)
{
	for (u32 i = 0; i < ARRAY_COUNT(registers); i++)
		if (registers[i].m == m && registers[i].op2 == op2)
			return registers[i].value;
	return 0;
}

static void undefined(u32 instruction)
{
	struct fault f = fault_execute(instruction, 0, NULL);

	if (!f.taken)
		guest_fail(__LINE__, "0x%x is allowed", instruction);
	fault_check_undefined(__LINE__, &f);
}

void test(void)
{
	for (u32 m = 1; m < 8; m++)
		for (u32 op2 = 0; op2 < 8; op2++) {
			u64 value;
			struct fault f = fault_execute(MRS(0, 0, m, op2), 0, &value);

			if (f.taken || value != wanted(m, op2))
				guest_fail(__LINE__, "s3_0_c0_c%u_%u is 0x%lx, not 0x%lx", m, op2, value,
				           wanted(m, op2));
		}
	undefined(MRS(0, 2, 1, 0));                       /* APIAKEYLO_EL1 */
	undefined(MRS(0, 2, 3, 1));                       /* APGAKEYHI_EL1 */
	undefined(0x9ac03000);                            /* PACGA X0, X0, X0 */
	CHECK(!fault_execute(0xd503233f, 0, NULL).taken); /* PACIASP: a hint, where nothing is enabled */
	CHECK(!fault_execute(0x9ac04c00, 0, NULL).taken); /* CRC32X W0, W0, X0 */
}
