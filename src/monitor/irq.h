/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts: ours, or whose; and how one CPU asks another for its attention. */
#pragma once
#include "lib/types.h"
#include "monitor/counters.h"

struct vcpu;

/* Makes the CPU that runs `v` leave the guest and pass its loop; nothing if `v` is on this CPU. */
void irq_kick(struct vcpu *v);
void irq_kick_cpu(u32 cpu);
/* The same, this one included: it passes its loop before its guest goes on. */
void irq_kick_any(u32 cpu);
/* Takes and handles one interrupt that is pending on this CPU, if any; which kind. `v` is this CPU's vCPU or NULL. */
enum counter_cause irq_handle(struct vcpu *v);
/* The same for a `v` that is loaded in this CPU, and just stopped. */
enum counter_cause irq_handle_loaded(struct vcpu *v);
/* Boot: how the machine's CPUs are addressed, and the UART's INTID (0: none), which goes to CPU 0. */
void irq_init(const u64 *affinities, u32 count, u32 uart_intid);
/* Boot, once it is known which CPUs are dedicated: the UART's interrupt goes to the CPU with this affinity. */
void irq_route_uart(u64 affinity);
/* EL2's own interrupts on this CPU: the SGI of kicks, the EL2 timer, maintenance. */
void irq_init_cpu(void);
