/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine: everything that describes one is listed here. */
#pragma once
#include "lib/types.h"
#include "machine/spinlock.h"
#include "monitor/describe.h"
#include "monitor/job.h"
#include "monitor/space.h"
#include "monitor/vcpu.h"
#include "virtual/vgic.h"
#include "virtual/vrtc.h"
#include "virtual/vuart.h"

enum {
	VM_MAX = DESCRIBE_VM_MAX,
	VM_VCPU_MAX = 8,
	VM_DEVICE_MAX = 8,
};
#define VM_RAM_BASE 0x40000000UL

enum vm_state { VM_LOADING, VM_RUNNING, VM_ENDING, VM_ENDED };
enum vm_end { VM_OFF, VM_RESET, VM_CRASHED };

struct vm {
	/* Never changes once the VM is built. */
	u32 id;                              /* 1.. ; 0 is the hypervisor, wherever owners are counted */
	const struct vm_description *description;
	u64 memory_size;
	u32 vcpu_count;
	struct vcpu *vcpus[VM_VCPU_MAX];
	struct device devices[VM_DEVICE_MAX]; /* sorted by base */
	u32 device_count;

	struct spinlock lock;
	enum vm_state state;
	enum vm_end end;                     /* why it is ending or ended */
	u32 running;                         /* vCPUs that have not parked yet, while ending */
	u32 restarts;                        /* within the current window */
	u64 window;                          /* timer_now() at the window's start */
	struct job job;                      /* loads, scrubs */
	u64 progress;                        /* of the job, bytes */

	struct space space;                  /* ledger's lock */
	u64 counter_offset;                  /* a VM's time starts at 0 */

	struct vgic vgic;
	struct vuart uart;
	struct vrtc rtc;
};

static inline const char *vm_name(const struct vm *vm) { return vm->description->name; }

/*
 * The whole VM ends: SYSTEM_OFF, SYSTEM_RESET, a fault. Its vCPUs leave the guest at once;
 * the last one acts on the restart policy. The first reason wins. Any CPU.
 */
void vm_end(struct vm *vm, enum vm_end why);
