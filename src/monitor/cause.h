/* SPDX-License-Identifier: Apache-2.0 */
/* ESR_EL2 as dispatch.c reads it (Arm ARM D19.2.37): exception classes that can stop a guest, and their ISS. */
#pragma once
#include "lib/bits.h"

#define ESR_EC  FIELD(31, 26)
#define ESR_IL  BIT(25)
#define ESR_ISS FIELD(24, 0)
/* ISS of a data abort */
#define ESR_ISV         BIT(24)
#define ESR_SAS         FIELD(23, 22)
#define ESR_SAS_WORD    BIT(23) /* 4 bytes or 8 */
#define ESR_SSE         BIT(21)
#define ESR_SRT         FIELD(20, 16)
#define ESR_SF          BIT(15)
#define ESR_CM          BIT(8)
#define ESR_S1PTW       BIT(7)
#define ESR_WNR         BIT(6)
#define ESR_FSC         FIELD(5, 0)
#define FSC_KIND        0x3cUL /* without the level */
#define FSC_TRANSLATION 0x04UL
#define FSC_PERMISSION  0x0cUL /* HPFAR_EL2 says nothing then */
/* ISS of HVC and SMC */
#define ESR_IMMEDIATE FIELD(15, 0)
/* ISS of a trapped MSR, MRS or system instruction */
#define ESR_SYS_RT   FIELD(9, 5)
#define ESR_SYS_READ BIT(0)

/* Causes whose ISS has CV and COND. */
#define CONDITIONAL                                                                       \
	(BIT(CAUSE_WFX) | BIT(CAUSE_MCR_P15) | BIT(CAUSE_MCRR_P15) | BIT(CAUSE_MCR_P14) | \
	 BIT(CAUSE_LDC_P14) | BIT(CAUSE_FP) | BIT(CAUSE_VMRS) | BIT(CAUSE_MCRR_P14))

/* Exception classes that HCR_EL2 and its kin, as machine/cpu.c sets them, can cause. */
enum cause {
	CAUSE_UNKNOWN = 0x00,
	CAUSE_WFX = 0x01,
	CAUSE_MCR_P15 = 0x03, /* of AArch32, to the last of them */
	CAUSE_MCRR_P15 = 0x04,
	CAUSE_MCR_P14 = 0x05,
	CAUSE_LDC_P14 = 0x06,
	CAUSE_FP = 0x07,
	CAUSE_VMRS = 0x08,
	CAUSE_MCRR_P14 = 0x0c,
	CAUSE_HVC = 0x16,
	CAUSE_SMC = 0x17,
	CAUSE_SYSREG = 0x18,
	CAUSE_ABORTS = 0x20, /* the bit that aborts have, and nothing else that we trap */
	CAUSE_FETCH_ABORT = 0x20,
	CAUSE_DATA_ABORT = 0x24,
};
