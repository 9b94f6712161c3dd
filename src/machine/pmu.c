/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2 is never counted: MDCR_EL2.HPMD and HCCD forbid it where they exist; where they do not, or a guest's own
 * PMCR_EL0.DP and filters have a say, the guest's registers are trapped and what is loaded names EL0 and EL1 only.
 * Written at boot, one CPU after the other, read by any after: no lock.
 */
#include "machine/pmu.h"

#include "machine/barrier.h"
#include "machine/feature.h"
#include "machine/sysreg.h"

#define ID_AA64DFR0_MTPMU FIELD(51, 48)
#define MPIDR_MT          BIT(24)
#define TYPE_NOT_EL3      BIT(26) /* PMEVTYPER<n>_EL0.M: EL3 is counted where it equals P */
#define CONTROL_KEPT      (PMCR_E | FIELD(7, 3) | PMCR_FZO)
#define ALL               0xffffffffUL

static struct {
	u32 version, counters;
	u64 events[2], slots;
	bool direct, probed;
} common;
static u32 interrupt;

static u32 version_of(const u64 *own)
{
	u32 version = (u32)field_get(ID_AA64DFR0_PMUVER, own[FEATURE_AT(5, 0)]);

	return version == 15 ? 0 : version; /* 15: there is something, but not PMUv3 */
}

/* Whether another PE's events can be counted: by PMEVTYPER<n>_EL0.MT, which only FEAT_MTPMU lets us forbid. */
static bool counts_threads(const u64 *own)
{
	return read_sysreg(mpidr_el1) & MPIDR_MT && !field_get(ID_AA64DFR0_MTPMU, own[FEATURE_AT(5, 0)]);
}

void pmu_probe(const u64 *own)
{
	u32 version = version_of(own);
	u32 counters = version ? (u32)field_get(PMCR_N, read_sysreg(pmcr_el0)) : 0;
	u64 events[2] = {version ? read_sysreg(pmceid0_el0) : 0, version ? read_sysreg(pmceid1_el0) : 0};
	u64 slots = version >= PMU_V3P4 ? read_sysreg(pmmir_el1) : 0;
	bool direct = version >= PMU_V3P5 && !counts_threads(own);

	if (!common.probed) {
		common.version = version;
		common.counters = counters;
		common.events[0] = events[0];
		common.events[1] = events[1];
		common.slots = slots;
		common.direct = direct;
		common.probed = true;
		return;
	}
	common.direct &= direct && version == common.version && counters == common.counters &&
	                 events[0] == common.events[0] && events[1] == common.events[1] &&
	                 slots == common.slots;
	common.version = version < common.version ? version : common.version;
	common.counters = counters < common.counters ? counters : common.counters;
	common.events[0] &= events[0];
	common.events[1] &= events[1];
	common.slots = slots == common.slots ? slots : 0; /* 0: not known (D19.5, PMMIR_EL1) */
}

void pmu_set_interrupt(u32 intid) { interrupt = intid; }
u32 pmu_interrupt(void) { return interrupt; }
u32 pmu_counters(void) { return common.counters; }
u32 pmu_version(void) { return common.version; }
u64 pmu_events(u32 which) { return common.events[which]; }
u64 pmu_slots(void) { return common.slots; }
bool pmu_is_direct(void) { return common.direct; }
u64 pmu_identity(void) { return read_sysreg(pmcr_el0) & FIELD(31, 16); }

static void trap(bool trapped)
{
	u64 mdcr = read_sysreg(mdcr_el2) & ~(MDCR_TPM | MDCR_TPMCR);

	write_sysreg(mdcr_el2, trapped ? mdcr | MDCR_TPM | MDCR_TPMCR : mdcr);
}

/* Without PMUSERENR_EL0 all of EL0's accesses go to the guest's EL1, as they do when nobody uses the PMU. */
static void stop(void)
{
	write_sysreg(pmcr_el0, 0);
	write_sysreg(pmcntenclr_el0, ALL);
	write_sysreg(pmintenclr_el1, ALL);
	write_sysreg(pmovsclr_el0, ALL);
	write_sysreg(pmuserenr_el0, 0);
	trap(true);
	isb(); /* its interrupt's line is low, before the interrupt controller is looked at */
}

/* With HPMN the counters that not all CPUs have are EL2's, and stopped (HPME is 0). */
void pmu_init_cpu(u32 version)
{
	u64 counters = common.counters ? common.counters : field_get(PMCR_N, read_sysreg(pmcr_el0));
	u64 mdcr = read_sysreg(mdcr_el2);

	mdcr |= field_put(MDCR_HPMN, counters);
	if (version >= PMU_V3P1)
		mdcr |= MDCR_HPMD;
	if (version >= PMU_V3P5)
		mdcr |= MDCR_HCCD;
	write_sysreg(mdcr_el2, mdcr);
	stop();
}

/* A filter as it is loaded. */
static u64 filter(u64 wanted)
{
	if (common.direct)
		return wanted;
	return wanted & PMU_NOT_EL1 ? wanted : wanted | TYPE_NOT_EL3;
}

/* Counter n exists if n is below the count; the names cannot be computed. */
#define FIRST_COUNTERS(DO) \
	DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14)
#define OTHER_COUNTERS(DO) \
	DO(15)             \
	DO(16)             \
	DO(17) DO(18) DO(19) DO(20) DO(21) DO(22) DO(23) DO(24) DO(25) DO(26) DO(27) DO(28) DO(29) DO(30)
#define EACH_COUNTER(DO) FIRST_COUNTERS(DO) OTHER_COUNTERS(DO)

void pmu_load(const struct pmu *p)
{
	u32 counters = common.counters;

#define LOAD(n)                                                       \
	if (n < counters) {                                           \
		write_sysreg(pmevtyper##n##_el0, filter(p->type[n])); \
		write_sysreg(pmevcntr##n##_el0, p->counter[n]);       \
	}
	EACH_COUNTER(LOAD)
#undef LOAD
	write_sysreg(pmccfiltr_el0, filter(p->cycle_filter));
	write_sysreg(pmccntr_el0, p->cycles);
	write_sysreg(pmselr_el0, p->select);
	write_sysreg(pmuserenr_el0, p->user);
	write_sysreg(pmcr_el0, p->control);
	write_sysreg(pmcntenset_el0, p->enabled);
	write_sysreg(pmintenset_el1, p->interrupting);
	write_sysreg(pmovsset_el0, p->overflown); /* QEMU sets the line here, not by E */
	trap(!common.direct);
}

/* Where the registers are trapped, only counting changes them. */
static void save_direct(struct pmu *p)
{
	u32 counters = common.counters;

#define SAVE(n)           \
	if (n < counters) \
		p->type[n] = read_sysreg(pmevtyper##n##_el0);
	EACH_COUNTER(SAVE)
#undef SAVE
	p->cycle_filter = read_sysreg(pmccfiltr_el0);
	p->select = read_sysreg(pmselr_el0);
	p->user = read_sysreg(pmuserenr_el0);
	p->enabled = read_sysreg(pmcntenset_el0);
	p->interrupting = read_sysreg(pmintenset_el1);
	p->control = read_sysreg(pmcr_el0) & CONTROL_KEPT;
}

void pmu_save(struct pmu *p)
{
	u32 counters = common.counters;

	if (common.direct)
		save_direct(p);
#define SAVE(n)           \
	if (n < counters) \
		p->counter[n] = read_sysreg(pmevcntr##n##_el0);
	EACH_COUNTER(SAVE)
#undef SAVE
	p->cycles = read_sysreg(pmccntr_el0);
	p->overflown = read_sysreg(pmovsset_el0);
	stop();
}

bool pmu_line(void)
{
	return read_sysreg(pmcr_el0) & PMCR_E && read_sysreg(pmovsset_el0) & read_sysreg(pmintenset_el1);
}

bool pmu_saved_line(const struct pmu *p) { return p->control & PMCR_E && p->overflown & p->interrupting; }
