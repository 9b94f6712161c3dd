/* SPDX-License-Identifier: Apache-2.0 */
/* What taking an exception at EL1 looks like (Arm ARM D1.3, AArch64.TakeException), and who makes it. */
#pragma once
#include "monitor/vcpu.h"

/* The loaded vCPU takes an Undefined Instruction exception at its current PC. `wide`: it is 4 bytes long. */
void inject_undefined(struct vcpu *v, bool wide);
/* An abort of an instruction fetch at `address`; `status` is ISS.IFSC. */
void inject_fetch_abort(struct vcpu *v, u64 address, u64 status);
/* Of a data access, or of an instruction that maintains caches or translates addresses; `iss` is DFSC, WnR and CM. */
void inject_data_abort(struct vcpu *v, u64 address, u64 iss);
/*
 * A virtual SError waits for the vCPU, loaded or not: the CPU delivers it once PSTATE.A allows (HCR_EL2.VSE). What
 * ESR_EL1.ISS then is, is the CPU's own choice where it has no RAS (D19.2.163, VSESR_EL2).
 */
void inject_serror(struct vcpu *v, u64 iss);
/* Whether the fetch that aborted is the first after an injection: the vectors cannot be executed. */
bool inject_is_stuck(const struct vcpu *v);
