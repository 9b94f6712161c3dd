/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kind is two nibbles, outer and inner, each 0bTTRW: for Normal memory TT is write-through transient (0),
 * write-back transient (1), write-through (2) or write-back (3), and RW = 0 of TT = 1 is non-cacheable.
 * Device memory has outer 0, and four inner values that grow with what is allowed. Outer 15 with inner 0 is write-back
 * memory with tags.
 */
#include "machine/attributes.h"

#include "lib/bits.h"
#include "machine/sysreg.h"

enum { NON_CACHEABLE = 4, WRITE_BACK = 0xf };
enum { FORCED_NON_CACHEABLE = 1, FORCED_WRITE_BACK = 2 }; /* MemAttr[1:0] with FWB, of Normal memory */

#define MEMATTR_FWB_NORMAL BIT(2) /* with FWB */
#define WRITES_BACK        BIT(2) /* of a nibble */

static bool is_device(u32 kind) { return !(kind >> 4); }

static u32 each_nibble(u32 (*combine)(u32 stage1, u32 stage2), u32 stage1, u32 stage2)
{
	return combine(stage1 >> 4, stage2 >> 4) << 4 | combine(stage1 & 0xf, stage2 & 0xf);
}

/* The weaker cacheability of the two; hints and transience are stage 1's (D8.6.3). */
static u32 combine_cacheability(u32 stage1, u32 stage2)
{
	if (stage1 == NON_CACHEABLE || stage2 == NON_CACHEABLE)
		return NON_CACHEABLE;
	return stage2 & WRITES_BACK ? stage1 : stage1 & ~(u32)WRITES_BACK;
}

static u32 force_write_back(u32 stage1, u32 unused)
{
	(void)unused;
	return stage1 == NON_CACHEABLE ? WRITE_BACK : stage1 | WRITES_BACK;
}

/* The stricter of the two: Device wins over Normal, and less allowed over more. */
static u32 combine_kinds(u32 stage1, u32 stage2)
{
	if (is_device(stage1) != is_device(stage2))
		return is_device(stage1) ? stage1 : stage2;
	if (is_device(stage1))
		return (u32)min_u64(stage1, stage2);
	return each_nibble(combine_cacheability, stage1, stage2);
}

/* MemAttr[3:2] is the outer cacheability, 0 for Device, and MemAttr[1:0] the inner one or what Device allows. */
static u32 stage2_kind(u32 memattr)
{
	u32 outer = memattr >> 2, inner = memattr & 3;

	if (outer == 0)
		return inner << 2;
	return (outer == 1 ? NON_CACHEABLE : outer << 2 | 3) << 4 |
	       (inner == 1 ? NON_CACHEABLE : inner << 2 | 3);
}

static u32 combine_forced(u32 stage1, u32 memattr)
{
	if (!(memattr & MEMATTR_FWB_NORMAL))
		return combine_kinds(stage1, (memattr & 3) << 2);
	switch (memattr & 3) {
	case FORCED_NON_CACHEABLE:
		return is_device(stage1) ? stage1 : NORMAL_NON_CACHEABLE;
	case FORCED_WRITE_BACK:
		return is_device(stage1) ? NORMAL_WRITE_BACK : each_nibble(force_write_back, stage1, 0);
	default:
		return stage1; /* so says 3; 0 is reserved */
	}
}

/* Outer wins over inner, and inner over none (D8.6.5). */
static u32 combine_shareability(u32 stage1, u32 stage2)
{
	if (stage1 == OUTER_SHAREABLE || stage2 == OUTER_SHAREABLE)
		return OUTER_SHAREABLE;
	return stage1 | stage2;
}

struct attributes attributes_combine(struct attributes stage1, u64 leaf, u64 hcr)
{
	u32 memattr = (u32)field_get(STAGE2_MEMATTR, leaf);
	u32 kind, shareability;

	if (hcr & HCR_DC)
		stage1 =
			(struct attributes){hcr & HCR_DCT ? NORMAL_TAGGED : NORMAL_WRITE_BACK, NON_SHAREABLE};
	bool tagged = stage1.kind == NORMAL_TAGGED;
	if (tagged)
		stage1.kind = NORMAL_WRITE_BACK;
	kind = hcr & HCR_FWB ? combine_forced(stage1.kind, memattr)
	                     : combine_kinds(stage1.kind, stage2_kind(memattr));
	if (hcr & HCR_CD && !is_device(kind))
		kind = NORMAL_NON_CACHEABLE;
	if (tagged && kind == NORMAL_WRITE_BACK) /* else there are none (D10.2) */
		kind = NORMAL_TAGGED;
	shareability = combine_shareability(stage1.shareability, (u32)field_get(STAGE2_SH, leaf));
	if (is_device(kind) || kind == NORMAL_NON_CACHEABLE)
		shareability = OUTER_SHAREABLE; /* whatever either stage says (D8.6.5) */
	return (struct attributes){(u8)kind, (u8)shareability};
}
