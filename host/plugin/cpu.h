/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each physical CPU executes, and for whom. A visit is the time a CPU spends at EL2 between a guest
 * (or a wait) and the next: it begins at the vectors, after a WFI or at power-on, and ends where the guest's
 * next instruction is, or with a WFI. Its instructions belong to the VM whose stage 2 was loaded when it
 * began. Nobody's VM is 0: VMID 0 is not given to one.
 *
 * A guest's instruction that traps counts each time it is tried. Lock: none, a CPU's figures are
 * written by the thread that executes it.
 */
#pragma once
#include <stdio.h>
#include "cause.h"
#include "lib/types.h"

enum { CPU_MAX = 64, VMIDS = 256 };

struct vm_counts {
	u64 el2, el1, el0, exits;
	u64 switches; /* visits that ended in its guest and began in another's, or nobody's: it took the CPU over */
	u64 longest_arrival; /* of those, and of visits that a wait began */
	u64 longest_stay;    /* visit that ended in the guest where it began */
};

struct visit {
	u64 count, pc, guest_pc, esr;
	u32 vmid;
	struct cause *cause;
};

struct cpu {
	u32 index;
	bool in_guest, ended;    /* `ended`: by a WFI, so the next instruction of EL2 begins a visit */
	u64 vttbr;               /* as EL2 wrote it last */
	struct vm_counts *guest; /* of the loaded VM */
	struct visit now, boot, longest;
	u64 exits, waits;
	struct vm_counts vms[VMIDS];
};

/* Whether two vCPUs share a thread: then QEMU's index of the vCPU is wrong, and TPIDR_EL2 tells. */
extern bool cpu_shared_thread;
extern struct cpu cpus[CPU_MAX + 1]; /* the last one is any CPU on its way to its first TPIDR_EL2 */
extern struct cpu *cpu_running;      /* where they share a thread */

static inline struct cpu *cpu_of(unsigned vcpu) { return cpu_shared_thread ? cpu_running : &cpus[vcpu]; }

/* A vCPU of `wanted` exists, in the calling thread. */
void cpu_appear(u32 vcpu, u32 wanted);
/* At the beginning of a block of instructions of EL2, and of a guest. */
void cpu_enter_el2(unsigned vcpu, u64 pc);
void cpu_enter_guest(unsigned vcpu);
/* EL2 executes WFI: its visit ends. */
void cpu_wait(unsigned vcpu);
/* After the last instruction: credits what has not ended. */
void cpu_finish(void);
void cpu_print(FILE *to);
