/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts: ours, or whose; and how one CPU asks another for its attention. */
#pragma once
#include "lib/types.h"

struct vcpu;

/* Makes the CPU that runs `v` leave the guest and pass its loop; nothing if `v` is on this CPU. */
void irq_kick(struct vcpu *v);
/* Takes and handles every interrupt that is pending on this CPU. `v` may be NULL. */
void irq_handle(struct vcpu *v);
/* EL2's own interrupts on this CPU: the SGI of kicks, the EL2 timer, maintenance. */
void irq_init_cpu(void);
