/* SPDX-License-Identifier: Apache-2.0 */
/* A WFI may always end early (Arm ARM D1.6), so what cannot be told is answered so. No state, no locks. */
#include "monitor/wait.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/fetch.h"

#define ISS_EVENT BIT(0) /* WFE, WFET */
#define ISS_TIMED BIT(1) /* WFIT, WFET */
#define ISS_RV    BIT(2) /* the next field is valid */
#define ISS_RN    FIELD(9, 5)

#define ID_AA64ISAR2_WFXT FIELD(3, 0)
#define PSTATE_AARCH32    BIT(4)
#define WFI               0xd503207fU
#define WFIT              0xd5031020U
#define WFIT_RN           FIELD(4, 0)

static u64 value_of(const struct vcpu *v, u64 rn) { return rn == 31 ? 0 : v->regs.x[rn]; }

static bool has_wfit(const struct vcpu *v)
{
	return field_get(ID_AA64ISAR2_WFXT, cpu_id_register(6, 2)) && !(v->regs.pstate & PSTATE_AARCH32);
}

/* Until when it waits, by the virtual counter; ~0: it is a WFI. False: that is not known. */
static bool find_time(const struct vcpu *v, u64 iss, u64 *when)
{
	u32 word;

	*when = ~0UL;
	if (iss & ISS_TIMED) {
		*when = value_of(v, field_get(ISS_RN, iss));
		return iss & ISS_RV;
	}
	if (!has_wfit(v))
		return true;
	/* QEMU's syndrome of a WFIT is a WFI's: only the instruction itself tells. */
	if (!fetch_instruction(v, &word))
		return false;
	if ((word & ~(u32)WFIT_RN) == WFIT)
		*when = value_of(v, word & WFIT_RN);
	else if (word != WFI)
		return false;
	return true;
}

enum verdict wait_interpret(struct vcpu *v, u64 iss)
{
	u64 when;

	if (iss & ISS_EVENT && v->shares) {
		sched_give_way(
			&v->sched); /* it spins, and whom it waits for may want this very CPU; it stays runnable */
		return WAIT;
	}
	if (iss & ISS_EVENT || !find_time(v, iss, &when))
		return DONE; /* an event came, as it were: whoever waits looks again */
	vcpu_sleep(v, when);
	return WAIT;
}
