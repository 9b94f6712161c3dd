/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CPU as a host of guests. Traps are an allow-list: what we do not switch is trapped
 * or, where no trap exists, hidden in the ID registers (virtual/vsysreg.c).
 */
#include "machine/cpu.h"

#include "lib/bits.h"
#include "lib/require.h"
#include "machine/barrier.h"
#include "machine/timer.h"
#include "machine/tlb.h"

static u64 id_registers[CPU_ID_REGISTERS]; /* crm * 8 + op2; written at boot, CPU by CPU */

static bool cntpoff_works;

#define ID(crm, op2) id_registers[(crm)*8 + (op2)]
#define ID_AA64PFR0  ID(4, 0)
#define ID_AA64DFR0  ID(5, 0)
#define ID_AA64ISAR0 ID(6, 0)
#define ID_AA64ISAR1 ID(6, 1)
#define ID_AA64ISAR2 ID(6, 2)
#define ID_AA64MMFR0 ID(7, 0)
#define ID_AA64MMFR1 ID(7, 1)
#define ID_AA64MMFR2 ID(7, 2)

#define READ_ROW(crm)                                                \
	id_registers[(crm)*8 + 0] = read_sysreg(S3_0_C0_C##crm##_0); \
	id_registers[(crm)*8 + 1] = read_sysreg(S3_0_C0_C##crm##_1); \
	id_registers[(crm)*8 + 2] = read_sysreg(S3_0_C0_C##crm##_2); \
	id_registers[(crm)*8 + 3] = read_sysreg(S3_0_C0_C##crm##_3); \
	id_registers[(crm)*8 + 4] = read_sysreg(S3_0_C0_C##crm##_4); \
	id_registers[(crm)*8 + 5] = read_sysreg(S3_0_C0_C##crm##_5); \
	id_registers[(crm)*8 + 6] = read_sysreg(S3_0_C0_C##crm##_6); \
	id_registers[(crm)*8 + 7] = read_sysreg(S3_0_C0_C##crm##_7)

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

/* The whole block reads as zero where nothing is allocated (D19.1.1). */
void cpu_probe(void)
{
	READ_ROW(1);
	READ_ROW(2);
	READ_ROW(3);
	READ_ROW(4);
	READ_ROW(5);
	READ_ROW(6);
	READ_ROW(7);
}

void cpu_probe_cntpoff(bool el3_allows)
{
	bool may_touch = el3_allows || !field_get(ID_AA64PFR0_EL3, ID_AA64PFR0);

	if (may_touch && field_get(ID_AA64MMFR0_ECV, ID_AA64MMFR0) >= 2)
		cntpoff_works = probe_cntpoff();
}

u64 cpu_affinity(void) { return read_sysreg(mpidr_el1) & CPU_AFFINITY; }
u64 cpu_midr(void) { return read_sysreg(midr_el1); }
u64 cpu_id_register(u32 crm, u32 op2) { return ID(crm, op2); }
bool cpu_has_cntpoff(void) { return cntpoff_works; }
bool cpu_has_fwb(void) { return field_get(ID_AA64MMFR2_FWB, ID_AA64MMFR2) != 0; }
bool cpu_has_ras(void) { return field_get(ID_AA64PFR0_RAS, ID_AA64PFR0) != 0; }
bool cpu_has_rndr(void) { return field_get(ID_AA64ISAR0_RNDR, ID_AA64ISAR0) != 0; }
u32 cpu_breakpoints(void) { return (u32)field_get(ID_AA64DFR0_BRPS, ID_AA64DFR0) + 1; }
u32 cpu_watchpoints(void) { return (u32)field_get(ID_AA64DFR0_WRPS, ID_AA64DFR0) + 1; }

bool cpu_has_pauth(void)
{
	return ID_AA64ISAR1 & (ID_AA64ISAR1_APA | ID_AA64ISAR1_API) || ID_AA64ISAR2 & ID_AA64ISAR2_APA3;
}

u32 cpu_pa_bits(void)
{
	static const u8 bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};

	return bits[field_get(ID_AA64MMFR0_PARANGE, ID_AA64MMFR0) & 7];
}

u32 cpu_vmid_bits(void) { return field_get(ID_AA64MMFR1_VMIDBITS, ID_AA64MMFR1) ? 16 : 8; }

bool cpu_random(u64 *value)
{
	u64 flags;

	if (!cpu_has_rndr())
		return false;
	asm volatile("mrs %0, s3_3_c2_c4_0\n\tmrs %1, nzcv" : "=r"(*value), "=r"(flags)::"cc");
	return !(flags & BIT(30)); /* Z: no number in time */
}

static u64 trap_control(void)
{
	u64 hcr = HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID3 | HCR_TSC | HCR_TIDCP |
	          HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR;

	if (cpu_has_pauth())
		hcr |= HCR_APK | HCR_API;
	/* A guest's memory is coherent then, so set/way maintenance has nothing to do, but to others' cache lines. */
	if (cpu_has_fwb())
		hcr |= HCR_FWB | HCR_TSW;
	return hcr;
}

/* Debug and PMU: breakpoints are the guest's own; OS lock, trace, SPE, TRBE, DCC and PMU are not. */
static void init_debug(void)
{
	u64 mdcr = MDCR_TDOSA | MDCR_TDRA | MDCR_TTRF | MDCR_TPMS | MDCR_TDCC;
	u64 pmu = field_get(ID_AA64DFR0_PMUVER, ID_AA64DFR0);

	if (pmu != 0 && pmu != 0xf)
		mdcr |= field_put(MDCR_HPMN, (read_sysreg(pmcr_el0) >> 11) & 31) | MDCR_TPM | MDCR_TPMCR;
	write_sysreg(mdcr_el2, mdcr);
	write_sysreg(oslar_el1, 0); /* the lock would silence the guest's own breakpoints */
}

/* 0 in these registers means: trap what is newer than we are, and no fine-grained trap of the rest. */
static void init_newer_traps(void)
{
	if (field_get(ID_AA64MMFR0_FGT, ID_AA64MMFR0)) {
		write_sysreg(hfgrtr_el2, 0);
		write_sysreg(hfgwtr_el2, 0);
		write_sysreg(hfgitr_el2, 0);
		write_sysreg(hdfgrtr_el2, 0);
		write_sysreg(hdfgwtr_el2, 0);
	}
	if (field_get(ID_AA64MMFR1_HCX, ID_AA64MMFR1))
		write_sysreg(S3_4_C1_C2_2, 0); /* HCRX_EL2 */
	if (field_get(ID_AA64PFR0_MPAM, ID_AA64PFR0))
		write_sysreg(S3_4_C10_C5_0, BIT(48) | BIT(49)); /* MPAM2_EL2: trap MPAM0_EL1, MPAM1_EL1 */
}

static u64 stage2_control(void)
{
	u64 range = min_u64(field_get(ID_AA64MMFR0_PARANGE, ID_AA64MMFR0), 5);

	/* 40 bits of IPA: two concatenated tables at level 1 (D8.2.6). */
	return VTCR_RES1 | field_put(TCR_T0SZ, 64 - 40) | field_put(VTCR_SL0, 1) | TCR_IRGN0_WB |
	       TCR_ORGN0_WB | field_put(TCR_SH0_INNER, 3) | field_put(TCR_PS, range) |
	       (cpu_vmid_bits() == 16 ? VTCR_VS : 0);
}

void cpu_init(void)
{
	require(cpu_pa_bits() >= 40);
	write_sysreg(hcr_el2, trap_control());
	write_sysreg(cptr_el2, CPTR_RES1 | CPTR_TZ | CPTR_TSM | CPTR_TTA | CPTR_TAM);
	write_sysreg(hstr_el2, 0);
	write_sysreg(hacr_el2, 0);
	write_sysreg(actlr_el2, 0);
	write_sysreg(vtcr_el2, stage2_control());
	write_sysreg(vttbr_el2, 0);
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	init_debug();
	init_newer_traps();
	/* The guest's physical counter and timer: its own where they have an offset, else trapped. */
	write_sysreg(cnthctl_el2, cpu_has_cntpoff() ? CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN | CNTHCTL_ECV : 0);
	isb(); /* all of it, before the first guest or its tables are touched */
	tlb_flush_guests_local();
}

void cpu_set_guest(u64 vttbr, u64 vmpidr, u64 traps)
{
	write_sysreg(hcr_el2, (read_sysreg(hcr_el2) & ~(HCR_TWI | HCR_TWE)) | traps);
	write_sysreg(vttbr_el2, vttbr);
	write_sysreg(vmpidr_el2, vmpidr);
	isb(); /* before a walk for the guest or an AT instruction */
}

bool cpu_translate_guest(u64 address, u64 *pa_or_fault)
{
	u64 saved = read_sysreg(par_el1);

	asm volatile("at s12e1r, %0" ::"r"(address) : "memory");
	isb(); /* PAR_EL1 holds the result */
	*pa_or_fault = read_sysreg(par_el1);
	write_sysreg(par_el1, saved);
	return !(*pa_or_fault & BIT(0));
}

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

bool cpu_take_serror(u64 *syndrome)
{
	if (!cpu_serror_waits())
		return false;
	u64 saved = read_sysreg(tpidrro_el0);

	write_sysreg(tpidrro_el0, 0);
	asm volatile("msr daifclr, #4\n\tisb\n\tmsr daifset, #4" ::: "memory");
	*syndrome = read_sysreg(tpidrro_el0) & ~BIT(63);
	write_sysreg(tpidrro_el0, saved);
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
