/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The performance monitors of the CPU (Arm ARM D13, PMUv3) as a vCPU has them. They count at EL0 and EL1, while the
 * vCPU that they belong to is loaded, and nowhere else. One that never used them has nothing in them.
 */
#pragma once
#include "lib/bits.h"
#include "lib/types.h"

enum {
	PMU_COUNTERS_MAX = 31,
	PMU_CYCLES = 31
}; /* the bit of the cycle counter in PMCNTENSET_EL0 and its like */
/* ID_AA64DFR0_EL1.PMUVer */
enum { PMU_V3P1 = 4, PMU_V3P4 = 5, PMU_V3P5 = 6, PMU_V3P7 = 7 };

/* PMCR_EL0 (D19.5) */
#define PMCR_E   BIT(0)
#define PMCR_P   BIT(1)
#define PMCR_C   BIT(2)
#define PMCR_LP  BIT(7)
#define PMCR_FZO BIT(9)
#define PMCR_N   FIELD(15, 11)
/* PMEVTYPER<n>_EL0, PMCCFILTR_EL0 */
#define PMU_NOT_EL1 BIT(31)
#define PMU_NOT_EL0 BIT(30)

/* What a vCPU leaves in them; the guest's values. */
struct pmu {
	u64 counter[PMU_COUNTERS_MAX], type[PMU_COUNTERS_MAX];
	u64 cycles, cycle_filter;
	u64 control; /* of PMCR_EL0 what is kept */
	u64 select, user;
	u64 enabled, interrupting, overflown; /* PMCNTENSET_EL0, PMINTENSET_EL1, PMOVSSET_EL0 */
};

/* Boot, on every CPU, one after the other, before any is set up: `own` are its ID registers (machine/feature.h). */
void pmu_probe(const u64 *own);
/* Sets MDCR_EL2's part and stops all counters; the CPU has PMUv3 of this version. */
void pmu_init_cpu(u32 version);
/* Boot: the PPI by which every CPU tells of an overflow; 0, as before: none. A guest's has the same number. */
void pmu_set_interrupt(u32 intid);
u32 pmu_interrupt(void);

/* As all CPUs have it. */
u32 pmu_counters(void); /* 0: no guest gets a PMU */
u32 pmu_version(void);
u64 pmu_events(u32 which); /* PMCEID0_EL0, PMCEID1_EL0 */
u64 pmu_slots(void);       /* PMMIR_EL1 */
/*
 * Whether a guest may use the registers themselves. If not, nothing that it writes gets there but by pmu_load(): where
 * CPUs differ, or where a guest could have EL2 or another thread of the core counted (D13.5, D13.6).
 */
bool pmu_is_direct(void);

/* PMCR_EL0's IMP and IDCODE of this CPU. */
u64 pmu_identity(void);
/* Between load and save a guest has them; after save they are stopped, empty of state, and trapped. */
void pmu_load(const struct pmu *p);
void pmu_save(struct pmu *p);
/* The level of the interrupt's line: of what is loaded on this CPU, and of what is not. */
bool pmu_line(void);
bool pmu_saved_line(const struct pmu *p);
