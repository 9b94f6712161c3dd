/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A coprocessor register that EL0 can have is the AArch64 register that holds the same state (Arm ARM G8.1): its row
 * answers. No state of its own, no locks.
 */
#include "virtual/aarch32.h"

#include "lib/bits.h"
#include "monitor/vcpu.h"
#include "virtual/vsysreg.h"

#define ISS_CV   BIT(24)
#define ISS_COND FIELD(23, 20)
/* of MCR and MRC: laid out as VSYSREG_KEY() has it */
#define ISS_OPC2 FIELD(19, 17)
#define ISS_OPC1 FIELD(16, 14)
#define ISS_CRN  FIELD(13, 10)
/* of MCRR and MRRC */
#define ISS_OPC1_LONG FIELD(19, 16)
#define ISS_CRM       FIELD(4, 1)

/* of both */
#define ISS_RT2  FIELD(14, 10) /* of the latter only */
#define ISS_RT   FIELD(9, 5)
#define ISS_READ BIT(0)

#define PSTATE_NZCV FIELD(31, 28)
#define PSTATE_N    BIT(31)
#define PSTATE_Z    BIT(30)
#define PSTATE_C    BIT(29)
#define PSTATE_V    BIT(28)
#define PSTATE_IT10 FIELD(26, 25) /* IT[1:0] */
#define PSTATE_IT72 FIELD(15, 10) /* IT[7:2] */
#define PSTATE_T    BIT(5)

#define ALWAYS            0xe
#define IT_CONDITION      FIELD(7, 4)
#define IT_LEFT           FIELD(2, 0) /* 0: the last instruction of the block, or none */
#define IT_KEPT           FIELD(7, 5)
#define IT_SHIFTED        FIELD(4, 0)
#define NEGATED(cond)     ((cond)&1)
#define KIND_OF_CONDITION FIELD(3, 1)

static u64 it_of(u64 pstate) { return field_get(PSTATE_IT72, pstate) << 2 | field_get(PSTATE_IT10, pstate); }

/* ConditionHolds() of the Arm ARM: pairs, of which the odd one is the contrary; 0b1111 is always too. */
static bool holds(u64 condition, u64 pstate)
{
	bool n = pstate & PSTATE_N, z = pstate & PSTATE_Z, c = pstate & PSTATE_C, v = pstate & PSTATE_V;
	const bool even[8] = {z, c, n, v, c && !z, n == v, n == v && !z, true};
	bool result = even[field_get(KIND_OF_CONDITION, condition)];

	return condition < ALWAYS && NEGATED(condition) ? !result : result;
}

/* Without CV it is a T32 instruction, and its condition the IT block's (D19.2.37, ISS of a trapped WFI). */
bool aarch32_is_executed(u64 iss, u64 pstate)
{
	u64 it = it_of(pstate);

	if (iss & ISS_CV)
		return holds(field_get(ISS_COND, iss), pstate);
	return !(pstate & PSTATE_T) || !it || holds(field_get(IT_CONDITION, it), pstate);
}

/* ITAdvance(): the condition's base stays, the rest is shifted along, and 0 is the end (G1.12.2). */
u64 aarch32_next(u64 pstate)
{
	u64 it = it_of(pstate);

	it = it & IT_LEFT ? (it & IT_KEPT) | (it << 1 & IT_SHIFTED) : 0;
	return (pstate & ~(PSTATE_IT72 | PSTATE_IT10)) | field_put(PSTATE_IT72, it >> 2) |
	       field_put(PSTATE_IT10, it & 3);
}

/* The timer's and the PMU's registers of EL0 have the same numbers in both states, below op1 = 3. */
static u32 key_p15(u64 iss)
{
	u64 crn = field_get(ISS_CRN, iss);

	if (field_get(ISS_OPC1, iss) != 0 || (crn != 9 && crn != 14))
		return 0;
	return (VSYSREG_KEY_OF_ISS(iss) & ~VSYSREG_KEY(3, 0, 0, 0, 0)) | VSYSREG_KEY(3, 3, 0, 0, 0);
}

static u32 key_p15_long(u64 iss)
{
	switch (field_get(ISS_CRM, iss) << 4 | field_get(ISS_OPC1_LONG, iss)) {
	case 0xe0:
		return VSYSREG_KEY(3, 3, 14, 0, 1); /* CNTPCT */
	case 0xe1:
		return VSYSREG_KEY(3, 3, 14, 0, 2); /* CNTVCT */
	case 0xe2:
		return VSYSREG_KEY(3, 3, 14, 2, 2); /* CNTP_CVAL */
	case 0xe3:
		return VSYSREG_KEY(3, 3, 14, 3, 2); /* CNTV_CVAL */
	case 0xe8:
		return VSYSREG_KEY(3, 3, 14, 0, 5); /* CNTPCTSS */
	case 0xe9:
		return VSYSREG_KEY(3, 3, 14, 0, 6); /* CNTVCTSS */
	case 0x90:
		return VSYSREG_KEY(3, 3, 9, 13, 0); /* PMCCNTR */
	default:
		return 0;
	}
}

/* DBGDRAR, and DBGDSAR, which AArch64 does not have, but reads as zero likewise. */
#define ROM_ADDRESS VSYSREG_KEY(2, 0, 1, 0, 0) /* MDRAR_EL1 */

/* The debug communications channel has the same numbers in both states, below op1 = 3. */
static u32 key_p14(u64 iss)
{
	u64 crn = field_get(ISS_CRN, iss), crm = field_get(ISS_CRM, iss);

	if (iss & (ISS_OPC1 | ISS_OPC2))
		return 0;
	if (crn == 0)
		return crm == 1 || crm == 5 ? VSYSREG_KEY(2, 3, 0, (u32)crm, 0) : 0;
	return crm == 0 && crn <= 2 ? ROM_ADDRESS : 0;
}

static u32 key_p14_long(u64 iss)
{
	u64 crm = field_get(ISS_CRM, iss);

	return !(iss & ISS_OPC1_LONG) && (crm == 1 || crm == 2) ? ROM_ADDRESS : 0;
}

/* The AArch64 register's key; 0: none that EL0 has. */
static u32 key_of(enum aarch32_access kind, u64 iss)
{
	switch (kind) {
	case AARCH32_MCR_P15:
		return key_p15(iss);
	case AARCH32_MCRR_P15:
		return key_p15_long(iss);
	case AARCH32_MCR_P14:
		return key_p14(iss);
	case AARCH32_MCRR_P14:
		return key_p14_long(iss);
	}
	return 0;
}

static u32 read_half(const struct vcpu *v, u64 rt) { return rt == 31 ? 0 : (u32)v->regs.x[rt]; }

/* Register 15, told as 31, is the flags of APSR. */
static void write_half(struct vcpu *v, u64 rt, u32 value)
{
	if (rt == 31)
		v->regs.pstate = (v->regs.pstate & ~PSTATE_NZCV) | (value & PSTATE_NZCV);
	else
		v->regs.x[rt] = value;
}

enum verdict aarch32_register(struct vcpu *v, enum aarch32_access kind, u64 iss)
{
	bool pair = kind == AARCH32_MCRR_P15 || kind == AARCH32_MCRR_P14;
	u64 rt = field_get(ISS_RT, iss), rt2 = field_get(ISS_RT2, iss);
	struct access a = {.offset = key_of(kind, iss), .size = pair ? 8 : 4, .write = !(iss & ISS_READ)};

	if (!a.offset)
		return UNDEF;
	if (a.write)
		a.value = read_half(v, rt) | (pair ? (u64)read_half(v, rt2) << 32 : 0);
	enum verdict verdict = vsysreg_access_el0(v, &a);

	if (verdict != DONE || a.write)
		return verdict;
	write_half(v, rt, (u32)a.value);
	if (pair)
		write_half(v, rt2, (u32)(a.value >> 32));
	return DONE;
}
