/* SPDX-License-Identifier: Apache-2.0 */
/* What taking an exception at EL1 looks like (Arm ARM D1.3, AArch64.TakeException). */
#pragma once
#include "monitor/vcpu.h"

/* The loaded vCPU takes an Undefined Instruction exception at its current PC. `wide`: it is 4 bytes long. */
void inject_undefined(struct vcpu *v, bool wide);
/* An abort of an instruction fetch, or of a data access (`write`), at `address`; `status` is ISS.IFSC or .DFSC. */
void inject_fetch_abort(struct vcpu *v, u64 address, u64 status);
void inject_data_abort(struct vcpu *v, u64 address, u64 status, bool write);
/* Whether the fetch that aborted is the first after an injection: the vectors cannot be executed. */
bool inject_is_stuck(const struct vcpu *v);
