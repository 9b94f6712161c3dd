/* SPDX-License-Identifier: Apache-2.0 */
/* A VM with its vCPUs as a test of virtual/ needs it: linked to each other, all else zero. */
#pragma once
#include "monitor/vm.h"

struct machine_world {
	struct vm_description description;
	struct vm vm;
	struct vcpu vcpus[VM_VCPU_MAX];
};

/* A VM named "test" with the id 1 and `vcpus` vCPUs, each on the CPU of its number. */
void machine_world_build(struct machine_world *w, u32 vcpus);
