/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings as masks and values; what is not found is plain. */
#include "decode.h"

#include "lib/bits.h"

#define SYSTEM(op0, op1, crn, crm, op2) \
	(0xd5000000U | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define CRM  FIELD(11, 8)
#define OP2  FIELD(7, 5)
#define ANYX 0xffffffe0U /* any last register */

static const struct {
	u32 mask, value;
	enum operation operation;
} table[] = {
	{0xffffffff, 0xd503207f, OPERATION_WFI},
	{0xfffff3e0, 0xd69f03e0, OPERATION_ERET}, /* ERETAA and ERETAB too */
	{0xfffff0ff, 0xd503309f, OPERATION_DSB},
	{0xfff8f000, SYSTEM(1, 0, 8, 0, 0), OPERATION_TLBI},
	{ANYX, SYSTEM(1, 3, 7, 4, 1), OPERATION_ZERO},
	{ANYX, SYSTEM(1, 3, 7, 4, 4), OPERATION_ZERO},
	{ANYX, SYSTEM(3, 4, 2, 1, 0), OPERATION_VTTBR},
	{0xffdfff00, SYSTEM(3, 3, 4, 4, 0), OPERATION_FP}, /* MSR and MRS of FPCR, FPSR, FPMR */
	{0x0e000000, 0x0c000000, OPERATION_FP},            /* loads and stores with V */
	{0x0e000000, 0x0e000000, OPERATION_FP},            /* scalar FP and advanced SIMD */
	{0x1e000000, 0x04000000, OPERATION_FP},            /* SVE */
	{0x9e000000, 0x80000000, OPERATION_FP},            /* SME */
};

enum operation decode(u32 word)
{
	for (u32 i = 0; i < ARRAY_COUNT(table); i++)
		if ((word & table[i].mask) == table[i].value)
			return table[i].operation;
	return OPERATION_PLAIN;
}

/* CRm of DSB: the domain (0 outer, 1 not shareable, 2 inner, 3 all), then loads, stores or both (C6.2). */
static bool dsb_covers(u32 word, u64 accesses)
{
	u64 crm = field_get(CRM, word);

	return crm >> 2 != 1 && (crm & accesses) == accesses;
}

bool decode_dsb_stores(u32 word) { return dsb_covers(word, 2); }
bool decode_dsb_all(u32 word) { return dsb_covers(word, 3); }

/* TLBI of EL2 with CRm 3 (inner shareable) or 1 (outer): op2 4 is ALLE1IS, 6 is VMALLS12E1IS. */
static bool is_tlbi(u32 word, u32 op2)
{
	u32 outer = SYSTEM(1, 4, 8, 1, op2), inner = SYSTEM(1, 4, 8, 3, op2);

	return (word & ANYX) == outer || (word & ANYX) == inner;
}

bool decode_tlbi_vmid(u32 word) { return is_tlbi(word, 6); }
bool decode_tlbi_all(u32 word) { return is_tlbi(word, 4); }
