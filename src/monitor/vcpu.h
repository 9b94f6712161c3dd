/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual CPU: what it holds while it does not run, and its power state. */
#pragma once
#include "lib/types.h"
#include "machine/context.h"
#include "virtual/vgic.h"
#include "virtual/vtimer.h"

struct vm;

/* As PSCI's AFFINITY_INFO answers them (DEN0022 §5.7). */
enum vcpu_power { VCPU_ON = 0, VCPU_OFF = 1, VCPU_STARTING = 2 };

struct vcpu {
	/* Only the CPU that runs it. */
	struct regs regs; /* first: machine/vectors.S */
	struct exit exit;
	struct context context;
	struct fpu fpu;
	bool loaded;           /* EL1, FP and list registers are in the CPU, not here */
	bool sleeping;         /* CPU_SUSPEND, verdict WAIT: until vcpu_wake() */
	struct deadline alarm; /* its own timers', while it sleeps and they are not in the CPU */
	u64 injected_at; /* PC of the vector the last injected abort went to, plus 1; 0: the guest has moved since */
	const struct device *last_device;
	struct vgic_cpu vgic;
	struct vtimer timer;

	/* Never changes. */
	struct vm *vm;
	u32 id;  /* index in the VM; Aff0 of its MPIDR */
	u32 cpu; /* the physical CPU it is pinned to */

	/* vm->lock */
	enum vcpu_power power;
	u64 entry, argument; /* of CPU_ON, while VCPU_STARTING */
};

/* MPIDR_EL1 of a vCPU: Aff0 = index, up to 16 per Aff1, as GICv3 target lists want it. */
u64 vcpu_mpidr(u32 id);
/* One EL1 register, wherever it is now: in the CPU if loaded (then only on its own CPU), else in memory. */
u64 vcpu_read(const struct vcpu *v, enum context_register which);
void vcpu_write(struct vcpu *v, enum context_register which, u64 value);

/* PSCI CPU_ON for one vCPU of the caller's VM. Answers a PSCI error code or 0; the target starts on its own CPU. */
s32 vcpu_start(struct vcpu *target, u64 entry, u64 argument);
/* The calling vCPU leaves its CPU until an interrupt could be signalled to it; its verdict is WAIT. */
void vcpu_sleep(struct vcpu *v);
void vcpu_wake(struct vcpu *v);
/* The calling vCPU goes off; its WAIT ends with vcpu_start(). */
void vcpu_stop(struct vcpu *v);

/* --- for the loop and the VM's life --- */

/* As out of a cold reset (Arm ARM D1.3.3, PSCI §6.4): not loaded before, not loaded after. */
void vcpu_reset(struct vcpu *v, u64 entry, u64 argument);
/* Into this CPU and out of it; nothing if it is there already. */
void vcpu_load(struct vcpu *v);
void vcpu_unload(struct vcpu *v);
