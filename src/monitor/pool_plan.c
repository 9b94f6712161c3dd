/* SPDX-License-Identifier: Apache-2.0 */
/* The books of the ledger, a stack and tables per CPU, and what the most VMs can need. */
#include "monitor/pool_plan.h"

#include "lib/bits.h"
#include "machine/mmu.h"
#include "monitor/ledger.h"
#include "monitor/vm.h"

/* Per CPU: stack, the trace, and at most a page of tables for it and its window. Per VM: itself, its vCPUs, its stage 2. */
enum { CPU_COST = MMU_STACK_SIZE + (1 + TRACE_PAGES) * PAGE_SIZE, VM_TABLES = 11 };
#define VM_COST ((u64)(VM_PAGES + VM_VCPU_MAX * VM_VCPU_PAGES + VM_TABLES) * PAGE_SIZE)

u64 pool_plan_vector_pages(void)
{
	u64 size = fpu_vectors_size(cpu_vector_bytes()), pages = size ? 1 : 0;

	while (pages * PAGE_SIZE < size)
		pages *= 2;
	return pages;
}

/* VMs may share CPUs, so there can be as many on any machine. */
static u64 pool_size(const struct board *board)
{
	u64 size = board->cpu_count * (u64)CPU_COST + VM_MAX * VM_COST + 128 * KIB;

	size += (u64)VM_MAX * VM_VCPU_MAX * pool_plan_vector_pages() * PAGE_SIZE;
	for (u32 i = 0; i < board->bank_count; i++)
		size += ledger_cost(board->banks[i].size);
	return align_up(size, LEDGER_UNIT);
}

/* The first byte behind what is reserved at `at`..`at + size`; `at` itself if nothing is. */
static u64 behind_reserved(const struct board *board, u64 at, u64 size)
{
	for (u32 i = 0; i < board->reserved_count; i++) {
		const struct board_range *r = &board->reserved[i];

		if (at < r->base.value + r->size && r->base.value < at + size)
			return r->base.value + r->size;
	}
	return at;
}

struct board_range pool_plan(const struct board *board)
{
	u64 size = pool_size(board);

	for (u32 i = 0; i < board->bank_count; i++) {
		u64 at = align_up(board->banks[i].base.value, LEDGER_UNIT),
		    end = board->banks[i].base.value + board->banks[i].size;

		while (at + size <= end) {
			u64 next = behind_reserved(board, at, size);

			if (next == at)
				return (struct board_range){pa(at), size};
			at = align_up(next, LEDGER_UNIT);
		}
	}
	return (struct board_range){pa(0), 0};
}
