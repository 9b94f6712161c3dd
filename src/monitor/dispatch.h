/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: the one place that decodes why a guest stopped, and that moves its PC. */
#pragma once
#include "monitor/vcpu.h"

void dispatch(struct vcpu *v, enum exit_kind kind);
/* Prints where the vCPU stopped and why, in a line. */
void dispatch_report(const struct vcpu *v);
/* Ends the WAIT of a vCPU that slept: its call returns success. */
void dispatch_wake(struct vcpu *v);
