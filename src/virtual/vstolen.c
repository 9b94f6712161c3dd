/* SPDX-License-Identifier: Apache-2.0 */
/* No locks: each vCPU has a record of its own, and the guest reads the time as one word. */
#include "virtual/vstolen.h"

#include "lib/string.h"
#include "machine/timer.h"
#include "monitor/vm.h"
#include "virtual/vsmccc.h"

enum { NANOSECONDS = 1000000000 };

_Static_assert(sizeof(struct vstolen) == 64, "DEN0057A §3.3.1");
_Static_assert(VM_VCPU_MAX * sizeof(struct vstolen) <= PAGE_SIZE, "a VM's in one page");

void vstolen_reset(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++)
		vm->vcpus[i]->stolen = 0;
	if (vm->stolen)
		memset(vm->stolen, 0, PAGE_SIZE);
}

void vstolen_add(struct vcpu *v, u64 ticks)
{
	u64 second = timer_frequency();

	v->stolen += ticks;
	if (v->vm->stolen)
		__atomic_store_n(&v->vm->stolen[v->id].nanoseconds,
		                 v->stolen / second * NANOSECONDS + v->stolen % second * NANOSECONDS / second,
		                 __ATOMIC_RELAXED);
}

enum verdict vstolen_features(struct vcpu *v)
{
	u32 asked = (u32)v->regs.x[1];
	bool known = asked == (u32)PV_TIME_FEATURES || asked == (u32)PV_TIME_ST;

	return vsmccc_answer(v, known && v->vm->stolen ? 0 : SMCCC_NOT_SUPPORTED);
}

enum verdict vstolen_place(struct vcpu *v)
{
	if (!v->vm->stolen)
		return vsmccc_refuse(v);
	return vsmccc_answer(v, (s64)(VSTOLEN_BASE + v->id * sizeof(struct vstolen)));
}
