/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a physical CPU: choose, load, enter the guest, see why it stopped. */
#pragma once
#include "monitor/vcpu.h"

/* Pins a vCPU to CPU v->cpu: from then on that CPU runs it whenever it is on. NULL unpins. Any CPU. */
void run_assign(u32 cpu, struct vcpu *v);
/* The first of `cpus` CPUs that is not dedicated to a vCPU, so that others' work can be done there; 0 if all are. */
u32 run_first_open(u32 cpus);
/* Whether a vCPU that is this CPU's now has something to do there; one whose sleep is over is woken. */
bool run_may_go_on(struct vcpu *v);
/* Whether this CPU's loop has more to do than to enter `v` again, which it just left. */
bool run_is_wanted(const struct vcpu *v);
/* One turn of this CPU's loop. False: nothing to do, the CPU may sleep until an interrupt. */
bool run_once(void);
_Noreturn void run_forever(void);
