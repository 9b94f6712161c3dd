/* SPDX-License-Identifier: Apache-2.0 */
/* Builds what vm_create() would, without memory, description or run loop. */
#include "machine_world.h"

#include <string.h>

void machine_world_build(struct machine_world *w, u32 vcpus)
{
	memset(w, 0, sizeof(*w));
	strcpy(w->description.name, "test");
	w->description.cpus = vcpus;
	w->description.bootargs = "";
	w->vm.id = 1;
	w->vm.description = &w->description;
	w->vm.vcpu_count = vcpus;
	w->vm.lock = (struct spinlock)SPINLOCK(RANK_VM);
	w->vm.vgic.lock = (struct spinlock)SPINLOCK(RANK_VGIC);
	w->vm.uart.lock = (struct spinlock)SPINLOCK(RANK_DEVICE);
	w->vm.rtc.lock = (struct spinlock)SPINLOCK(RANK_DEVICE);
	w->vm.rtc.vm = &w->vm;
	w->vm.gpio.lock = (struct spinlock)SPINLOCK(RANK_DEVICE);
	w->vm.gpio.vm = &w->vm;
	w->vm.watchdog.lock = (struct spinlock)SPINLOCK(RANK_DEVICE);
	w->vm.watchdog.vm = &w->vm;
	w->vm.state = VM_RUNNING;
	for (u32 i = 0; i < vcpus; i++) {
		w->vm.vcpus[i] = &w->vcpus[i];
		w->vcpus[i].vm = &w->vm;
		w->vcpus[i].id = i;
		w->vcpus[i].cpu = i;
		w->vcpus[i].timer.vcpu = &w->vcpus[i];
	}
}
