/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine's firmware does besides power, by SMC (SMCCC, DEN0028; TRNG, DEN0098): asked at boot, once for each CPU. A
 * firmware of before SMCCC 1.1, or none at EL3, does nothing.
 */
#pragma once
#include "lib/types.h"

/* CVE-2017-5715, CVE-2018-3639, CVE-2022-23960: SMCCC_ARCH_WORKAROUND_1 to _3. */
enum smccc_flaw { SMCCC_BRANCH_TARGET, SMCCC_STORE_BYPASS, SMCCC_BRANCH_HISTORY, SMCCC_FLAWS };
/* Of all CPUs that have been looked at, the worst: it has the flaw and firmware helps; it has not; nobody says. */
enum smccc_need { SMCCC_SAFE, SMCCC_CALL, SMCCC_UNKNOWN };

/* Boot, on every CPU, one after the other, once the tree has told of the firmware. */
void smccc_probe(void);
enum smccc_need smccc_need(enum smccc_flaw flaw);
/* The workaround of BRANCH_TARGET or BRANCH_HISTORY, on this CPU, if it needs it. Where need is SMCCC_CALL. */
void smccc_flush(enum smccc_flaw flaw);

/* What firmware says of the SoC: whose it is and which, and its revision (§7.4). Negative: nothing. */
enum smccc_soc { SMCCC_SOC_VERSION, SMCCC_SOC_REVISION, SMCCC_SOC_TYPES };
s32 smccc_soc(enum smccc_soc type);

/* Whether firmware has a source of entropy, and which. */
bool smccc_has_entropy(void);
void smccc_entropy_uuid(u32 uuid[4]);
/* 64 bits of it; false: it has none now. */
bool smccc_entropy(u64 *value);
