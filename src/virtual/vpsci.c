/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function id has an answer: its row, or NOT_SUPPORTED, also to the whole of the id
 * space that other owners have (DEN0028 §5.2). Nothing reaches the real firmware.
 */
#include "virtual/vpsci.h"

#include "lib/index.h"
#include "lib/require.h"
#include "monitor/vcpu.h"
#include "monitor/vm.h"

enum {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	SMC64 = 1 << 30, /* arguments are 64 bits wide */
};
enum { PSCI_VERSION_1_1 = 0x10001, SMCCC_VERSION_1_2 = 0x10002, MIGRATION_NOT_NEEDED = 2 };
enum { POWER_STATE_TYPE = 1 << 16, POWER_STATE_RES0 = (s32)0xfcfe0000 };

static enum verdict answer(struct vcpu *v, s64 value)
{
	v->regs.x[0] = (u64)value;
	return DONE;
}

/* An argument as wide as the call's convention says. */
static u64 argument(const struct vcpu *v, u32 n)
{
	return v->regs.x[0] & SMC64 ? v->regs.x[n] : (u32)v->regs.x[n];
}

/* The vCPU with this affinity; NULL: none. MPIDR's RES1 and flag bits are not part of it. */
static struct vcpu *find_vcpu(const struct vcpu *v, u64 affinity)
{
	for (u32 i = 0; i < v->vm->vcpu_count; i++)
		if ((vcpu_mpidr(i) & 0xff00ffffffUL) == affinity)
			return v->vm->vcpus[i];
	return NULL;
}

static enum verdict psci_version(struct vcpu *v) { return answer(v, PSCI_VERSION_1_1); }

/* Standby until an interrupt; a power-down state comes back through its entry point (§5.4). */
static enum verdict cpu_suspend(struct vcpu *v)
{
	u64 state = argument(v, 1);

	if (state & (u32)POWER_STATE_RES0)
		return answer(v, PSCI_INVALID_PARAMETERS);
	if (state & POWER_STATE_TYPE)
		return answer(v,
		              PSCI_SUCCESS); /* may be downgraded to a standby that ends at once (§5.4.4) */
	vcpu_sleep(v, ~0UL);
	return WAIT;
}

static enum verdict cpu_off(struct vcpu *v)
{
	vcpu_stop(v);
	return WAIT;
}

static enum verdict cpu_on(struct vcpu *v)
{
	struct vcpu *target = find_vcpu(v, argument(v, 1));

	return answer(v,
	              target ? vcpu_start(target, argument(v, 2), argument(v, 3)) : PSCI_INVALID_PARAMETERS);
}

static enum verdict affinity_info(struct vcpu *v)
{
	const struct vcpu *target = find_vcpu(v, argument(v, 1));

	/* Affinity levels above 0 are optional since PSCI 1.0 (§5.7.1). */
	if (!target || argument(v, 2) != 0)
		return answer(v, PSCI_INVALID_PARAMETERS);
	return answer(v, __atomic_load_n(&target->power, __ATOMIC_ACQUIRE));
}

static enum verdict migrate_info_type(struct vcpu *v) { return answer(v, MIGRATION_NOT_NEEDED); }

/* The run loop sees that the VM is ending before this vCPU could go on. */
static enum verdict system_off(struct vcpu *v)
{
	vm_end(v->vm, VM_OFF);
	return WAIT;
}

static enum verdict system_reset(struct vcpu *v)
{
	vm_end(v->vm, VM_RESET);
	return WAIT;
}

static struct index by_function;

static enum verdict psci_features(struct vcpu *v)
{
	return answer(v, index_find(&by_function, (u32)v->regs.x[1]) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

static enum verdict smccc_version(struct vcpu *v) { return answer(v, SMCCC_VERSION_1_2); }

/* Architecture calls only; workarounds are not offered, so a guest uses what its own CPU tells it. */
static enum verdict smccc_arch_features(struct vcpu *v)
{
	u32 asked = (u32)v->regs.x[1];

	return answer(v, asked == 0x80000000 || asked == 0x80000001 ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

const struct vpsci_call vpsci_calls[] = {
	{0x84000000, "PSCI_VERSION", psci_version},
	{0x84000001, "PSCI_CPU_SUSPEND (32)", cpu_suspend},
	{0xc4000001, "PSCI_CPU_SUSPEND (64)", cpu_suspend},
	{0x84000002, "PSCI_CPU_OFF", cpu_off},
	{0x84000003, "PSCI_CPU_ON (32)", cpu_on},
	{0xc4000003, "PSCI_CPU_ON (64)", cpu_on},
	{0x84000004, "PSCI_AFFINITY_INFO (32)", affinity_info},
	{0xc4000004, "PSCI_AFFINITY_INFO (64)", affinity_info},
	{0x84000006, "PSCI_MIGRATE_INFO_TYPE", migrate_info_type},
	{0x84000008, "PSCI_SYSTEM_OFF", system_off},
	{0x84000009, "PSCI_SYSTEM_RESET", system_reset},
	{0x8400000a, "PSCI_FEATURES", psci_features},
	{0x80000000, "SMCCC_VERSION", smccc_version},
	{0x80000001, "SMCCC_ARCH_FEATURES", smccc_arch_features},
};
const u32 vpsci_call_count = ARRAY_COUNT(vpsci_calls);

void vpsci_init(void)
{
	index_clear(&by_function);
	for (u32 row = 0; row < vpsci_call_count; row++)
		require(index_add(&by_function, vpsci_calls[row].function, row));
}

enum verdict vpsci_call(struct vcpu *v)
{
	u32 row = index_find(&by_function, (u32)v->regs.x[0]);

	return likely(row) ? vpsci_calls[row - 1].call(v) : answer(v, PSCI_NOT_SUPPORTED);
}
