/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of a guest: synchronous ones made by hand, SErrors by the CPU. */
#include "monitor/inject.h"

#include "lib/bits.h"
#include "machine/cpu.h"

#define PSTATE_MODE    FIELD(4, 0)
#define PSTATE_EL1T    0x4UL
#define PSTATE_EL1H    0x5UL
#define PSTATE_AARCH32 BIT(4)
#define PSTATE_DAIF    FIELD(9, 6)
#define PSTATE_SSBS    BIT(12)
#define PSTATE_PAN     BIT(22)
#define PSTATE_DIT     BIT(24)
#define PSTATE_TCO     BIT(25)
#define PSTATE_NZCV    FIELD(31, 28)

#define ID_AA64MMFR1_PAN FIELD(23, 20)
#define SCTLR_SPAN       BIT(23)
#define SCTLR_DSSBS      BIT(44)

#define ESR_IL BIT(25)
#define ESR_EC FIELD(31, 26)
enum {
	EC_UNKNOWN = 0x00,
	EC_FETCH_LOWER = 0x20,
	EC_FETCH_SAME = 0x21,
	EC_DATA_LOWER = 0x24,
	EC_DATA_SAME = 0x25
};

static bool from_el0(const struct vcpu *v)
{
	return (v->regs.pstate & PSTATE_MODE) == 0 || v->regs.pstate & PSTATE_AARCH32;
}

/* D1.3.1.2: which of the four groups of vectors. */
static u64 vector_offset(const struct vcpu *v)
{
	if (v->regs.pstate & PSTATE_AARCH32)
		return 0x600;
	switch (v->regs.pstate & PSTATE_MODE) {
	case 0:
		return 0x400;
	case PSTATE_EL1T:
		return 0x000;
	default:
		return 0x200;
	}
}

/* Bits of a newer architecture stay as they were where the CPU has them, else they are RES0 anyway. */
static u64 pstate_after(const struct vcpu *v)
{
	u64 sctlr = vcpu_read(v, CONTEXT_sctlr_el1);
	u64 kept = v->regs.pstate & (PSTATE_NZCV | PSTATE_PAN | PSTATE_DIT);
	u64 pstate =
		PSTATE_EL1H | PSTATE_DAIF | (v->regs.pstate & PSTATE_AARCH32 ? kept & ~PSTATE_DIT : kept);

	if (!(sctlr & SCTLR_SPAN) && field_get(ID_AA64MMFR1_PAN, cpu_id_register(7, 1)))
		pstate |= PSTATE_PAN;
	if (sctlr & SCTLR_DSSBS)
		pstate |= PSTATE_SSBS;
	if (field_get(ID_AA64PFR1_MTE, cpu_id_register(4, 1)))
		pstate |= PSTATE_TCO;
	return pstate;
}

static void take(struct vcpu *v, u64 esr)
{
	u64 vector = vcpu_read(v, CONTEXT_vbar_el1) + vector_offset(v);
	u64 pstate = pstate_after(v);

	vcpu_write(v, CONTEXT_elr_el1, v->regs.pc);
	vcpu_write(v, CONTEXT_spsr_el1, v->regs.pstate);
	vcpu_write(v, CONTEXT_esr_el1, esr);
	v->regs.pc = vector;
	v->regs.pstate = pstate;
	v->injected_at = vector + 1;
}

void inject_undefined(struct vcpu *v, bool wide)
{
	take(v, field_put(ESR_EC, EC_UNKNOWN) | (wide ? ESR_IL : 0));
}

void inject_fetch_abort(struct vcpu *v, u64 address, u64 status)
{
	vcpu_write(v, CONTEXT_far_el1, address);
	take(v, field_put(ESR_EC, from_el0(v) ? EC_FETCH_LOWER : EC_FETCH_SAME) | ESR_IL | status);
}

void inject_data_abort(struct vcpu *v, u64 address, u64 iss)
{
	vcpu_write(v, CONTEXT_far_el1, address);
	take(v, field_put(ESR_EC, from_el0(v) ? EC_DATA_LOWER : EC_DATA_SAME) | ESR_IL | iss);
}

void inject_serror(struct vcpu *v, u64 iss)
{
	vcpu_write(v, CONTEXT_vsesr_el2, iss);
	vcpu_raise_serror(v);
}

bool inject_is_stuck(const struct vcpu *v) { return v->injected_at == v->regs.pc + 1; }
