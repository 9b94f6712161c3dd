/* SPDX-License-Identifier: Apache-2.0 */
/* The physical CPUs: which one this is, what it can do, and the registers that make it a host of guests. */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"
#include "machine/sysreg.h"

enum { CPU_MAX = BOUND_CPUS, CPU_ID_REGISTERS = 64, CPU_QUADWORDS_MAX = 16 };

/* Index of this CPU, 0..CPU_MAX-1: the order of the machine's tree, the boot CPU first. */
static inline u32 cpu_index(void) { return (u32)read_sysreg(tpidr_el2); }

/* Affinity fields of this CPU's MPIDR_EL1, as trees and PSCI spell them (bits 39..32 and 23..0). */
#define CPU_AFFINITY 0xff00ffffffUL
u64 cpu_affinity(void);

/*
 * Boot, on every CPU, one after the other: looks at its ID registers. What the functions below say of features holds
 * for all CPUs that have been looked at; so all are, before any is set up for guests.
 */
void cpu_probe(void);
/*
 * Boot, before cpu_init(): whether guests' physical timers get an offset of their own. Where there is an
 * EL3 that has not set SCR_EL3.ECVEn, merely touching CNTPOFF_EL2 ends in EL3, so that is left to
 * the caller to know: `el3_allows`.
 */
void cpu_probe_cntpoff(bool el3_allows);
/* Writes every EL2 register of this CPU that a guest's isolation relies on. */
void cpu_init(void);

bool cpu_has_cntpoff(void);
/* Whether stage 2 can force a guest's memory to be write-back (HCR_EL2.FWB, then set for all guests). */
bool cpu_has_fwb(void);
bool cpu_has_pauth(void);
/* Whether guests may have memory tags: FEAT_MTE2, and the same GMID_EL1 on all CPUs; else that is 0. */
bool cpu_has_mte(void);
u64 cpu_gmid(void);
/* Of SVE's vectors as guests may have them, the same on all CPUs; 0: no SVE. */
u64 cpu_vector_bytes(void);
/* Whether guests reach the debug communications channel on a CPU: nothing traps it there (MDCR_EL2.TDCC is of FEAT_FGT). */
bool cpu_has_open_dcc(void);
bool cpu_has_rndr(void);
/* Of this CPU: what it has a guest reaches, shown or not. */
bool cpu_has_ras(void);
/* Of this CPU: all that it has is a guest's. */
u32 cpu_breakpoints(void);
u32 cpu_watchpoints(void);
/* Bits of a physical address, 32..48. */
u32 cpu_pa_bits(void);
/* Bits of a VMID: 8 or 16. */
u32 cpu_vmid_bits(void);
/* ID register with encoding op0 = 3, op1 = 0, CRn = 0, as all CPUs have it; crm 1..7, op2 0..7. */
u64 cpu_id_register(u32 crm, u32 op2);
u64 cpu_midr(void);
/* A hardware random number; false if there is none right now. */
bool cpu_random(u64 *value);
/* The same, from a generator that was seeded from true entropy just before (RNDRRS). */
bool cpu_random_fresh(u64 *value);

/* The loaded vCPU's stage 2 and identity, and what is its own of HCR_EL2: CPU_GUEST_CONTROLS. */
#define CPU_GUEST_CONTROLS (HCR_FB | HCR_BSU | HCR_TWI | HCR_TWE | HCR_VSE | HCR_API | HCR_APK | HCR_ATA)
void cpu_set_guest(u64 vttbr, u64 vmpidr, u64 own);
/* The loaded vCPU's virtual SError. The CPU withdraws it when the guest takes it, or when an ESB defers it. */
static inline bool cpu_virtual_serror_waits(void) { return read_sysreg(hcr_el2) & HCR_VSE; }
static inline void cpu_raise_virtual_serror(void) { write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_VSE); }
/* Whether the loaded vCPU may use SVE; before its registers are switched, context_load() and context_save() included. */
void cpu_give_sve(bool given);
bool cpu_gives_sve(void);
/*
 * Stage 1 alone, as EL0 or EL1 would be translated; answers PAR_EL1. Stage 2 translates the walk, and a
 * fault there is told like any other, never taken.
 */
#define PAR_F          BIT(0)
#define PAR_FST        FIELD(6, 1)
#define PAR_S          BIT(9) /* with F: stage 2 of the walk failed */
#define PAR_ADDRESS    FIELD(47, 12)
#define PAR_NOT_DEVICE FIELD(63, 60) /* of ATTR */
u64 cpu_translate_stage1(u64 address, bool user, bool write);
/* SCTLR_EL1 of the loaded vCPU. */
static inline u64 cpu_guest_control(void) { return read_sysreg(sctlr_el1); }
/* Whether a physical SError waits. */
static inline bool cpu_serror_waits(void) { return read_sysreg(isr_el1) & BIT(8); }
/*
 * Lets the errors of all that this CPU has done so far come out, as far as it can, and takes the SError that waits
 * then, if one does: its syndrome as ESR_EL2.ISS has it.
 */
bool cpu_take_serror(u64 *syndrome);
/* Registers of EL2 that tell of its last exception. */
struct cpu_syndrome {
	u64 syndrome, fault_address, fault_ipa, return_address, pstate, traps, stage2;
};
struct cpu_syndrome cpu_syndrome(void);
/* Sleeps until an interrupt is pending for EL2, masked or not. */
void cpu_wait(void);
void cpu_relax(void);
_Noreturn void cpu_halt(void);

/* What a secondary CPU finds at the address that PSCI hands it; machine/start.S reads the first four. */
struct cpu_boot {
	u64 ttbr, entry, stack, index;
};
extern u8 start_secondary[], start_virtual_secondary[];
extern u64 boot_ttbr;
_Noreturn void cpu_switch_stack(u64 top, void (*continue_at)(void));
