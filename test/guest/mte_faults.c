/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags are stored, loaded and checked. A wrong one is a fault of EL1's own, at once with the right syndrome, or later in
 * TFSR_EL1, which a vCPU does not lose when it leaves its CPU; what EL2 makes EL1 take sets PSTATE.TCO (Arm ARM D10.4, D1.3).
 */
#include "lib/guest.h"

enum { TAG_CHECK = 0x11, DATA_SAME = 0x25, WRONG = 9, RIGHT = 5 };
static u64 granules[4] __attribute__((aligned(16)));
static u64 tco_inside = ~0UL;

bool exception(struct frame *f, u64 vector)
{
	(void)f;
	(void)vector;
	tco_inside = read_register(s3_3_c4_c2_7);
	return false;
}

static u64 tagged(u64 tag) { return (u64)granules | field_put(MTE_TAG, tag); }

static void check_fault(u32 line, struct fault f, u64 address, u64 write)
{
	if (!f.taken)
		guest_fail(line, "no tag check fault");
	if (f.esr != ((u64)DATA_SAME << 26 | BIT(25) | write | TAG_CHECK))
		guest_fail(line, "ESR 0x%lx", f.esr);
	if ((f.far ^ address) & FIELD(59, 0)) /* above is UNKNOWN */
		guest_fail(line, "FAR 0x%lx, not 0x%lx", f.far, address);
	if (f.elr != f.at || f.vector != 4 || f.spsr & BIT(25) || tco_inside != BIT(25))
		guest_fail(line, "ELR 0x%lx vector %u SPSR 0x%lx TCO 0x%lx", f.elr, f.vector, f.spsr,
		           tco_inside);
}

static void synchronous(void)
{
	u64 value = 0;

	mte_check(MTE_SYNCHRONOUS);
	CHECK(!fault_write64(tagged(RIGHT), 77).taken);
	CHECK(!fault_read64(tagged(RIGHT), &value).taken && value == 77);
	check_fault(__LINE__, fault_read64(tagged(WRONG), &value), tagged(WRONG), 0);
	check_fault(__LINE__, fault_write64(tagged(WRONG), 78), tagged(WRONG), ESR_WNR);
	CHECK_EQUAL(read64(tagged(RIGHT)), 77);
	write_register(s3_3_c4_c2_7, BIT(25)); /* TCO: unchecked */
	CHECK(!fault_read64(tagged(WRONG), &value).taken);
	write_register(s3_3_c4_c2_7, 0);
	mte_check(MTE_IGNORE);
}

/* Told within the CPU's time; a vCPU that leaves the CPU at once takes it along. */
static void asynchronous(void)
{
	mte_check(MTE_ASYNCHRONOUS);
	write_register(s3_0_c5_c6_0, 0);
	read64(tagged(RIGHT));
	psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
	CHECK_EQUAL(read_register(s3_0_c5_c6_0), 0);
	read64(tagged(WRONG));
	psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
	CHECK_EQUAL(read_register(s3_0_c5_c6_0), 1); /* TF0 */
	write_register(s3_0_c5_c6_0, 0);
	mte_check(MTE_IGNORE);
}

/* What EL2 injects is an exception like any other. */
static void injected(void)
{
	u64 value;
	struct fault f = fault_read64(HOLE, &value);

	fault_check_external(__LINE__, &f, DATA_SAME, HOLE, false);
	CHECK(!(f.spsr & BIT(25)) && tco_inside == BIT(25));
	tco_inside = ~0UL;
	f = fault_execute(0xd5381440, 0, NULL); /* MRS X0, S3_0_C1_C4_2: unallocated */
	fault_check_undefined(__LINE__, &f);
	CHECK_EQUAL(tco_inside, BIT(25));
}

static u64 random_tag(u64 exclude)
{
	write_register(s3_0_c1_c0_6, exclude);
	isb();
	return field_get(MTE_TAG, guest_execute(0x9adf1000, 0)); /* IRG X0, X0 */
}

void test(void)
{
	u64 timer = timer_now();

	CHECK(field_get(FIELD(11, 8), read_register(id_aa64pfr1_el1)) >= 2);
	mte_on(MTE_IGNORE);
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer); /* pends for good, masked: CPU_SUSPEND ends at once */
	write_register(cntv_ctl_el0, 1);
	CHECK_EQUAL(mte_get((u64)granules), 0);
	mte_set(tagged(RIGHT));
	CHECK_EQUAL(mte_get((u64)granules), RIGHT);
	CHECK_EQUAL(mte_get((u64)&granules[2]), 0);
	for (u64 tag = 0; tag < 16; tag++)
		CHECK_EQUAL(random_tag(0xffff & ~(1UL << tag)), tag);
	synchronous();
	asynchronous();
	injected();
}
