/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description of the VMs (doc/vm.md): read and validated whole, before anything is
 * allocated. Pure: the same code is `corbel check` on the user's machine and the loader at EL2.
 */
#pragma once
#include "lib/bounds.h"
#include "lib/printf.h"
#include "lib/types.h"
#include "monitor/sched.h"
#include "virtual/vid.h"

enum { DESCRIBE_VM_MAX = BOUND_VMS, DESCRIBE_NAME_MAX = 32, DESCRIBE_CPUS_MAX = BOUND_VCPUS };

enum image_kind { IMAGE_LINUX, IMAGE_ELF, IMAGE_RAW };
enum restart_policy { RESTART_NEVER, RESTART_ON_RESET, RESTART_ON_CRASH, RESTART_ALWAYS };
/* As a description spells it. */
const char *describe_restart_word(enum restart_policy policy);

/* What becomes of a guest's WFI, or WFE: the CPU waits, or EL2 is told. */
enum wait_policy { WAIT_NATIVE, WAIT_TRAP };
/* Whose CPU interface a guest has: the machine's virtual one, or EL2's own. */
enum gic_kind { GIC_HARDWARE, GIC_SOFTWARE };
/* As a description spells them. */
const char *describe_wait_word(enum wait_policy policy);
const char *describe_gic_word(enum gic_kind kind);
const char *describe_cpu_word(enum vid_baseline baseline);

struct blob {
	const u8 *bytes; /* NULL: none, or (on the host) a module that only the boot loader places */
	u64 size;
	pa_t module; /* where the boot loader put it; 0: it lies in the description */
};

/* What a vCPU is promised of the machine's CPUs (monitor/sched.h). */
struct vcpu_terms {
	enum sched_class class;
	u32 affinity;             /* bit n: it may have CPU n; 0: nothing was said */
	u32 cpus;                 /* those that it was given; of a dedicated or real-time one a single bit */
	u32 weight, cap;          /* fair; cap in percent of a CPU, 0: none */
	u32 priority;             /* real-time, 1 goes first */
	u32 budget_us, period_us; /* real-time */
};
/* As a description spells it. */
const char *describe_class_word(enum sched_class class);

struct vm_description {
	char name[DESCRIBE_NAME_MAX];
	bool refused; /* an error was reported for it: it is not started */
	u32 cpus;
	struct vcpu_terms vcpus[DESCRIBE_CPUS_MAX];
	enum vid_baseline cpu;
	u64 memory; /* bytes, multiple of 2 MiB */
	struct blob kernel, initrd;
	enum image_kind kind;
	ipa_t load; /* of the image's first byte (Image, raw) */
	ipa_t entry;
	u64 footprint; /* bytes the image needs in memory from `load`, its BSS included */
	ipa_t initrd_load;
	const char *bootargs; /* never NULL */
	enum restart_policy restart;
	u32 restart_limit; /* restarts in restart_window seconds */
	u32 restart_window;
	enum wait_policy wfi, wfe;
	enum gic_kind gic;
};

/* Whether it shares CPUs, with one of its vCPUs at least. */
static inline bool describe_shares(const struct vm_description *vm)
{
	bool shares = false;

	for (u32 i = 0; i < vm->cpus; i++)
		shares |= vm->vcpus[i].class != SCHED_DEDICATED;
	return shares;
}

struct system_description {
	u32 vm_count;
	struct vm_description vms[DESCRIBE_VM_MAX];
};

/* What the machine can give, and how a module's bytes are reached. */
struct describe_limits {
	u32 cpus;   /* physical CPUs; 0: unknown, not checked */
	u64 memory; /* bytes free for VMs; 0: unknown, not checked */
	/* NULL result: not memory of this machine, an error. NULL function: modules are not readable here. */
	const u8 *(*module_bytes)(pa_t at, u64 size);
	/* vid_lacks(); NULL: the CPUs are unknown, not checked. */
	bool (*lacks)(enum vid_baseline baseline, struct vid_lack *lack);
};

/*
 * Fills `out` from the flattened tree `fdt` of `size` bytes; the bytes stay where they are, `out`
 * points into them. Every defect is written to `errors` as one line that names the node, the property, the
 * conflicting peer and what would be accepted. Returns the number of errors; VMs without one are usable
 * (refused == false), unless the tree itself is broken (vm_count == 0).
 */
u32 describe(const void *fdt, u64 size, const struct describe_limits *limits, struct system_description *out,
             struct sink *errors);

/* Where the guest's device tree goes and how much room it has (at the start of its RAM). */
#define DESCRIBE_RAM_BASE  0x40000000UL
#define DESCRIBE_TREE_SIZE 0x10000UL /* 64 KiB */
