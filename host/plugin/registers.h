/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the CPU that is executing, by name. */
#pragma once
#include "lib/types.h"

enum reg {
	REG_X0,
	REG_CPSR = 31,
	REG_TPIDR_EL2,
	REG_VTTBR_EL2,
	REG_VTCR_EL2,
	REG_ESR_EL2,
	REG_SPSR_EL2,
	REG_ELR_EL2,
	REG_HPFAR_EL2,
	REG_FAR_EL2,
	REG_COUNT
};

/* From a vCPU's initialisation: finds them all. NULL, or the name of one that this CPU lacks. */
const char *registers_find(void);
u64 registers_read(enum reg which);
