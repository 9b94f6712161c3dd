/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest asks of its power is the VM's and its vCPUs' to do, under vm->lock; here arguments are looked at. */
#include "virtual/vpsci.h"

#include "monitor/vm.h"
#include "virtual/vsmccc.h"

enum { PSCI_VERSION_1_1 = 0x10001, MIGRATION_NOT_NEEDED = 2, SYSTEM_WARM_RESET = 0 };
/* The original format (§5.4.2): type, StateID; power levels above the CPU's (bits 25:24) are none of ours. */
enum { POWER_STATE_TYPE = 1 << 16, POWER_STATE_ZERO = (s32)0xfffe0000 };
/* Ids of PSCI, SMC64 apart; the one other that PSCI_FEATURES may be asked of. */
enum { PSCI_IDS = (s32)0xbfffffe0, PSCI_FIRST = (s32)0x84000000, SMCCC_VERSION_ID = (s32)0x80000000 };

#define MPIDR_AFFINITY 0xff00ffffffUL

/* The vCPU with this affinity; NULL: none. MPIDR's RES1 and flag bits are not part of it. */
static struct vcpu *find_vcpu(const struct vcpu *v, u64 affinity)
{
	for (u32 i = 0; i < v->vm->vcpu_count; i++)
		if ((vcpu_mpidr(i) & MPIDR_AFFINITY) == affinity)
			return v->vm->vcpus[i];
	return NULL;
}

/* It sleeps, or is told why not. */
static enum verdict slept(struct vcpu *v, s32 code)
{
	return code == PSCI_SUCCESS ? WAIT : vsmccc_answer(v, code);
}

enum verdict vpsci_version(struct vcpu *v) { return vsmccc_answer(v, PSCI_VERSION_1_1); }

enum verdict vpsci_cpu_suspend(struct vcpu *v)
{
	u32 state = (u32)v->regs.x[1];

	if (state & (u32)POWER_STATE_ZERO)
		return vsmccc_answer(v, PSCI_INVALID_PARAMETERS);
	if (state & POWER_STATE_TYPE)
		return slept(v, vcpu_power_down(v, vsmccc_argument(v, 2), vsmccc_argument(v, 3)));
	vcpu_sleep(v, ~0UL);
	return WAIT;
}

enum verdict vpsci_cpu_off(struct vcpu *v)
{
	vcpu_stop(v);
	life_end(v->vm, END_ALL_OFF); /* if it was the last */
	return WAIT;
}

enum verdict vpsci_cpu_on(struct vcpu *v)
{
	struct vcpu *target = find_vcpu(v, vsmccc_argument(v, 1));

	if (!target)
		return vsmccc_answer(v, PSCI_INVALID_PARAMETERS);
	return vsmccc_answer(v, vcpu_start(target, vsmccc_argument(v, 2), vsmccc_argument(v, 3)));
}

enum verdict vpsci_affinity_info(struct vcpu *v)
{
	const struct vcpu *target = find_vcpu(v, vsmccc_argument(v, 1));

	/* Affinity levels above 0 are optional since PSCI 1.0 (§5.7.1). */
	if (!target || vsmccc_argument(v, 2) != 0)
		return vsmccc_answer(v, PSCI_INVALID_PARAMETERS);
	return vsmccc_answer(v, __atomic_load_n(&target->power, __ATOMIC_ACQUIRE));
}

enum verdict vpsci_migrate_info_type(struct vcpu *v) { return vsmccc_answer(v, MIGRATION_NOT_NEEDED); }

/* The run loop sees that the VM is ending before this vCPU could go on. */
enum verdict vpsci_system_off(struct vcpu *v)
{
	life_end(v->vm, END_OFF);
	return WAIT;
}

enum verdict vpsci_system_reset(struct vcpu *v)
{
	life_end(v->vm, END_RESET);
	return WAIT;
}

/* Types of vendors have bit 31; there is no vendor (§5.14). */
enum verdict vpsci_system_reset2(struct vcpu *v)
{
	if ((u32)v->regs.x[1] != SYSTEM_WARM_RESET)
		return vsmccc_answer(v, PSCI_INVALID_PARAMETERS);
	return vpsci_system_reset(v);
}

enum verdict vpsci_features(struct vcpu *v)
{
	u32 asked = (u32)v->regs.x[1];
	bool may_ask = (asked & (u32)PSCI_IDS) == (u32)PSCI_FIRST || asked == (u32)SMCCC_VERSION_ID;

	return vsmccc_answer(v, may_ask && vsmccc_has(asked) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

enum verdict vpsci_system_suspend(struct vcpu *v)
{
	return slept(v, vcpu_suspend_system(v, vsmccc_argument(v, 1), vsmccc_argument(v, 2)));
}

enum verdict vpsci_mem_protect(struct vcpu *v)
{
	struct vm *vm = v->vm;
	u32 enable = (u32)v->regs.x[1];

	if (enable > 1)
		return vsmccc_answer(v, PSCI_INVALID_PARAMETERS);
	spinlock_take(&vm->lock);
	bool was = vm->mem_protect;
	vm->mem_protect = enable;
	spinlock_give(&vm->lock);
	return vsmccc_answer(v, was);
}

enum verdict vpsci_mem_protect_check_range(struct vcpu *v)
{
	u64 at = vsmccc_argument(v, 1) - VM_RAM_BASE, length = vsmccc_argument(v, 2),
	    size = v->vm->memory_size;
	bool inside = at < size && length > 0 && length <= size - at;

	return vsmccc_answer(v, inside ? PSCI_SUCCESS : PSCI_DENIED);
}
