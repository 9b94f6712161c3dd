/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine: everything that describes one is listed here. */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"
#include "machine/spinlock.h"
#include "monitor/describe.h"
#include "monitor/job.h"
#include "monitor/life.h"
#include "monitor/load.h"
#include "monitor/pause.h"
#include "monitor/space.h"
#include "monitor/vcpu.h"
#include "monitor/vm_report.h"
#include "virtual/vgic.h"
#include "virtual/vgpio.h"
#include "virtual/vrtc.h"
#include "virtual/vstolen.h"
#include "virtual/vuart.h"
#include "virtual/vwatchdog.h"

enum {
	VM_MAX = DESCRIBE_VM_MAX,
	VM_VCPU_MAX = BOUND_VCPUS,
	VM_DEVICE_MAX = BOUND_DEVICES,
	VM_PAGES = 4,      /* that hold a struct vm, */
	VM_VCPU_PAGES = 2, /* and a struct vcpu */
};
#define VM_RAM_BASE 0x40000000UL

/* From VM_ENDED on nothing of it runs, nor will by itself. */
enum vm_state { VM_LOADING, VM_RUNNING, VM_PAUSED, VM_ENDING, VM_ENDED, VM_REMOVING, VM_GONE };
/* Whether it starts again once it has ended. */
enum life_wish { WISH_POLICY, WISH_START, WISH_STOP, WISH_DESTROY };

struct vm {
	/* Never changes once the VM is built. */
	u32 id; /* 1.. ; 0 is the hypervisor, wherever owners are counted */
	const struct vm_description *description;
	u64 memory_size;
	const u64 *id_registers; /* what its CPUs show (virtual/vid.h) */
	bool has_ras, has_pmu;   /* so they say */
	u64 gmid;                /* its CPUs' GMID_EL1, where its memory has tags; else 0 */
	u32 vcpu_count;
	struct vcpu *vcpus[VM_VCPU_MAX];      /* behind vcpu_count: those of VMs that were here before */
	struct device devices[VM_DEVICE_MAX]; /* sorted by base */
	u32 device_count;

	struct spinlock lock;
	enum vm_state state;
	enum life_end end; /* why it is ending or ended */
	enum life_wish wish;
	u32 lives;        /* how often it has begun to run */
	bool mem_protect; /* as PSCI's MEM_PROTECT left it: scrubbed it is anyway */
	bool has_memory;  /* from its making or its start to its end */
	u32 cleared;      /* devices of which a start has made what they are at power-on (life.c) */
	u32 removed;      /* vCPUs that have no CPU any more (removal.c) */
	struct pause pause;
	u32 running;  /* vCPUs that have not parked yet, while ending */
	u32 restarts; /* within the current window */
	u64 window;   /* timer_now() at the window's start */
	struct job
		job; /* clears, scrubs and loads, while VM_LOADING; reports, while VM_ENDING; VM_REMOVING */
	struct vm_report report;
	struct load load;

	struct space space;     /* ledger's lock */
	u64 counter_offset;     /* a VM's time starts at 0 */
	struct vstolen *stolen; /* of each vCPU; NULL: none shares CPUs */

	struct vgic vgic;
	struct vuart uart;
	struct vrtc rtc;
	struct vgpio gpio;
	struct vwatchdog watchdog;
};

static inline const char *vm_name(const struct vm *vm) { return vm->description->name; }

/* Whether it has a life that goes on, at once or after a pause. */
static inline bool vm_is_alive(const struct vm *vm)
{
	enum vm_state state = __atomic_load_n(&vm->state, __ATOMIC_RELAXED);

	return state == VM_RUNNING || state == VM_PAUSED;
}

/* The device that answers at an IPA, or NULL. A page belongs to one device at most. */
static inline const struct device *vm_find_device(const struct vm *vm, u64 address)
{
	for (u32 i = 0; i < vm->device_count; i++)
		if (address - vm->devices[i].base.value < vm->devices[i].size)
			return &vm->devices[i];
	return NULL;
}

/* --- for the monitor --- */

/* Once, before the first VM: the tables of its devices are total, and get their indexes. */
void vm_init(void);

/*
 * Builds a VM on the CPUs of its description and gives it its memory; it does not run yet (life_begin()). NO_MEMORY if the
 * pool or the machine lacks some, or there are VM_MAX VMs; BUSY if a CPU has an owner. At boot, and then on the console's CPU.
 */
enum status vm_create(const struct vm_description *description, struct pool *pool);
/*
 * The VM with this id, or NULL; and the next one in the order of ids, of NULL the first, NULL behind the last. One that goes while
 * somebody looks at it is still a VM there, if not the same one: nothing that is asked of it can be asked of no VM.
 */
struct vm *vm_of(u32 id);
struct vm *vm_next(const struct vm *before);
struct vm *vm_named(const char *name);
/* Of the VM that has or last had this id. */
const char *vm_name_of(u32 id);
/* Of the pool's pages, how many no VM has now, though a place keeps them for its next one. */
u64 vm_kept_pages(void);
/* Nothing of it runs, or ever will, its memory and its CPUs are given back: its place is free. */
void vm_take_apart(struct vm *vm);
/*
 * All the memory of its description, mapped, and what EL2 shows it; nothing if it has that already. NO_MEMORY: there is too
 * little, and it has none.
 */
enum status vm_take_memory(struct vm *vm);
/* None of its vCPUs runs any more. */
void vm_give_memory(struct vm *vm);
