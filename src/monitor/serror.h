/* SPDX-License-Identifier: Apache-2.0 */
/* Physical SError interrupts: whose they are, and what follows. */
#pragma once
#include "lib/types.h"
#include "monitor/vcpu.h"

/*
 * The loaded vCPU's: its guest ran, or EL2 did something for it on its CPU. Corrected: counted, no more. Contained, or
 * nobody can tell: the guest takes it as a virtual SError with its syndrome. Not contained: the VM ends with a report.
 * `iss` as ESR_EL2.ISS has it.
 */
void serror_answer(struct vcpu *v, u64 iss);
/* Before the loaded vCPU leaves its CPU: what it has caused comes out now, and is answered. */
void serror_settle(struct vcpu *v);
/* While no vCPU is loaded here: takes the one that waits, so that the CPU can sleep; panics unless it is harmless. */
void serror_take_idle(void);
/* Boot, on each CPU: what firmware and boot loader left behind is said, and forgotten. */
void serror_begin(void);
