/* SPDX-License-Identifier: Apache-2.0 */
/* Making and using a stage-2 address space: 40 bits of IPA, two concatenated tables at level 1 (D8.2.6). */
#include "monitor/space.h"

#include "lib/bits.h"
#include "machine/cpu.h"

enum { ROOT_PAGES = 2, FIRST_LEVEL = 1 };

enum status space_init(struct space *space, struct pool *pool, u32 vmid)
{
	u64 *root = pool_take_run(pool, ROOT_PAGES);

	if (!root)
		return NO_MEMORY;
	space->vmid = vmid;
	space->table = (struct mmu_table){
		.root = root,
		.root_pages = ROOT_PAGES,
		.first_level = FIRST_LEVEL,
		.input_bits = SPACE_IPA_BITS,
		.stage2 = true,
		.pool = pool,
		.vttbr = field_put(VTTBR_VMID, vmid) | mmu_physical(root).value,
	};
	return OK;
}

bool space_physical(const struct space *space, ipa_t at, pa_t *output, u64 *left)
{
	return mmu_query(&space->table, at.value, output, left);
}
