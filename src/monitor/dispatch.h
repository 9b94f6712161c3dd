/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: the one place that decodes why a guest stopped, and that moves its PC. */
#pragma once
#include "monitor/syndrome.h"
#include "monitor/vcpu.h"

/*
 * From machine/vectors.S, each time the guest stops: by a synchronous exception, an interrupt (IRQ or FIQ), an
 * SError. x19 to x29 are not in v->regs then. Answer `v`: it goes on at once. NULL: guest_enter() returns, for
 * the loop to look at everything.
 */
struct vcpu *dispatch(struct vcpu *v);
struct vcpu *dispatch_interrupt(struct vcpu *v);
struct vcpu *dispatch_serror(struct vcpu *v);
/* After guest_enter(): deals with a stop that takes all of v->regs, if that is why it returned. */
void dispatch_rest(struct vcpu *v);
/* The last synchronous exception of a vCPU, for people. */
struct syndrome dispatch_syndrome(const struct vcpu *v);
/* Ends the WAIT of a vCPU that slept: its call returns success. */
void dispatch_wake(struct vcpu *v);
