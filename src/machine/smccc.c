/* SPDX-License-Identifier: Apache-2.0 */
/* No locks: written at boot by one CPU after the other, constant after. */
#include "machine/smccc.h"

#include "lib/bits.h"
#include "machine/psci.h"
#include "machine/sysreg.h"

#define PSCI_VERSION   0x84000000UL
#define PSCI_FEATURES  0x8400000aUL
#define SMCCC_VERSION  0x80000000UL
#define ARCH_FEATURES  0x80000001UL
#define SOC_ID         0x80000002UL
#define TRNG_VERSION   0x84000050UL
#define TRNG_FEATURES  0x84000051UL
#define TRNG_GET_UUID  0x84000052UL
#define TRNG_RND64     0xc4000053UL
#define VERSION_1_0    0x10000
#define VERSION_1_1    0x10001
#define NOT_SUPPORTED  -1
#define NOT_REQUIRED   -2
#define PFR0_CSV2      FIELD(59, 56)
#define CSV2_BRANCHES  1 /* branch targets of one context do not speculate in another */
#define CSV2_HISTORIES 3 /* FEAT_CSV2_3: nor do branch histories */

static const u64 calls[SMCCC_FLAWS] = {0x80008000, 0x80007fff, 0x80003fff};
static enum smccc_need needs[SMCCC_FLAWS];
static u32 flawed[SMCCC_FLAWS]; /* a bit for each CPU that needs the call */
static bool looked, has_entropy;
static s32 soc[SMCCC_SOC_TYPES] = {NOT_SUPPORTED, NOT_SUPPORTED};

/* A result of 32 bits. */
static s32 ask(u64 function, u64 argument)
{
	u64 x[4] = {function, argument};

	psci_call(x);
	return (s32)x[0];
}

/* Older firmware may not know the id, and answer anything: so each is asked only where the one before says so (§7.1). */
static bool knows_smccc(void)
{
	return psci_available() && ask(PSCI_VERSION, 0) >= VERSION_1_0 &&
	       ask(PSCI_FEATURES, SMCCC_VERSION) >= 0 && ask(SMCCC_VERSION, 0) >= VERSION_1_1;
}

/* What this CPU says of itself. */
static bool is_safe(enum smccc_flaw flaw)
{
	u64 csv2 = field_get(PFR0_CSV2, read_sysreg(id_aa64pfr0_el1));

	switch (flaw) {
	case SMCCC_BRANCH_TARGET:
		return csv2 >= CSV2_BRANCHES;
	case SMCCC_BRANCH_HISTORY:
		return csv2 >= CSV2_HISTORIES;
	case SMCCC_STORE_BYPASS:
	case SMCCC_FLAWS:
		break;
	}
	return false;
}

static enum smccc_need need_here(enum smccc_flaw flaw, bool firmware)
{
	if (is_safe(flaw))
		return SMCCC_SAFE;
	s32 answer = firmware ? ask(ARCH_FEATURES, calls[flaw]) : -1;
	if (answer == 0)
		return SMCCC_CALL;
	return answer > 0 || (flaw == SMCCC_STORE_BYPASS && answer == NOT_REQUIRED) ? SMCCC_SAFE
	                                                                            : SMCCC_UNKNOWN;
}

static void probe_entropy(void)
{
	has_entropy = ask(TRNG_VERSION, 0) >= VERSION_1_0 && ask(TRNG_FEATURES, TRNG_RND64) >= 0;
}

static void probe_soc(void)
{
	for (u32 type = 0; type < SMCCC_SOC_TYPES && ask(ARCH_FEATURES, SOC_ID) >= 0; type++)
		soc[type] = ask(SOC_ID, type);
}

void smccc_probe(void)
{
	bool firmware = knows_smccc(), first = !looked;

	looked = true;
	for (u32 flaw = 0; flaw < SMCCC_FLAWS; flaw++) {
		enum smccc_need here = need_here((enum smccc_flaw)flaw, firmware);

		if (here == SMCCC_CALL)
			flawed[flaw] |= 1U << read_sysreg(tpidr_el2);
		if (here > needs[flaw])
			needs[flaw] = here;
		if (here == SMCCC_CALL && flaw == SMCCC_STORE_BYPASS)
			ask(calls[flaw], 1); /* on, for good: guests need not think of it */
	}
	if (firmware && first) {
		probe_entropy();
		probe_soc();
	}
}

enum smccc_need smccc_need(enum smccc_flaw flaw) { return looked ? needs[flaw] : SMCCC_UNKNOWN; }

void smccc_flush(enum smccc_flaw flaw)
{
	if (flawed[flaw] >> read_sysreg(tpidr_el2) & 1)
		ask(calls[flaw], 0);
}

s32 smccc_soc(enum smccc_soc type) { return soc[type]; }

bool smccc_has_entropy(void) { return has_entropy; }

void smccc_entropy_uuid(u32 uuid[4])
{
	u64 x[4] = {TRNG_GET_UUID};

	psci_call(x);
	for (u32 i = 0; i < 4; i++)
		uuid[i] = (u32)x[i];
}

bool smccc_entropy(u64 *value)
{
	u64 x[4] = {TRNG_RND64, 64};

	psci_call(x);
	*value = x[3];
	return x[0] == 0;
}
