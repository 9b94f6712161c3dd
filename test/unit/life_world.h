/* SPDX-License-Identifier: Apache-2.0 */
/* One VM of which all CPUs pass the real loop. */
#pragma once
#include "world.h"

#define CPU_SUSPEND    0xc4000001
#define CPU_OFF        0x84000002
#define CPU_ON         0xc4000003
#define AFFINITY       0xc4000004
#define SYSTEM_OFF     0x84000008
#define SYSTEM_RESET   0x84000009
#define SYSTEM_SUSPEND 0xc400000e
#define MEM_PROTECT    0x84000013

static struct vm *vm;
static struct vcpu *v, *w;
static u32 ends;

static inline void all_ended(void) { ends++; }

static inline void start(void)
{
	world_power_on();
	life_when_all_ended(all_ended);
}

static inline void boot(u32 cpus)
{
	vm = world_vm(cpus);
	v = vm->vcpus[0];
	w = cpus > 1 ? vm->vcpus[1] : NULL;
}
