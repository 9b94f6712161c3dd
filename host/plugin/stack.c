/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks lie at LAYOUT_STACK, one every LAYOUT_STACK_STRIDE, each above a page that is not mapped. */
#include "stack.h"

#include "cpu.h"
#include "machine/layout.h"
#include "machine/mmu.h"

static u64 lowest[CPU_MAX]; /* offset in the CPU's stride; 0: never stored to */

/* Its thread's CPU is the only one that stores there. */
void stack_store(u64 address)
{
	u64 cpu = (address - LAYOUT_STACK) / LAYOUT_STACK_STRIDE, offset = address % LAYOUT_STACK_STRIDE;

	if (cpu < CPU_MAX && offset >= PAGE_SIZE && offset < PAGE_SIZE + MMU_STACK_SIZE &&
	    (!lowest[cpu] || offset < lowest[cpu]))
		lowest[cpu] = offset;
}

void stack_print(FILE *to)
{
	for (u32 cpu = 0; cpu < CPU_MAX; cpu++)
		if (lowest[cpu])
			fprintf(to, "{\"row\": \"stack\", \"cpu\": %u, \"bytes\": %lu, \"size\": %u}\n", cpu,
			        PAGE_SIZE + MMU_STACK_SIZE - lowest[cpu], MMU_STACK_SIZE);
}
