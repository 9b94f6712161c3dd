/* SPDX-License-Identifier: Apache-2.0 */
/* ESR_EL2 for people (Arm ARM D19.2.37). No state. */
#include "monitor/syndrome.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "monitor/counters.h"

#define EC        FIELD(31, 26)
#define ISV       BIT(24)
#define SAS       FIELD(23, 22)
#define SRT       FIELD(20, 16)
#define S1PTW     BIT(7)
#define WNR       BIT(6)
#define FSC       FIELD(5, 0)
#define IMMEDIATE FIELD(15, 0)
/* of a system register */
#define OP0  FIELD(21, 20)
#define OP2  FIELD(19, 17)
#define OP1  FIELD(16, 14)
#define CRN  FIELD(13, 10)
#define RT   FIELD(9, 5)
#define CRM  FIELD(4, 1)
#define READ BIT(0)

enum { HVC = 0x16, SMC = 0x17, SYSREG = 0x18, FETCH_ABORT = 0x20, DATA_ABORT = 0x24 };

bool syndrome_is_abort(u64 esr)
{
	return field_get(EC, esr) == FETCH_ABORT || field_get(EC, esr) == DATA_ABORT;
}

/* The fault status without its level, and whether it has one. */
static const char *fault_name(u64 status)
{
	switch (status >> 2) {
	case 0:
		return "address size fault";
	case 1:
		return "translation fault";
	case 2:
		return "access flag fault";
	case 3:
		return "permission fault";
	case 5:
		return "external abort of a walk";
	default:
		break;
	}
	return status == 0x10   ? "external abort"
	       : status == 0x21 ? "alignment fault"
	                        : "fault of another kind";
}

static void abort_words(u64 esr, char *text)
{
	static const char *const sizes[] = {" of 1 byte", " of 2 bytes", " of 4 bytes", " of 8 bytes"};
	u64 status = field_get(FSC, esr);
	bool data = field_get(EC, esr) == DATA_ABORT, sized = data && (esr & ISV);
	char level[16] = "";

	if (status >> 2 <= 3 || status >> 2 == 5)
		format_text(level, sizeof(level), " at level %u", (u32)status & 3);
	format_text(text, SYNDROME_TEXT, "%s%s, %s%s%s", data ? esr & WNR ? "store" : "load" : "fetch",
	            sized ? sizes[field_get(SAS, esr)] : "", fault_name(status), level,
	            esr & S1PTW ? ", of stage 1's walk" : "");
}

void syndrome_words(u64 esr, char *text)
{
	u64 class = field_get(EC, esr);

	if (syndrome_is_abort(esr))
		abort_words(esr, text);
	else if (class == HVC || class == SMC)
		format_text(text, SYNDROME_TEXT, "%s #%lu", class == HVC ? "HVC" : "SMC",
		            field_get(IMMEDIATE, esr));
	else if (class == SYSREG)
		format_text(text, SYNDROME_TEXT, "%s of S%lu_%lu_C%lu_C%lu_%lu, x%lu",
		            esr & READ ? "read" : "write", field_get(OP0, esr), field_get(OP1, esr),
		            field_get(CRN, esr), field_get(CRM, esr), field_get(OP2, esr),
		            field_get(RT, esr));
	else
		format_text(text, SYNDROME_TEXT, "exception class %lx (%s)", class,
		            counter_name((u32) class));
}
