/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to system registers by their Arm ARM name, and the fields we use, named once.
 * No barrier hides in a write: callers say what they order.
 */
#pragma once
#include "lib/bits.h"
#include "lib/types.h"

/* The newest architecture whose register names we use; EL2 itself is compiled for Armv8.0. */
#define SYSREG_ARCH ".arch armv8.6-a+sve+memtag\n\t"

#define read_sysreg(name)                                                  \
	({                                                                 \
		u64 value_;                                                \
		asm volatile(SYSREG_ARCH "mrs %0, " #name : "=r"(value_)); \
		value_;                                                    \
	})
#define write_sysreg(name, value) asm volatile(SYSREG_ARCH "msr " #name ", %x0" ::"rZ"((u64)(value)))

/* HCR_EL2 (D19.2.48) */
#define HCR_VM    BIT(0)
#define HCR_SWIO  BIT(1)
#define HCR_FMO   BIT(3)
#define HCR_IMO   BIT(4)
#define HCR_AMO   BIT(5)
#define HCR_VF    BIT(6)
#define HCR_VI    BIT(7)
#define HCR_VSE   BIT(8)
#define HCR_FB    BIT(9)  /* a guest's maintenance of TLBs and instruction caches reaches all CPUs */
#define HCR_BSU   BIT(10) /* and so do its barriers: inner shareable at least */
#define HCR_DC    BIT(12)
#define HCR_TWI   BIT(13)
#define HCR_TWE   BIT(14)
#define HCR_TID1  BIT(16)
#define HCR_TID3  BIT(18)
#define HCR_TSC   BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR  BIT(21)
#define HCR_TSW   BIT(22)
#define HCR_RW    BIT(31)
#define HCR_CD    BIT(32)
#define HCR_TLOR  BIT(35)
#define HCR_TERR  BIT(36)
#define HCR_APK   BIT(40)
#define HCR_API   BIT(41)
#define HCR_FWB   BIT(46)
#define HCR_ATA   BIT(56)
#define HCR_DCT   BIT(57)
#define HCR_TID5  BIT(58)

/* DISR_EL1, and ESR_ELx of an SError */
#define DISR_A         BIT(31)
#define ESR_SERROR_ISS FIELD(24, 0)

/* CPTR_EL2 with E2H = 0 */
#define CPTR_RES1 0x32ffUL
#define CPTR_TZ   BIT(8)
#define CPTR_TSM  BIT(12)
#define CPTR_TTA  BIT(20)
#define CPTR_TAM  BIT(30)

/* MDCR_EL2 */
#define MDCR_HPMN  FIELD(4, 0)
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM   BIT(6)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA  BIT(11)
#define MDCR_TPMS  BIT(14)
#define MDCR_HPMD  BIT(17)
#define MDCR_TTRF  BIT(19)
#define MDCR_HCCD  BIT(23)
#define MDCR_TDCC  BIT(27)

/* HCRX_EL2, MPAM2_EL2, MPAMHCR_EL2, MPAMIDR_EL1 */
#define HCRX_TALLINT             BIT(6)
#define MPAM2_TRAPMPAM1EL1       BIT(48)
#define MPAM2_TRAPMPAM0EL1       BIT(49)
#define MPAM2_TIDR               BIT(58)
#define MPAMHCR_TRAP_MPAMIDR_EL1 BIT(31)
#define MPAMIDR_HAS_HCR          BIT(17)
#define MPAMIDR_HAS_TIDR         BIT(58)

/* CNTHCTL_EL2 with E2H = 0 */
#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN  BIT(1)
#define CNTHCTL_ECV      BIT(12)

/* SCTLR_EL2 */
#define SCTLR_EL2_RES1 0x30c50830UL
#define SCTLR_M        BIT(0)
#define SCTLR_C        BIT(2)
#define SCTLR_SA       BIT(3)
#define SCTLR_I        BIT(12)
#define SCTLR_WXN      BIT(19)
#define SCTLR_ATA      BIT(43)

/* MAIR_EL2: 0 is Device, 1 Normal memory, 2 what windows show (machine/start.S) */
#define MAIR_WINDOW FIELD(23, 16)

/* TCR_EL2 with E2H = 0, VTCR_EL2 */
#define TCR_EL2_RES1  (BIT(31) | BIT(23))
#define VTCR_RES1     BIT(31)
#define TCR_T0SZ      FIELD(5, 0)
#define VTCR_SL0      FIELD(7, 6)
#define TCR_IRGN0_WB  FIELD(8, 8)
#define TCR_ORGN0_WB  FIELD(10, 10)
#define TCR_SH0_INNER FIELD(13, 12)
#define TCR_PS        FIELD(18, 16)
#define VTCR_VS       BIT(19)

/* VTTBR_EL2 */
#define VTTBR_VMID FIELD(63, 48)

/* Feature fields that the hypervisor itself looks at. */
#define ID_AA64PFR0_EL3       FIELD(15, 12)
#define ID_AA64PFR0_RAS       FIELD(31, 28)
#define ID_AA64PFR0_SVE       FIELD(35, 32)
#define ID_AA64PFR0_MPAM      FIELD(43, 40)
#define ID_AA64PFR1_MTE       FIELD(11, 8)
#define ID_AA64PFR1_NMI       FIELD(39, 36)
#define ID_AA64ISAR1_APA      FIELD(7, 4)
#define ID_AA64ISAR1_API      FIELD(11, 8)
#define ID_AA64ISAR2_APA3     FIELD(15, 12)
#define ID_AA64ISAR0_RNDR     FIELD(63, 60)
#define ID_AA64MMFR0_PARANGE  FIELD(3, 0)
#define ID_AA64MMFR0_FGT      FIELD(59, 56)
#define ID_AA64MMFR0_ECV      FIELD(63, 60)
#define ID_AA64MMFR1_VMIDBITS FIELD(7, 4)
#define ID_AA64MMFR1_HCX      FIELD(43, 40)
#define ID_AA64MMFR2_FWB      FIELD(43, 40)
#define ID_AA64DFR0_PMUVER    FIELD(11, 8)
#define ID_DFR0_PERFMON       FIELD(27, 24)
#define ID_AA64DFR0_BRPS      FIELD(15, 12)
#define ID_AA64DFR0_WRPS      FIELD(23, 20)
