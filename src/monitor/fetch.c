/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1 by the CPU, stage 2 by the VM's own tables, the word through this CPU's window: EL2 reads nothing
 * but RAM of that VM, whatever its tables say. No state, no locks.
 */
#include "monitor/fetch.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/memory.h"
#include "monitor/vm.h"

/* As EL1 reads: what EL0 executes EL1 may read, execute-only pages included. */
bool fetch_instruction(const struct vcpu *v, u32 *instruction)
{
	u64 par = cpu_translate_stage1(v->regs.pc, false, false);
	ipa_t at = ipa((par & PAR_ADDRESS) | v->regs.pc % PAGE_SIZE);

	return !(par & PAR_F) && memory_read_word(&v->vm->space, at, instruction) == OK;
}
