/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that are not there: every implementation-defined encoding, and every one of EL2 and EL3, is an
 * Undefined Instruction exception with class 0 at the instruction, for MRS and MSR (Arm ARM D17.1.1).
 */
#include "lib/guest.h"

static u32 tried;

/* MRS and MSR of S3_op1_Cn_Cm_op2. */
static void check(u32 op1, u32 n, u32 m, u32 op2)
{
	u32 insn = 0xd5180000 | op1 << 16 | n << 12 | m << 8 | op2 << 5;

	for (u32 direction = 0; direction < 2; direction++) {
		struct fault f = fault_execute(insn | direction << 21, 0, NULL);

		tried++;
		if (!f.taken)
			guest_fail(__LINE__, "%s s3_%u_c%u_c%u_%u is allowed", direction ? "MRS" : "MSR", op1,
			           n, m, op2);
		if (f.esr != ESR_IL || f.elr != f.at || f.vector != 4)
			guest_fail(__LINE__, "s3_%u_c%u_c%u_%u: ESR 0x%lx ELR 0x%lx", op1, n, m, op2, f.esr,
			           f.elr);
	}
}

static void check_all(u32 op1, u32 n)
{
	for (u32 m = 0; m < 16; m++)
		for (u32 op2 = 0; op2 < 8; op2++)
			check(op1, n, m, op2);
}

void test(void)
{
	for (u32 op1 = 0; op1 < 8 && !tree_word("impdef"); op1++) {
		check_all(op1, 11);
		check_all(op1, 15);
	}
	/* op1 4, 5, 6 and 7: EL2, EL12 and EL02 names, EL3, secure EL1. */
	for (u32 op1 = 4; op1 < 8; op1++)
		for (u32 n = 0; n < 16; n++)
			if (n != 11 && n != 15)
				check_all(op1, n);
	guest_print("%u accesses\n", tried);
}
