/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of trapped system registers, found by their encoding.
 *
 * ID registers: a field is shown as the machine has it if its feature has no state, or its state
 * is switched (machine/context.def); all others read as "not implemented", and their instructions
 * are trapped by machine/cpu.c (Arm ARM D19.2.61 and following).
 */
#include "virtual/vsysreg.h"

#include "lib/bits.h"
#include "lib/index.h"
#include "lib/require.h"
#include "machine/gich.h"
#include "monitor/vcpu.h"
#include "monitor/vm.h"
#include "virtual/vgic.h"
#include "virtual/vtimer.h"

/* --- ID registers --- */

#define NIBBLE(n) (0xfUL << 4 * (n))

/* Fields that pass; `most` caps one of them (its mask 0: none). */
struct id_policy {
	u8 crm, op2;
	u64 pass;
	u64 cap_field, cap;
};

static const struct id_policy policies[] = {
	/* ID_AA64PFR0_EL1: EL0, EL1, FP, AdvSIMD, GIC, DIT, CSV2, CSV3. No EL2, EL3, RAS, SVE, MPAM, AMU, RME. */
	{4, 0,
         NIBBLE(0) | NIBBLE(1) | NIBBLE(4) | NIBBLE(5) | NIBBLE(6) | NIBBLE(12) | NIBBLE(14) | NIBBLE(15),
         NIBBLE(14), 1},
	/* ID_AA64PFR1_EL1: BT, SSBS. No MTE, RAS_frac, SME, CSV2_frac (SCXTNUM), NMI. */
	{4, 1, NIBBLE(0) | NIBBLE(1), 0, 0},
	/* ID_AA64DFR0_EL1: DebugVer, BRPs, WRPs, CTX_CMPs, DoubleLock. No trace, PMU, SPE, TRBE. */
	{5, 0, NIBBLE(0) | NIBBLE(3) | NIBBLE(5) | NIBBLE(7) | NIBBLE(9), NIBBLE(0), 8},
	/* ID_AA64ISAR0_EL1: all but TME (bits 27..24). */
	{6, 0, ~NIBBLE(6), 0, 0},
	/* ID_AA64ISAR1_EL1: all but LS64 (63..60) and XS (59..56), whose control bits are EL2's. */
	{6, 1, ~(NIBBLE(15) | NIBBLE(14)), 0, 0},
	/* ID_AA64ISAR2_EL1: WFxT, RPRES, GPA3, APA3, BC, PAC_frac. No MOPS (HCRX_EL2). */
	{6, 2, NIBBLE(0) | NIBBLE(1) | NIBBLE(2) | NIBBLE(3) | NIBBLE(5) | NIBBLE(6), 0, 0},
	/* ID_AA64MMFR0_EL1: PARange (40 bits at most), ASIDBits, BigEnd, BigEndEL0, granules. No FGT, ECV, ExS. */
	{7, 0, NIBBLE(0) | NIBBLE(1) | NIBBLE(2) | NIBBLE(4) | NIBBLE(5) | NIBBLE(6) | NIBBLE(7), NIBBLE(0),
         2},
	/* ID_AA64MMFR1_EL1: HAFDBS (no HAFT), HPDS, PAN, ETS, TIDCP1's absence. No VMIDBits, VH, LO, XNX, HCX, AFP. */
	{7, 1, NIBBLE(0) | NIBBLE(3) | NIBBLE(5) | NIBBLE(9), NIBBLE(0), 2},
	/* ID_AA64MMFR2_EL1: CnP, UAO, LSM, VARange, CCIDX, ST, AT, IDS, TTL, BBM, E0PD. No IESB, NV, FWB, EVT. */
	{7, 2,
         NIBBLE(0) | NIBBLE(1) | NIBBLE(2) | NIBBLE(4) | NIBBLE(5) | NIBBLE(7) | NIBBLE(8) | NIBBLE(9) |
                 NIBBLE(12) | NIBBLE(13) | NIBBLE(15),
         0, 0},
	/* ID_DFR0_EL1: no trace, no PMU. ID_PFR0_EL1: no AMU, no RAS. ID_PFR1_EL1: no virtualization extensions. */
	{1, 2, NIBBLE(0) | NIBBLE(1) | NIBBLE(2) | NIBBLE(5), 0, 0},
	{1, 0, ~(NIBBLE(5) | NIBBLE(7)), 0, 0},
	{1, 1, ~(NIBBLE(3) | NIBBLE(4) | NIBBLE(5) | NIBBLE(6)), 0, 0},
};

static u64 shown[VSYSREG_IDS]; /* to guests; index: CRm * 8 + op2 */

/* The rest of the AArch32 block (CRm 1 to 3) describes stateless instructions; CRm 4 to 7 what is newer. */
u64 vsysreg_id(u32 crm, u32 op2, u64 machine)
{
	for (u32 i = 0; i < ARRAY_COUNT(policies); i++) {
		const struct id_policy *p = &policies[i];

		if (p->crm != crm || p->op2 != op2)
			continue;
		u64 value = machine & p->pass;

		if (p->cap_field && field_get(p->cap_field, value) > p->cap)
			value = field_set(value, p->cap_field, p->cap);
		return value;
	}
	return crm <= 3 ? machine : 0;
}

static enum verdict id_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = shown[(a->offset >> 1 & 7) << 3 | (a->offset >> 17 & 7)];
	return DONE;
}

/* --- the rest --- */

static enum verdict oslsr_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = 8; /* OSLM: implemented; not locked */
	return DONE;
}

static enum verdict sre_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = 7; /* system registers, no legacy bypass: fixed (IHI 0069 §12.2.20) */
	return DONE;
}

#define ROW(op0, op1, crn, crm, op2, name, read, write)                 \
	{                                                               \
		VSYSREG_KEY(op0, op1, crn, crm, op2), name, read, write \
	}
#define ZERO   reg_read_zero
#define IGNORE reg_write_ignore

const struct vsysreg vsysreg_rows[] = {
	ROW(3, 0, 12, 11, 5, "ICC_SGI1R_EL1", NULL, vgic_sgi1r_write),
	ROW(3, 0, 12, 11, 6, "ICC_ASGI1R_EL1", NULL, vgic_sgi0r_write),
	ROW(3, 0, 12, 11, 7, "ICC_SGI0R_EL1", NULL, vgic_sgi0r_write),
	ROW(3, 0, 12, 11, 1, "ICC_DIR_EL1", NULL, vgic_dir_write),
	ROW(3, 0, 12, 12, 5, "ICC_SRE_EL1", sre_read, IGNORE),
	ROW(3, 3, 14, 0, 1, "CNTPCT_EL0", vtimer_cntpct_read, NULL),
	ROW(3, 3, 14, 0, 5, "CNTPCTSS_EL0", vtimer_cntpct_read, NULL),
	ROW(3, 3, 14, 2, 0, "CNTP_TVAL_EL0", vtimer_tval_read, vtimer_tval_write),
	ROW(3, 3, 14, 2, 1, "CNTP_CTL_EL0", vtimer_ctl_read, vtimer_ctl_write),
	ROW(3, 3, 14, 2, 2, "CNTP_CVAL_EL0", vtimer_cval_read, vtimer_cval_write),
	ROW(3, 0, 1, 0, 1, "ACTLR_EL1", ZERO, IGNORE),
	/* Trapped where stage 2 makes all memory coherent: done. */
	ROW(1, 0, 7, 6, 2, "DC ISW", NULL, IGNORE),
	ROW(1, 0, 7, 10, 2, "DC CSW", NULL, IGNORE),
	ROW(1, 0, 7, 14, 2, "DC CISW", NULL, IGNORE),
	ROW(2, 0, 1, 0, 0, "MDRAR_EL1", ZERO, NULL),
	ROW(2, 0, 1, 0, 4, "OSLAR_EL1", NULL, IGNORE),
	ROW(2, 0, 1, 1, 4, "OSLSR_EL1", oslsr_read, NULL),
	ROW(2, 0, 1, 3, 4, "OSDLR_EL1", ZERO, IGNORE),
	ROW(2, 0, 1, 4, 4, "DBGPRCR_EL1", ZERO, IGNORE),
	ROW(2, 3, 0, 1, 0, "MDCCSR_EL0", ZERO, NULL),
	ROW(2, 0, 0, 2, 0, "MDCCINT_EL1", ZERO, IGNORE),
	ROW(2, 3, 0, 4, 0, "DBGDTR_EL0", ZERO, IGNORE),
	ROW(2, 3, 0, 5, 0, "DBGDTRRX_EL0", ZERO, IGNORE),
	ROW(2, 0, 0, 0, 2, "OSDTRRX_EL1", ZERO, IGNORE),
	ROW(2, 0, 0, 3, 2, "OSDTRTX_EL1", ZERO, IGNORE),
};
const u32 vsysreg_count = ARRAY_COUNT(vsysreg_rows);

/* --- look-up --- */

static struct index by_key;
#define SGI1R VSYSREG_KEY(3, 0, 12, 11, 5)

void vsysreg_init(u64 (*machine_id)(u32 crm, u32 op2))
{
	for (u32 i = 0; i < VSYSREG_IDS; i++)
		shown[i] = vsysreg_id(i / 8, i % 8, machine_id(i / 8, i % 8));
	index_clear(&by_key);
	for (u32 row = 0; row < vsysreg_count; row++)
		require(index_add(&by_key, vsysreg_rows[row].key, row));
}

/* op0 = 3, op1 = 0, CRn = 0, CRm = 1..7: the block that HCR_EL2.TID3 traps. */
static bool is_id_register(u32 key)
{
	u32 block = key & ~VSYSREG_KEY(0, 0, 0, 7, 7);

	return block == VSYSREG_KEY(3, 0, 0, 0, 0) && (key & VSYSREG_KEY(0, 0, 0, 15, 0));
}

static inline enum verdict access_row(struct vcpu *v, struct access *a)
{
	u32 row = index_find(&by_key, a->offset);
	if (!row)
		return UNDEF;
	reg_function function = a->write ? vsysreg_rows[row - 1].write : vsysreg_rows[row - 1].read;
	return function ? function(v, a) : UNDEF;
}

enum verdict vsysreg_access(struct vcpu *v, struct access *a)
{
	if (is_id_register(a->offset))
		return a->write ? UNDEF : id_read(v, a);
	if (a->offset == SGI1R && a->write)
		return vgic_sgi1r_write(v, a); /* the one that guests write all the time */
	return access_row(v, a);
}

/* Out of line, so that the other stays in line where it is called. */
__attribute__((noinline)) enum verdict vsysreg_access_el0(struct vcpu *v, struct access *a)
{
	return access_row(v, a);
}
