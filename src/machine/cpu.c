/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CPU as a host of guests. Traps are an allow-list: what we do not switch is trapped
 * or, where no trap exists, hidden in the ID registers (virtual/vsysreg.c).
 */
#include "machine/cpu.h"

#include "lib/bits.h"
#include "lib/require.h"
#include "machine/attributes.h"
#include "machine/barrier.h"
#include "machine/context.h"
#include "machine/feature.h"
#include "machine/pmu.h"
#include "machine/timer.h"
#include "machine/tlb.h"

static u64
	id_registers[CPU_ID_REGISTERS]; /* what all CPUs share; crm * 8 + op2; written at boot, CPU by CPU */

static bool cntpoff_works;
static u32 lengths_of_all = ~0U, lengths_of_any; /* feature_quadwords() */
static u64 vector_bytes;                         /* what comes of them */
static u64 gmid;                                 /* cpu_gmid() */

#define ID_DFR0      FEATURE_AT(1, 2)
#define ID_AA64PFR0  FEATURE_AT(4, 0)
#define ID_AA64PFR1  FEATURE_AT(4, 1)
#define ID_AA64ZFR0  FEATURE_AT(4, 4)
#define ID_AA64DFR0  FEATURE_AT(5, 0)
#define ID_AA64ISAR0 FEATURE_AT(6, 0)
#define ID_AA64ISAR1 FEATURE_AT(6, 1)
#define ID_AA64ISAR2 FEATURE_AT(6, 2)
#define ID_AA64MMFR0 FEATURE_AT(7, 0)
#define ID_AA64MMFR1 FEATURE_AT(7, 1)
#define ID_AA64MMFR2 FEATURE_AT(7, 2)

#define READ_ROW(to, crm)                                           \
	(to)[FEATURE_AT(crm, 0)] = read_sysreg(S3_0_C0_C##crm##_0); \
	(to)[FEATURE_AT(crm, 1)] = read_sysreg(S3_0_C0_C##crm##_1); \
	(to)[FEATURE_AT(crm, 2)] = read_sysreg(S3_0_C0_C##crm##_2); \
	(to)[FEATURE_AT(crm, 3)] = read_sysreg(S3_0_C0_C##crm##_3); \
	(to)[FEATURE_AT(crm, 4)] = read_sysreg(S3_0_C0_C##crm##_4); \
	(to)[FEATURE_AT(crm, 5)] = read_sysreg(S3_0_C0_C##crm##_5); \
	(to)[FEATURE_AT(crm, 6)] = read_sysreg(S3_0_C0_C##crm##_6); \
	(to)[FEATURE_AT(crm, 7)] = read_sysreg(S3_0_C0_C##crm##_7)

/* Those of this CPU. The whole block reads as zero where nothing is allocated (D19.1.1). */
static void read_id_registers(u64 to[CPU_ID_REGISTERS])
{
	READ_ROW(to, 1);
	READ_ROW(to, 2);
	READ_ROW(to, 3);
	READ_ROW(to, 4);
	READ_ROW(to, 5);
	READ_ROW(to, 6);
	READ_ROW(to, 7);
}

/*
 * The ID register is not enough: QEMU's CPUs without an EL3 never apply the offset. So a timer is
 * asked: with the count offset to about 0 its condition, half of the count, is not met; without,
 * it is (D12.2.4).
 */
static bool probe_cntpoff(void)
{
	u64 now = read_sysreg(cntpct_el0);

	write_sysreg(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN | CNTHCTL_ECV);
	write_sysreg(cntpoff_el2, now);
	write_sysreg(cntp_cval_el0, now / 2);
	write_sysreg(cntp_ctl_el0, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
	isb(); /* the condition is computed from all of them */
	bool met = read_sysreg(cntp_ctl_el0) & TIMER_CTL_ISTATUS;

	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(cntpoff_el2, 0);
	return !met;
}

#define CPTR_USUAL (CPTR_RES1 | CPTR_TSM | CPTR_TTA | CPTR_TAM) /* and TZ, unless a guest has SVE */

/* The vector lengths of this CPU: asked for the longest that is at most n quadwords, it says which that is. */
static u32 probe_lengths(void)
{
	u32 lengths = 0;

	write_sysreg(cptr_el2, CPTR_USUAL);
	isb(); /* before SVE is used */
	for (u64 n = 1; n <= CPU_QUADWORDS_MAX; n++) {
		write_sysreg(zcr_el2, n - 1);
		isb();
		lengths |= 1U << (fpu_vector_bytes() / 16 - 1);
	}
	return lengths;
}

/* A PMU that is not PMUv3 is none; so is one whose counters not all CPUs have. */
static void hide_pmu(u64 *registers)
{
	registers[ID_DFR0] &= ~ID_DFR0_PERFMON;
	registers[ID_AA64DFR0] &= ~ID_AA64DFR0_PMUVER;
}

/*
 * A guest may load or store the tags of a block with one instruction: how many, all CPUs must agree in. Where there is an
 * EL3 it has set SCR_EL3.ATA, as the boot protocol of arm64 Images demands.
 */
static void probe_tags(const u64 *own, bool first)
{
	u64 has = field_get(ID_AA64PFR1_MTE, own[ID_AA64PFR1]), blocks = has >= 2 ? read_sysreg(gmid_el1) : 0;

	gmid = first || gmid == blocks ? blocks : 0;
	if (!gmid && field_get(ID_AA64PFR1_MTE, id_registers[ID_AA64PFR1]) >= 2)
		id_registers[ID_AA64PFR1] =
			field_set(id_registers[ID_AA64PFR1], ID_AA64PFR1_MTE, 1); /* without tags */
}

/* What can be trusted to exist on both of two CPUs (virtual/vid.def: what a guest sees of it). */
void cpu_probe(void)
{
	static bool probed;
	u64 own[CPU_ID_REGISTERS] = {0};

	read_id_registers(own);
	pmu_probe(own);
	if (!pmu_counters())
		hide_pmu(own);
	for (u32 at = 0; at < CPU_ID_REGISTERS; at++)
		id_registers[at] = probed ? feature_common(at, id_registers[at], own[at]) : own[at];
	probe_tags(own, !probed);
	probed = true;
	u32 lengths = field_get(ID_AA64PFR0_SVE, own[ID_AA64PFR0]) ? probe_lengths() : 0;

	lengths_of_all &= lengths;
	lengths_of_any |= lengths;
	vector_bytes = feature_quadwords(lengths_of_all, lengths_of_any) * 16UL;
	if (!vector_bytes) { /* as if it was not there */
		id_registers[ID_AA64PFR0] &= ~ID_AA64PFR0_SVE;
		id_registers[ID_AA64ZFR0] = 0;
	}
}

void cpu_probe_cntpoff(bool el3_allows)
{
	bool may_touch = el3_allows || !field_get(ID_AA64PFR0_EL3, id_registers[ID_AA64PFR0]);

	if (may_touch && field_get(ID_AA64MMFR0_ECV, id_registers[ID_AA64MMFR0]) >= 2)
		cntpoff_works = probe_cntpoff();
}

u64 cpu_affinity(void) { return read_sysreg(mpidr_el1) & CPU_AFFINITY; }
u64 cpu_midr(void) { return read_sysreg(midr_el1); }
u64 cpu_id_register(u32 crm, u32 op2) { return id_registers[FEATURE_AT(crm, op2)]; }

bool cpu_has_cntpoff(void)
{
	return cntpoff_works && field_get(ID_AA64MMFR0_ECV, id_registers[ID_AA64MMFR0]) >= 2;
}

bool cpu_has_fwb(void) { return field_get(ID_AA64MMFR2_FWB, id_registers[ID_AA64MMFR2]) != 0; }
bool cpu_has_ras(void) { return field_get(ID_AA64PFR0_RAS, read_sysreg(id_aa64pfr0_el1)) != 0; }
bool cpu_has_open_dcc(void) { return !(id_registers[ID_AA64MMFR0] & ID_AA64MMFR0_FGT); }
bool cpu_has_rndr(void) { return field_get(ID_AA64ISAR0_RNDR, id_registers[ID_AA64ISAR0]) != 0; }
u32 cpu_breakpoints(void) { return (u32)field_get(ID_AA64DFR0_BRPS, read_sysreg(id_aa64dfr0_el1)) + 1; }
u32 cpu_watchpoints(void) { return (u32)field_get(ID_AA64DFR0_WRPS, read_sysreg(id_aa64dfr0_el1)) + 1; }

bool cpu_has_mte(void) { return gmid != 0; }
u64 cpu_gmid(void) { return gmid; }
u64 cpu_vector_bytes(void) { return vector_bytes; }

bool cpu_has_pauth(void)
{
	return id_registers[ID_AA64ISAR1] & (ID_AA64ISAR1_APA | ID_AA64ISAR1_API) ||
	       id_registers[ID_AA64ISAR2] & ID_AA64ISAR2_APA3;
}

u32 cpu_pa_bits(void)
{
	static const u8 bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};

	return bits[field_get(ID_AA64MMFR0_PARANGE, id_registers[ID_AA64MMFR0]) & 7];
}

u32 cpu_vmid_bits(void) { return field_get(ID_AA64MMFR1_VMIDBITS, id_registers[ID_AA64MMFR1]) ? 16 : 8; }

bool cpu_random(u64 *value)
{
	u64 flags;

	if (!cpu_has_rndr())
		return false;
	asm volatile("mrs %0, s3_3_c2_c4_0\n\tmrs %1, nzcv" : "=r"(*value), "=r"(flags)::"cc");
	return !(flags & BIT(30)); /* Z: no number in time */
}

bool cpu_random_fresh(u64 *value)
{
	u64 flags;

	if (!cpu_has_rndr())
		return false;
	asm volatile("mrs %0, s3_3_c2_c4_1\n\tmrs %1, nzcv" : "=r"(*value), "=r"(flags)::"cc");
	return !(flags & BIT(30));
}

/* `own`: the ID registers of this CPU, which may have what others lack; that is trapped like all we do not switch. */
static u64 trap_control(const u64 *own)
{
	u64 hcr = HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID3 | HCR_TSC | HCR_TIDCP |
	          HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR;

	if (field_get(ID_AA64PFR1_MTE, own[ID_AA64PFR1]) >= 2)
		hcr |= HCR_TID5;
	/* A guest's memory is coherent then, so set/way maintenance has nothing to do, but to others' cache lines. */
	if (cpu_has_fwb())
		hcr |= HCR_FWB | HCR_TSW;
	return hcr;
}

/*
 * Debug and PMU: breakpoints are the guest's own; OS lock, trace, SPE, TRBE and DCC are not; the PMU is, once a guest
 * uses it. What is 0 here says no to the newer: E2PB, E2TB (buffers are EL2's), EnSPM, EBWE, EnSTEPOP (trapped), PMEE.
 */
static void init_debug(const u64 *own)
{
	u64 mdcr = MDCR_TDOSA | MDCR_TDRA | MDCR_TTRF | MDCR_TPMS | MDCR_TDCC;
	u32 pmu = (u32)field_get(ID_AA64DFR0_PMUVER, own[ID_AA64DFR0]);

	write_sysreg(mdcr_el2, mdcr);
	if (pmu != 0 && pmu != 0xf)
		pmu_init_cpu(pmu);
	write_sysreg(oslar_el1, 0); /* the lock would silence the guest's own breakpoints */
}

/* FEAT_FGT: what traps when 1 is of features we give, or trapped elsewhere; what traps when 0 (n...) is newer. */
static void init_fine_traps(u64 fgt)
{
	if (fgt >= 1) {
		write_sysreg(hfgrtr_el2, 0);
		write_sysreg(hfgwtr_el2, 0);
		write_sysreg(hfgitr_el2, 0);
		write_sysreg(hdfgrtr_el2, 0);
		write_sysreg(hdfgwtr_el2, 0);
	}
	if (fgt >= 2) {
		write_sysreg(S3_4_C3_C1_2, 0); /* HFGRTR2_EL2 */
		write_sysreg(S3_4_C3_C1_3, 0); /* HFGWTR2_EL2 */
		write_sysreg(S3_4_C3_C1_7, 0); /* HFGITR2_EL2 */
		write_sysreg(S3_4_C3_C1_0, 0); /* HDFGRTR2_EL2 */
		write_sysreg(S3_4_C3_C1_1, 0); /* HDFGWTR2_EL2 */
	}
}

/* MPAM: all of a guest's accesses are of the default partition, and it cannot see that there are others. */
static void init_partitions(void)
{
	u64 id = read_sysreg(mpamidr_el1);

	u64 traps = MPAM2_TRAPMPAM0EL1 | MPAM2_TRAPMPAM1EL1 | (id & MPAMIDR_HAS_TIDR ? MPAM2_TIDR : 0);

	write_sysreg(S3_4_C10_C5_0, traps); /* MPAM2_EL2 */
	if (id & MPAMIDR_HAS_HCR)
		write_sysreg(S3_4_C10_C4_0, MPAMHCR_TRAP_MPAMIDR_EL1); /* MPAMHCR_EL2 */
}

static void init_newer_traps(const u64 *own)
{
	init_fine_traps(field_get(ID_AA64MMFR0_FGT, own[ID_AA64MMFR0]));
	/* HCRX_EL2 enables, where it does not trap: 0 also hides TCR2_EL1, SCTLR2_EL1, GCS, FPMR, D128, MOPS, LS64. */
	if (field_get(ID_AA64MMFR1_HCX, own[ID_AA64MMFR1]))
		write_sysreg(S3_4_C1_C2_2, field_get(ID_AA64PFR1_NMI, own[ID_AA64PFR1]) ? HCRX_TALLINT : 0);
	if (field_get(ID_AA64PFR0_MPAM, own[ID_AA64PFR0]))
		init_partitions();
}

/* TZ also keeps EL2 itself out, so the length is set before; a CPU whose lengths are not the others' gives none. */
static void init_vectors(const u64 *own)
{
	if (field_get(ID_AA64PFR0_SVE, own[ID_AA64PFR0])) {
		write_sysreg(cptr_el2, CPTR_USUAL);
		isb();
		write_sysreg(zcr_el2, vector_bytes ? vector_bytes / 16 - 1 : 0);
	}
	write_sysreg(cptr_el2, CPTR_USUAL | CPTR_TZ);
}

/*
 * Windows are where EL2 scrubs, which is to reach the tags. Nothing else at EL2 is Tagged memory, and nothing is checked:
 * SCTLR_EL2.TCF stays 0.
 */
static void init_tags(void)
{
	if (!gmid)
		return;
	write_sysreg(mair_el2, field_set(read_sysreg(mair_el2), MAIR_WINDOW, NORMAL_TAGGED));
	write_sysreg(sctlr_el2, read_sysreg(sctlr_el2) | SCTLR_ATA);
}

static u64 stage2_control(void)
{
	u64 range = min_u64(field_get(ID_AA64MMFR0_PARANGE, id_registers[ID_AA64MMFR0]), 5);

	/* 40 bits of IPA: two concatenated tables at level 1 (D8.2.6). */
	return VTCR_RES1 | field_put(TCR_T0SZ, 64 - 40) | field_put(VTCR_SL0, 1) | TCR_IRGN0_WB |
	       TCR_ORGN0_WB | field_put(TCR_SH0_INNER, 3) | field_put(TCR_PS, range) |
	       (cpu_vmid_bits() == 16 ? VTCR_VS : 0);
}

void cpu_init(void)
{
	u64 own[CPU_ID_REGISTERS] = {0};

	read_id_registers(own);
	require(cpu_pa_bits() >= 40);
	write_sysreg(hcr_el2, trap_control(own));
	init_vectors(own);
	write_sysreg(hstr_el2, 0);
	write_sysreg(hacr_el2, 0);
	write_sysreg(actlr_el2, 0);
	write_sysreg(vtcr_el2, stage2_control());
	write_sysreg(vttbr_el2, 0);
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	init_debug(own);
	init_newer_traps(own);
	init_tags();
	/* The guest's physical counter and timer: its own where they have an offset, else trapped. */
	write_sysreg(cnthctl_el2, cpu_has_cntpoff() ? CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN | CNTHCTL_ECV : 0);
	isb(); /* all of it, before the first guest or its tables are touched */
	tlb_flush_guests_local();
}

void cpu_set_guest(u64 vttbr, u64 vmpidr, u64 own)
{
	write_sysreg(hcr_el2, (read_sysreg(hcr_el2) & ~CPU_GUEST_CONTROLS) | own);
	write_sysreg(vttbr_el2, vttbr);
	write_sysreg(vmpidr_el2, vmpidr);
	isb(); /* before a walk for the guest or an AT instruction */
}

void cpu_give_sve(bool given)
{
	write_sysreg(cptr_el2, given ? CPTR_USUAL : CPTR_USUAL | CPTR_TZ);
	isb(); /* before EL2 switches SVE's registers */
}

/* With TZ set, EL2's own accesses would be trapped. */
bool cpu_gives_sve(void) { return vector_bytes && !(read_sysreg(cptr_el2) & CPTR_TZ); }

u64 cpu_translate_stage1(u64 address, bool user, bool write)
{
	u64 saved = read_sysreg(par_el1);

	if (user && write)
		asm volatile("at s1e0w, %0" ::"r"(address) : "memory");
	else if (user)
		asm volatile("at s1e0r, %0" ::"r"(address) : "memory");
	else if (write)
		asm volatile("at s1e1w, %0" ::"r"(address) : "memory");
	else
		asm volatile("at s1e1r, %0" ::"r"(address) : "memory");
	isb(); /* PAR_EL1 holds the result */
	u64 par = read_sysreg(par_el1);

	write_sysreg(par_el1, saved);
	return par;
}

/* It is taken, here and now (serror_here in machine/vectors.S), which leaves FAR_EL2 and HPFAR_EL2 UNKNOWN. */
static u64 unmask_serror(void)
{
	u64 saved = read_sysreg(tpidrro_el0), far = read_sysreg(far_el2), hpfar = read_sysreg(hpfar_el2);

	asm volatile("msr daifclr, #4\n\tisb\n\tmsr daifset, #4" ::: "memory");
	u64 syndrome = read_sysreg(tpidrro_el0);
	write_sysreg(tpidrro_el0, saved);
	write_sysreg(far_el2, far);
	write_sysreg(hpfar_el2, hpfar);
	return syndrome;
}

/* With RAS an ESB does both, without an exception: what waits, masked, goes to DISR_EL1 (D1.3.6.3). */
bool cpu_take_serror(u64 *syndrome)
{
	if (cpu_has_ras()) {
		asm volatile("hint #16" ::: "memory");
		u64 disr = read_sysreg(disr_el1);
		if (!(disr & DISR_A))
			return false;
		write_sysreg(disr_el1, 0);
		*syndrome = disr & ESR_SERROR_ISS;
		return true;
	}
	dsb(sy);
	isb(); /* what the barrier has brought out is in ISR_EL1 */
	if (!cpu_serror_waits())
		return false;
	*syndrome = unmask_serror() & ESR_SERROR_ISS;
	return true;
}

struct cpu_syndrome cpu_syndrome(void)
{
	return (struct cpu_syndrome){
		.syndrome = read_sysreg(esr_el2),
		.fault_address = read_sysreg(far_el2),
		.fault_ipa = read_sysreg(hpfar_el2),
		.return_address = read_sysreg(elr_el2),
		.pstate = read_sysreg(spsr_el2),
		.traps = read_sysreg(hcr_el2),
		.stage2 = read_sysreg(vttbr_el2),
	};
}

void cpu_wait(void)
{
	dsb(sy); /* what we wait for may depend on what we wrote */
	wfi();
}

void cpu_relax(void) { cpu_yield(); }

void cpu_halt(void)
{
	for (;;)
		wfi();
}
