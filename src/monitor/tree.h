/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree at the start of a guest's RAM: QEMU's virt board, as far as a VM has it. */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"

enum { TREE_CPUS_MAX = BOUND_VCPUS, TREE_SEED_SIZE = 64, TREE_SIZE_MAX = 8192 /* bytes of the largest */ };

/* All that differs from one guest's tree to the next. */
struct tree_machine {
	const char *name;               /* the VM's: a word of /chosen */
	u32 cpus;                       /* 1 to TREE_CPUS_MAX */
	u64 mpidr[TREE_CPUS_MAX];       /* MPIDR_EL1 of each vCPU; Aff3 is 0 */
	u64 memory;                     /* bytes from DESCRIBE_RAM_BASE on */
	const char *bootargs;           /* never NULL */
	ipa_t initrd_start, initrd_end; /* the end is the first byte behind it; both 0: none */
	bool pmu;                       /* its CPUs have performance monitors, */
	u32 pmu_intid;                  /* which interrupt by this PPI; 0: not at all */
	bool seeded;                    /* false: there is no entropy, and no seed is given */
	u8 rng_seed[TREE_SEED_SIZE];
	u64 kaslr_seed;
};

/* Writes a whole tree to `to` (8-byte aligned), or NO_ROOM, or BAD_VALUE if *m is not as said above. */
enum status tree_write(const struct tree_machine *m, void *to, u32 room);
