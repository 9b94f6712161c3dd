/* SPDX-License-Identifier: Apache-2.0 */
/* Making and using a stage-2 address space: 40 bits of IPA, two concatenated tables at level 1 (D8.2.6). */
#include "monitor/space.h"

#include "machine/cpu.h"
#include "machine/tlb.h"
#include "monitor/ledger.h"

enum { ROOT_PAGES = 2, FIRST_LEVEL = 1 };

enum status space_init(struct space *space, struct pool *pool)
{
	u64 *root = space->table.root ? space->table.root : ledger_take_pages(pool, ROOT_PAGES);

	if (!root)
		return NO_MEMORY;
	*space = (struct space){0};
	space->table = (struct mmu_table){
		.root = root,
		.root_pages = ROOT_PAGES,
		.first_level = FIRST_LEVEL,
		.input_bits = SPACE_IPA_BITS,
		.stage2 = true,
		.pool = pool,
	};
	mmu_set_vmid(&space->table, vmid_assign(&space->vmid));
	return OK;
}

u64 space_enter(struct space *space) { return mmu_set_vmid(&space->table, vmid_enter(&space->vmid)); }

void space_leave(void) { vmid_leave(); }

void space_change_cpu(struct space *space, u32 id)
{
	u8 *had = &space->had[cpu_index()];

	if (*had != id + 1)
		tlb_flush_current_local();
	*had = (u8)(id + 1);
}

bool space_physical(const struct space *space, ipa_t at, pa_t *output, u64 *left)
{
	return mmu_query(&space->table, at.value, output, left);
}
