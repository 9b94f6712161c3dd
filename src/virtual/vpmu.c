/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of the PMU as values of struct pmu (Arm ARM D19.5). A machine without EL2 and EL3, which the guest's
 * is, filters by EL0 and EL1 alone. What PMUSERENR_EL0 forbids EL0 the CPU has sent to EL1 before.
 * No lock: all runs on the CPU of the vCPU.
 */
#include "virtual/vpmu.h"

#include "lib/bits.h"
#include "monitor/vm.h"
#include "virtual/vsysreg.h"

#define EL0(crm, op2) VSYSREG_KEY(3, 3, 9, crm, op2)
#define EL1(crm, op2) VSYSREG_KEY(3, 0, 9, crm, op2)
enum key {
	PMINTENSET = EL1(14, 1),
	PMINTENCLR = EL1(14, 2),
	PMMIR = EL1(14, 6),
	PMCR = EL0(12, 0),
	PMCNTENSET = EL0(12, 1),
	PMCNTENCLR = EL0(12, 2),
	PMOVSCLR = EL0(12, 3),
	PMSWINC = EL0(12, 4),
	PMSELR = EL0(12, 5),
	PMCEID0 = EL0(12, 6),
	PMCEID1 = EL0(12, 7),
	PMCCNTR = EL0(13, 0),
	PMXEVTYPER = EL0(13, 1),
	PMXEVCNTR = EL0(13, 2),
	PMUSERENR = EL0(14, 0),
	PMOVSSET = EL0(14, 3),
	PMCCFILTR = VSYSREG_KEY(3, 3, 14, 15, 7),
};

#define CONTROL_BITS (PMCR_E | FIELD(6, 3)) /* D, X, DP, LC */
#define SELECT_BITS  FIELD(4, 0)
#define USER_BITS    FIELD(3, 0) /* EN, SW, CR, ER */
#define FILTER_BITS  (PMU_NOT_EL1 | PMU_NOT_EL0)
#define LOW_HALF     0xffffffffUL
enum { EVENT_SW_INCR = 0, EVENT_CHAIN = 0x1e };

/* An event's number is 10 bits long before PMUv3p1. */
static u64 event_bits(void) { return pmu_version() >= PMU_V3P1 ? 0xffff : 0x3ff; }
/* A counter is 32 bits long before PMUv3p5. */
static u64 counter_bits(void) { return pmu_version() >= PMU_V3P5 ? ~0UL : LOW_HALF; }
/* Those that exist, and the cycle counter. */
static u64 counters_mask(void) { return (BIT(pmu_counters()) - 1) | BIT(PMU_CYCLES); }

static u64 control_bits(void)
{
	return CONTROL_BITS | (pmu_version() >= PMU_V3P5 ? PMCR_LP : 0) |
	       (pmu_version() >= PMU_V3P7 ? PMCR_FZO : 0);
}

/* --- what an access does to a value --- */

static enum verdict constant(struct access *a, u64 value)
{
	a->value = value;
	return DONE;
}

static enum verdict plain(struct access *a, u64 *value, u64 bits)
{
	if (a->write)
		*value = a->value & bits;
	else
		a->value = *value;
	return DONE;
}

static enum verdict set(struct access *a, u64 *value)
{
	if (a->write)
		*value |= a->value & counters_mask();
	else
		a->value = *value;
	return DONE;
}

static enum verdict clear(struct access *a, u64 *value)
{
	if (a->write)
		*value &= ~a->value;
	else
		a->value = *value;
	return DONE;
}

/* AArch32 writes the lower half of the cycle counter and leaves the upper (G8.4). */
static enum verdict cycles(struct access *a, struct pmu *p)
{
	if (a->write && a->size == 4)
		a->value = (p->cycles & ~LOW_HALF) | (a->value & LOW_HALF);
	return plain(a, &p->cycles, ~0UL);
}

static enum verdict control(struct access *a, struct pmu *p)
{
	if (!a->write)
		return constant(a, pmu_identity() | field_put(PMCR_N, pmu_counters()) | p->control);
	p->control = a->value & control_bits();
	if (a->value & PMCR_C)
		p->cycles = 0;
	for (u32 n = 0; a->value & PMCR_P && n < pmu_counters(); n++)
		p->counter[n] = 0;
	return DONE;
}

/* --- counting by an instruction, which has to be done here: at EL2 nothing counts --- */

static bool counts(const struct vcpu *v, u32 n, u32 event)
{
	const struct pmu *p = &v->pmu.state;
	bool at_el0 = (v->regs.pstate & FIELD(3, 2)) == 0;
	u64 filter = at_el0 ? PMU_NOT_EL0 : PMU_NOT_EL1;

	return n < pmu_counters() && p->control & PMCR_E && p->enabled & BIT(n) &&
	       (p->type[n] & (event_bits() | filter)) == event;
}

/* True: it overflowed. */
static bool count_one(struct pmu *p, u32 n)
{
	u64 last = p->control & PMCR_LP ? ~0UL : LOW_HALF, was = p->counter[n];

	p->counter[n] = (was + 1) & counter_bits();
	if ((was & last) != last)
		return false;
	p->overflown |= BIT(n);
	return true;
}

/* An odd counter may continue the one before it (D13.10.3, CHAIN). */
static void software_increment(struct vcpu *v, u64 which)
{
	for (u32 n = 0; n < pmu_counters(); n++) {
		bool counted = which & BIT(n) && counts(v, n, EVENT_SW_INCR);

		if (counted && count_one(&v->pmu.state, n) && n % 2 == 0 && counts(v, n + 1, EVENT_CHAIN))
			count_one(&v->pmu.state, n + 1);
	}
}

/* --- the registers --- */

/* Counter or type n, with a number that does not exist as PMSELR_EL0 may have it: RAZ/WI is allowed (D19.5). */
static enum verdict numbered(struct pmu *p, struct access *a, u32 n, bool type)
{
	if (n >= pmu_counters())
		return constant(a, 0);
	return type ? plain(a, &p->type[n], FILTER_BITS | event_bits())
	            : plain(a, &p->counter[n], counter_bits());
}

/* PMEVCNTR<n>_EL0, CRm = 8 to 11; PMEVTYPER<n>_EL0, CRm = 12 to 15. */
static enum verdict by_number(struct pmu *p, struct access *a)
{
	u32 crm = a->offset >> 1 & 15, n = (crm & 3) << 3 | (a->offset >> 17 & 7);

	return n < pmu_counters() ? numbered(p, a, n, crm & 4) : UNDEF;
}

static enum verdict interpret(struct vcpu *v, struct access *a)
{
	struct pmu *p = &v->pmu.state;

	switch ((enum key)a->offset) {
	case PMCR:
		return control(a, p);
	case PMCNTENSET:
		return set(a, &p->enabled);
	case PMCNTENCLR:
		return clear(a, &p->enabled);
	case PMINTENSET:
		return set(a, &p->interrupting);
	case PMINTENCLR:
		return clear(a, &p->interrupting);
	case PMOVSSET:
		return set(a, &p->overflown);
	case PMOVSCLR:
		return clear(a, &p->overflown);
	case PMSWINC:
		software_increment(v, a->value);
		return DONE;
	case PMSELR:
		return plain(a, &p->select, SELECT_BITS);
	case PMUSERENR:
		return plain(a, &p->user, USER_BITS);
	case PMCEID0:
		return constant(a, pmu_events(0));
	case PMCEID1:
		return constant(a, pmu_events(1));
	case PMMIR:
		return pmu_version() >= PMU_V3P4 ? constant(a, pmu_slots()) : UNDEF;
	case PMCCNTR:
		return cycles(a, p);
	case PMCCFILTR:
		return plain(a, &p->cycle_filter, FILTER_BITS);
	case PMXEVTYPER:
		return p->select == PMU_CYCLES ? plain(a, &p->cycle_filter, FILTER_BITS)
		                               : numbered(p, a, (u32)p->select, true);
	case PMXEVCNTR:
		return numbered(p, a, (u32)p->select, false);
	}
	return by_number(p, a);
}

enum verdict vpmu_access(struct vcpu *v, struct access *a)
{
	struct vpmu *p = &v->pmu;

	if (!v->vm->has_pmu)
		return UNDEF;
	if (p->used)
		pmu_save(&p->state);
	p->used = true;
	enum verdict verdict = pmu_is_direct() ? AGAIN : interpret(v, a);

	pmu_load(&p->state);
	return verdict;
}
