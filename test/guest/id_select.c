/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every value of CSSELR_EL1, those that name no cache too, leaves CCSIDR_EL1 readable and the same each time; the other
 * registers of caches do not change with it. What identifies a CPU cannot be written (Arm ARM D19.2).
 */
#include "lib/guest.h"

#define MRS(op1, crn, crm, op2) (0xd5300000u | 3 << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define MSR(op1, crn, crm, op2) (MRS(op1, crn, crm, op2) & ~(u32)BIT(21))

static void select(u64 value, u64 clidr, u64 ctr, u64 dczid)
{
	u64 first;

	write_register(csselr_el1, value);
	isb();
	CHECK_EQUAL(read_register(csselr_el1) & ~0x1fUL, 0);
	first = read_register(ccsidr_el1);
	CHECK_EQUAL(read_register(ccsidr_el1), first);
	CHECK_EQUAL(read_register(clidr_el1), clidr);
	CHECK_EQUAL(read_register(ctr_el0), ctr);
	CHECK_EQUAL(read_register(dczid_el0), dczid);
}

static void check_read_only(u32 insn)
{
	struct fault f = fault_execute(insn, 0, NULL);

	fault_check_undefined(__LINE__, &f);
}

void test(void)
{
	u64 clidr = read_register(clidr_el1), ctr = read_register(ctr_el0), dczid = read_register(dczid_el0);

	for (u64 value = 0; value < 64; value++)
		select(value, clidr, ctr, dczid);
	for (u32 bit = 0; bit < 64; bit++) {
		select(BIT(bit), clidr, ctr, dczid);
		select(~BIT(bit), clidr, ctr, dczid);
	}
	check_read_only(MSR(0, 0, 0, 0)); /* MIDR_EL1 */
	check_read_only(MSR(0, 0, 0, 5)); /* MPIDR_EL1 */
	check_read_only(MSR(0, 0, 0, 6)); /* REVIDR_EL1 */
	check_read_only(MSR(1, 0, 0, 0)); /* CCSIDR_EL1 */
	check_read_only(MSR(1, 0, 0, 1)); /* CLIDR_EL1 */
	check_read_only(MSR(3, 0, 0, 1)); /* CTR_EL0 */
	check_read_only(MSR(3, 0, 0, 7)); /* DCZID_EL0 */
}
