/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID space reads without a fault, reserved slots as zero; what it says is missing is UNDEFINED, what
 * it says is there works (Arm ARM D17.1.3). The word hides says that this machine hides what it does not
 * switch.
 */
#include "lib/guest.h"

#define MRS(op1, n, m, op2) (0xd5380000 | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5)
#define PFR0                read_register(s3_0_c0_c4_0)
#define PFR1                read_register(s3_0_c0_c4_1)
#define DFR0                read_register(s3_0_c0_c5_0)

static void check_space(void)
{
	for (u32 m = 1; m < 8; m++)
		for (u32 op2 = 0; op2 < 8; op2++) {
			u64 value;
			struct fault f = fault_execute(MRS(0, 0, m, op2), 0, &value);

			if (f.taken)
				guest_fail(__LINE__, "ID register s3_0_c0_c%u_%u faults: 0x%lx", m, op2,
				           f.esr);
			if (m >= 4 && value)
				guest_print("s3_0_c0_c%u_%u 0x%lx\n", m, op2, value);
			f = fault_execute(MRS(0, 0, m, op2) & ~(u32)BIT(21), 0,
			                  NULL); /* MSR: they are read-only */
			fault_check_undefined(__LINE__, &f);
		}
	read_register(midr_el1);
	read_register(revidr_el1);
	read_register(clidr_el1);
	read_register(ctr_el0);
	read_register(dczid_el0);
	write_register(csselr_el1, 0);
	isb();
	read_register(ccsidr_el1);
}

static void check(const char *name, bool there, u32 insn)
{
	struct fault f = fault_execute(insn, 0, NULL);

	if (f.taken == there)
		guest_fail(__LINE__, "%s: the ID registers say %u, the instruction 0x%x says otherwise", name,
		           there, insn);
	if (!there)
		fault_check_undefined(__LINE__, &f);
}

static void check_features(void)
{
	u64 pmu = field_get(FIELD(11, 8), DFR0), mmfr3 = read_register(s3_0_c0_c7_3);
	u64 pauth =
		read_register(s3_0_c0_c6_1) & (FIELD(7, 4) | FIELD(11, 8) | FIELD(27, 24) | FIELD(31, 28));
	u64 pauth3 = read_register(s3_0_c0_c6_2) & (FIELD(15, 12) | FIELD(11, 8));

	check("PMU", pmu && pmu != 15, MRS(3, 9, 12, 0));                  /* PMCR_EL0 */
	check("RAS", field_get(FIELD(31, 28), PFR0), MRS(0, 5, 3, 0));     /* ERRIDR_EL1 */
	check("AMU", field_get(FIELD(47, 44), PFR0), MRS(3, 13, 2, 0));    /* AMCR_EL0 */
	check("MTE", field_get(FIELD(11, 8), PFR1) >= 2, MRS(0, 1, 0, 6)); /* GCR_EL1 */
	check("PAuth", pauth | pauth3, MRS(0, 2, 1, 0));                   /* APIAKEYLO_EL1 */
	check("SPE", field_get(FIELD(35, 32), DFR0), MRS(0, 9, 10, 1));    /* PMBPTR_EL1 */
	check("TRBE", field_get(FIELD(47, 44), DFR0), MRS(0, 9, 11, 0));   /* TRBLIMITR_EL1 */
	check("TCR2", field_get(FIELD(3, 0), mmfr3), MRS(0, 2, 0, 3));     /* TCR2_EL1 */
	check("S1PIE", field_get(FIELD(11, 8), mmfr3), MRS(0, 10, 2, 3));  /* PIR_EL1 */
	check("LOR", field_get(FIELD(19, 16), read_register(s3_0_c0_c7_1)), MRS(0, 10, 4, 7)); /* LORID_EL1 */
	write_register(cpacr_el1, 3 << 20 | 3 << 16 | 3 << 24);
	isb();
	check("SVE", field_get(FIELD(35, 32), PFR0), MRS(0, 1, 2, 0));  /* ZCR_EL1 */
	check("SVE", field_get(FIELD(35, 32), PFR0), 0x04bf5020);       /* RDVL X0, #1 */
	check("SME", field_get(FIELD(27, 24), PFR1), MRS(0, 1, 2, 6));  /* SMCR_EL1 */
	check("SME", field_get(FIELD(27, 24), PFR1), 0x04bf5820);       /* RDSVL X0, #1 */
	check("SME", field_get(FIELD(27, 24), PFR1), MRS(3, 13, 0, 5)); /* TPIDR2_EL0 */
}

void test(void)
{
	check_space();
	CHECK(field_get(FIELD(3, 0), PFR0) == 1 ||
	      field_get(FIELD(3, 0), PFR0) == 2); /* EL0 in AArch64, or 32 too */
	CHECK(field_get(FIELD(7, 4), PFR0) == 1 || field_get(FIELD(7, 4), PFR0) == 2); /* EL1 */
	CHECK_EQUAL(field_get(FIELD(11, 8), PFR0), 0);                                 /* no EL2 */
	CHECK_EQUAL(field_get(FIELD(15, 12), PFR0), 0);                                /* no EL3 */
	CHECK(field_get(FIELD(27, 24), PFR0) != 0); /* GICv3 system registers */
	check_features();
	if (!tree_word("hides"))
		return;
	CHECK_EQUAL(field_get(FIELD(47, 44), PFR0), 0);                  /* AMU */
	CHECK_EQUAL(field_get(FIELD(27, 24), PFR1), 0);                  /* SME */
	CHECK_EQUAL(field_get(FIELD(35, 32), DFR0), 0);                  /* SPE */
	CHECK(field_get(FIELD(3, 0), read_register(s3_0_c0_c7_0)) <= 5); /* PARange: 48 bits at most */
}
