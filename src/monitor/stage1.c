/* SPDX-License-Identifier: Apache-2.0 */
/* VMSAv8-64 stage 1 of EL1&0, all granules (Arm ARM D8.2): levels are counted; permissions are not looked at. */
#include "monitor/stage1.h"

#include "lib/bounds.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/emulate.h"
#include "monitor/memory.h"
#include "monitor/vm.h"

#define TCR_T1SZ   FIELD(21, 16)
#define TCR_TG0    FIELD(15, 14)
#define TCR_TG1    FIELD(31, 30)
#define UPPER_HALF BIT(55)
#define DESC_KIND  FIELD(1, 0)

enum { BLOCK = 1, TABLE = 3, LAST_LEVEL = 3, LEVELS = BOUND_WALK, LOG2_ENTRY = 3 };

/* One half of the address space, as TCR_EL1 describes it. */
struct half {
	u64 root;
	u32 bits;       /* of an address that are translated */
	u32 page_shift; /* of the granule; a table has as many bytes */
};

static struct half half_of(const struct vcpu *v, bool upper)
{
	static const u8 shifts[2][4] = {{12, 16, 14, 12}, {12, 14, 12, 16}};
	u64 tcr = vcpu_read(v, CONTEXT_tcr_el1);
	u64 granule = upper ? field_get(TCR_TG1, tcr) : field_get(TCR_TG0, tcr);

	return (struct half){
		.root = vcpu_read(v, upper ? CONTEXT_ttbr1_el1 : CONTEXT_ttbr0_el1) & FIELD(47, 6),
		.bits = 64 - (u32)(upper ? field_get(TCR_T1SZ, tcr) : field_get(TCR_T0SZ, tcr)),
		.page_shift = shifts[upper][granule],
	};
}

static bool read_entry(const struct vcpu *v, u64 at, u64 *entry)
{
	if (memory_read(&v->vm->space, ipa(at), entry, sizeof(*entry)) != OK)
		return false;
	if (vcpu_read(v, CONTEXT_sctlr_el1) & EMULATE_EE)
		*entry = __builtin_bswap64(*entry);
	return true;
}

/* An entry that is no table: a page at the last level, a block of 2^shift bytes above. */
static struct stage1_end end_at(s32 level, u64 entry, u64 address, u32 shift)
{
	u64 within = (1UL << shift) - 1;

	return (struct stage1_end){
		.level = level,
		.mapped = field_get(DESC_KIND, entry) == (level == LAST_LEVEL ? TABLE : BLOCK),
		.output = (entry & FIELD(47, 0) & ~within) | (address & within),
	};
}

struct stage1_end stage1_walk(const struct vcpu *v, u64 address)
{
	struct half h = half_of(v, address & UPPER_HALF);
	u32 stride = h.page_shift - LOG2_ENTRY, bits = h.bits > h.page_shift ? h.bits - h.page_shift : 1;
	u32 levels = (bits + stride - 1) / stride, left = levels; /* from here on */
	u64 table = h.root, entry, width = bits - (left - 1) * stride;

	if (!(vcpu_read(v, CONTEXT_sctlr_el1) & SCTLR_M))
		return (struct stage1_end){.mapped = true, .off = true, .output = address};
	if (left > LEVELS)
		return (struct stage1_end){.level = 0};
	for (;; width = stride) {
		s32 level = LAST_LEVEL + 1 - (s32)left;
		u64 index = address >> (h.page_shift + --left * stride) & ((1UL << width) - 1);

		if (!read_entry(v, table + (index << LOG2_ENTRY), &entry))
			return (struct stage1_end){
				.level = level, .missing = true, .root = left + 1 == levels};
		if (left == 0 || field_get(DESC_KIND, entry) != TABLE)
			return end_at(level, entry, address, h.page_shift + left * stride);
		table = entry & FIELD(47, h.page_shift);
	}
}
