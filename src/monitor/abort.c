/* SPDX-License-Identifier: Apache-2.0 */
/* The fault status codes of ESR_EL1 (Arm ARM D19.2.37) for what stage 2 stopped, with the level of stage 1. */
#include "monitor/abort.h"

#include "monitor/space.h"
#include "monitor/stage1.h"

#define FSC_EXTERNAL 0x10U
/* of level 0 */
#define FSC_ADDRESS_SIZE  0x00U
#define FSC_EXTERNAL_WALK 0x14U /* and of level -1 the one before */
/* of level -1 */
#define FSC_ADDRESS_SIZE_MINUS_1 0x29U

static u32 address_size_fault(s32 level)
{
	return level < 0 ? FSC_ADDRESS_SIZE_MINUS_1 : FSC_ADDRESS_SIZE + (u32)level;
}

/*
 * Of a table walk: the entry cannot be read; or, a permission fault, it can, but the CPU cannot set its flags (FEAT_HAFDBS),
 * which only leaves have. Both are external aborts on the walk at the entry's level. But of a table beyond the physical
 * addresses it is an address size fault of what names it: the entry above, or TTBR_EL1, which counts as level 0 (D8.2.6).
 */
static u32 walk_status(struct stage1_end end, const struct abort_access *a)
{
	if (a->permission ? !end.mapped || end.off : !end.missing)
		return FSC_EXTERNAL;
	if (!a->permission && a->ipa >> SPACE_IPA_BITS)
		return address_size_fault(end.root ? 0 : end.level - 1);
	return FSC_EXTERNAL_WALK + (u32)end.level;
}

/*
 * An external abort, of a walk with its level; beyond the physical addresses that the guest's machine has, an address size
 * fault at the level where stage 1 ended (D8.2.6). If the tables have changed since, no level is named.
 */
u32 abort_status(const struct vcpu *v, const struct abort_access *a)
{
	if (!a->walk && (a->permission || !(a->ipa >> SPACE_IPA_BITS)))
		return FSC_EXTERNAL;
	struct stage1_end end = stage1_walk(v, a->address);

	if (a->walk)
		return walk_status(end, a);
	return end.mapped ? address_size_fault(end.level) : FSC_EXTERNAL;
}
