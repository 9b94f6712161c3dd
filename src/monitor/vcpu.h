/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual CPU: what it holds while it does not run, and its power state. */
#pragma once
#include "lib/types.h"
#include "machine/context.h"
#include "monitor/counters.h"
#include "monitor/job.h"
#include "monitor/sched.h"
#include "monitor/trace.h"
#include "virtual/reg.h"
#include "virtual/vgic.h"
#include "virtual/vpmu.h"
#include "virtual/vtimer.h"

struct vm;

/* Where an access of this address and kind led the last time: a device's rows never change. */
struct route {
	u64 address;  /* IPA */
	u32 syndrome; /* ESR_EL2, less the number of the register; 0: nothing yet */
	u32 extends;  /* 0: a load delivers what the row answers */
	reg_function function;
	struct access access;
	u64 unused[2]; /* 64 bytes: the index is a shift */
};
enum { ROUTES = 16 };

/* What PSCI answers (DEN0022 §5.2.2). */
enum psci_code {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INVALID_ADDRESS = -9
};

/* As PSCI's AFFINITY_INFO answers them (DEN0022 §5.7). */
enum vcpu_power { VCPU_ON = 0, VCPU_OFF = 1, VCPU_STARTING = 2 };

/* What an ABORT is to tell the guest; status 0: an external abort at the address that faulted. */
struct vcpu_abort {
	u64 address;
	u32 status; /* ISS.DFSC or ISS.IFSC */
};

struct vcpu {
	/* Only the CPU that runs it. First what every trap touches. */
	struct regs regs; /* machine/vectors.S wants these two first */
	struct exit exit;
	struct trace *trace; /* of the CPU it is loaded in */
	u64 who;             /* trace_who() of it, kind 0 */
	u64 injected_at; /* PC of the vector the last injected abort went to, plus 1; 0: the guest has moved since */
	struct vcpu *(*unanswered)(
		struct vcpu *v);     /* deals with the last stop, once all registers are in regs */
	u64 subject;                 /* for the trace: an IPA, or what a call or a register carried */
	struct access access;        /* of a system register, while it is interpreted */
	struct counters counters;    /* read by any CPU */
	struct route routes[ROUTES]; /* by bits of the address */
	struct vgic_cpu vgic;
	struct vtimer timer;
	bool vectors_clear;    /* since its reset it has not left the CPU: what `vectors` holds is older */
	bool loaded;           /* EL1, FP and list registers are in the CPU, not here */
	bool whole;            /* all registers are in regs: the guest was left */
	bool serror;           /* a virtual SError waits for it; while loaded, HCR_EL2.VSE is what counts */
	bool rests;            /* its VM is paused, and it has left its CPU for that */
	bool sleeping;         /* CPU_SUSPEND, trapped WFI; verdict WAIT: until vcpu_wake() */
	bool suspended;        /* powered down, and its whole VM with it */
	bool powered_down;     /* it sleeps, its state but for the timers' is lost, and it wakes at `entry` */
	u64 ready_at;          /* since when it could run; 0: it does */
	u64 stolen;            /* ticks that it could have run since its VM started (virtual/vstolen.h) */
	u64 asleep_at;         /* since when it sleeps */
	u64 asleep_until;      /* by its virtual counter; ~0: only until an interrupt */
	struct deadline alarm; /* its own timers', while it sleeps and they are not in the CPU */
	struct context context;
	struct fpu fpu;
	struct vpmu pmu;
	struct sched sched; /* sched.c's */
	struct job *job;    /* if it shares CPUs: its VM's, done in its turn; atomic */

	/* Never changes. */
	struct vm *vm;
	u32 id;  /* index in the VM; Aff0 of its MPIDR */
	u32 cpu; /* its physical CPU; of one that shares CPUs the one that it has, or had last: then atomic */
	bool shares;      /* CPUs with others */
	u32 sharer;       /* its number among those */
	u64 controls;     /* bits of HCR_EL2: its VM's policy and features */
	u8 *vectors;      /* SVE's registers, while it is not loaded; NULL: it has none */
	u8 *vectors_kept; /* where they would be: its place's (vm.c) */

	/* vm->lock */
	enum vcpu_power power;
	u64 entry,
		argument; /* of CPU_ON, while VCPU_STARTING; while powered_down, its own: no CPU_ON writes them then */

	/* As the first ones; here, because they are seldom needed. */
	u64 rested_at; /* when it last left its CPU for a pause */
	u64 rested;    /* ticks that it has stood still since it was started */
	struct vcpu_abort abort;
};

_Static_assert(offsetof(struct vcpu, regs) == 0 && offsetof(struct vcpu, exit) == sizeof(struct regs),
               "vectors.S");

/* MPIDR_EL1 of a vCPU: Aff0 = index, up to 16 per Aff1, as GICv3 target lists want it. */
u64 vcpu_mpidr(u32 id);
/* One EL1 register, wherever it is now: in the CPU if loaded (then only on its own CPU), else in memory. */
u64 vcpu_read(const struct vcpu *v, enum context_register which);
void vcpu_write(struct vcpu *v, enum context_register which, u64 value);

/* Whether a virtual SError waits for it, wherever it is; raise: one does, with the syndrome in vsesr_el2. */
bool vcpu_serror_waits(const struct vcpu *v);
void vcpu_raise_serror(struct vcpu *v);

/* It starts on its own CPU, once that is kicked. It is off, and vm->lock is held. */
void vcpu_begin(struct vcpu *v, u64 entry, u64 argument);
/* PSCI CPU_ON for one vCPU of the caller's VM. Answers a PSCI error code or 0; the target starts on its own CPU. */
s32 vcpu_start(struct vcpu *target, u64 entry, u64 argument);
/*
 * The calling vCPU leaves its CPU until an interrupt could be signalled to it, masked by PSTATE or not, or until
 * its virtual counter reads `when` (~0: never); its verdict is WAIT.
 */
void vcpu_sleep(struct vcpu *v, u64 when);
/*
 * The same in a power-down state: until any interrupt is pending for it (a WakeRequest, IHI 0069 §11.1), and
 * it wakes as after a reset, but for its timers, at `entry`. The whole VM: only if all others are off. A
 * PSCI code; its verdict is WAIT after 0 only.
 */
s32 vcpu_power_down(struct vcpu *v, u64 entry, u64 argument);
s32 vcpu_suspend_system(struct vcpu *v, u64 entry, u64 argument);
/* If it sleeps: its alarm, for the first of its timers. Its deadlines are cancelled. */
void vcpu_set_alarm(struct vcpu *v);
/* Whether it could go on, if it sleeps. */
bool vcpu_may_wake(struct vcpu *v);
void vcpu_wake(struct vcpu *v);
/* The calling vCPU goes off; its WAIT ends with vcpu_start(). */
void vcpu_stop(struct vcpu *v);

/* --- for the loop and the VM's life --- */

/* A record of it in this CPU's ring. */
void vcpu_trace(const struct vcpu *v, enum trace_kind kind);

/* As out of a cold reset (Arm ARM D1.3.3, PSCI §6.4): not loaded before, not loaded after. */
void vcpu_reset(struct vcpu *v, u64 entry, u64 argument);
/* Into this CPU and out of it; nothing if it is there already. */
void vcpu_load(struct vcpu *v);
void vcpu_unload(struct vcpu *v);
/* So many ticks it could have run, and its CPU did something else. */
void vcpu_steal(struct vcpu *v, u64 ticks);
/* It has its CPU from `now` on, and has waited for it until then; of one that shares CPUs: then another one has it. */
void vcpu_get_turn(struct vcpu *v, u64 now);
void vcpu_end_turn(struct vcpu *v, u64 now);
