/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of memory a guest's access finds: stage 1, stage 2 and HCR_EL2 together (Arm ARM D8.6). Pure.
 * FEAT_XS and FEAT_MTE_PERM are not in it.
 */
#pragma once
#include "lib/bits.h"
#include "lib/types.h"

struct attributes {
	u8 kind; /* type, cacheability and hints as a byte of MAIR_EL1, and as PAR_EL1.ATTR (D19.2.97) */
	u8 shareability; /* as SH of a descriptor and of PAR_EL1 */
};

enum { NON_SHAREABLE = 0, OUTER_SHAREABLE = 2, INNER_SHAREABLE = 3 };
enum { DEVICE_nGnRnE = 0x00, DEVICE_nGnRE = 0x04, NORMAL_NON_CACHEABLE = 0x44, NORMAL_WRITE_BACK = 0xff };
enum { NORMAL_TAGGED = 0xf0 }; /* NORMAL_WRITE_BACK with tags (FEAT_MTE2) */

/* MemAttr of a leaf of stage 2: without HCR_EL2.FWB (D8.6.2), and with (D8.6.6). */
#define STAGE2_MEMATTR FIELD(5, 2)
#define STAGE2_SH      FIELD(9, 8)
enum { MEMATTR_WRITE_BACK = 0xf, MEMATTR_FORCE_WRITE_BACK = 0x6 };

/* Of data accesses while stage 1 is off (SCTLR_EL1.M = 0, HCR_EL2.DC = 0; D8.2.12). */
#define ATTRIBUTES_STAGE1_OFF ((struct attributes){DEVICE_nGnRnE, OUTER_SHAREABLE})

/*
 * Of a data access whose stage 1 says `stage1` and whose stage 2 ends at `leaf`, with FWB, CD, DC and DCT of `hcr`.
 * `stage1.kind` is one that MAIR_EL1 defines; `stage1.shareability` not the reserved 1.
 */
struct attributes attributes_combine(struct attributes stage1, u64 leaf, u64 hcr);
