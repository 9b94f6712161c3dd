/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AArch32 at EL0 does differently from AArch64, where its instructions are trapped: conditions, IT blocks,
 * coprocessor registers (Arm ARM G1.12, G8, D19.2.37).
 */
#pragma once
#include "virtual/reg.h"

/*
 * Whether a trapped instruction's condition is met; a CPU may trap one whose condition is not. `iss` is of a class
 * that has CV and COND; `pstate` is of AArch32.
 */
bool aarch32_is_executed(u64 iss, u64 pstate);
/* PSTATE behind the instruction: the IT block has advanced. */
u64 aarch32_next(u64 pstate);

/* Kinds of trapped accesses to coprocessor registers. */
enum aarch32_access { AARCH32_MCR_P15, AARCH32_MCRR_P15, AARCH32_MCR_P14, AARCH32_MCRR_P14 };
/* A register, or a pair of halves, from or to the vCPU's registers, all of which are in it. */
enum verdict aarch32_register(struct vcpu *v, enum aarch32_access kind, u64 iss);
