/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction that a guest stands at. */
#pragma once
#include "monitor/vcpu.h"

/*
 * The A64 instruction at the PC of the loaded `v`, read now: another vCPU may have changed it, or the tables that
 * lead to it, since it trapped. False: it cannot be read. PAR_EL1 is kept.
 */
bool fetch_instruction(const struct vcpu *v, u32 *instruction);
