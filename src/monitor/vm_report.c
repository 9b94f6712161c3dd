/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a VM that had to be stopped: where, why, its registers; nothing of anyone else. */
#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/console.h"
#include "monitor/dispatch.h"
#include "monitor/vm.h"

static void report_translation(const struct vcpu *v)
{
	u64 result;

	if (!v->loaded)
		return;
	if (cpu_translate_guest(v->regs.pc, &result))
		print("  the PC is physical address %lx of the machine\n",
		      (result & FIELD(47, 12)) | (v->regs.pc & 0xfff));
	else
		print("  the PC does not translate at stage %s, fault status %lx\n",
		      result & BIT(9) ? "2" : "1", result >> 1 & 0x3f);
}

static void report_registers(const struct vcpu *v)
{
	for (u32 i = 0; i < 30; i += 3)
		print("  x%-2u %016lx  x%-2u %016lx  x%-2u %016lx\n", i, v->regs.x[i], i + 1,
		      v->regs.x[i + 1], i + 2, v->regs.x[i + 2]);
	print("  x30 %016lx\n", v->regs.x[30]);
	for (u32 i = 0; i < CONTEXT_COUNT; i += 2)
		print("  %-14s %016lx  %-14s %016lx\n", context_name(i), vcpu_read(v, i),
		      i + 1 < CONTEXT_COUNT ? context_name(i + 1) : "",
		      i + 1 < CONTEXT_COUNT ? vcpu_read(v, i + 1) : 0);
}

void vm_fail(struct vcpu *v, const char *why)
{
	print("%s: vCPU %u stopped the machine: %s\n", vm_name(v->vm), v->id, why);
	dispatch_report(v);
	report_translation(v);
	report_registers(v);
	vm_end(v->vm, VM_CRASHED);
}
