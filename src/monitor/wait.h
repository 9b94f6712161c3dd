/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped WFI and WFE, where that is a VM's policy (doc/vm.md), with or without a time. */
#pragma once
#include "monitor/vcpu.h"

/* `iss` is the exit's; all registers of the guest are in `v`. WAIT: it sleeps. DONE: it goes on. */
enum verdict wait_interpret(struct vcpu *v, u64 iss);
