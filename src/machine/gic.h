/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GICv3 as EL2 uses it (IHI 0069): group 1, priority drop and deactivation
 * split (EOImode = 1), so that a guest can deactivate what EL2 took. Registers of a CPU are
 * touched by that CPU only; the distributor is set up once by the boot CPU.
 */
#pragma once
#include "lib/types.h"

enum {
	GIC_KICK_SGI = 0,
	GIC_MAINTENANCE_PPI = 25,
	GIC_SPURIOUS = 1020, /* 1020..1023 are not interrupts */
	GIC_LPIS = 8192,     /* none is ours; one that firmware left on is ended like any other */
};

/* `dist` and `redist` are mapped; all redistributor frames follow one another there. */
void gic_init(volatile void *dist, volatile void *redist, u64 redist_size);
/* This CPU's redistributor and CPU interface. False if it has no redistributor frame. */
bool gic_init_cpu(void);
void gic_enable_private(u32 intid);
/* Enables an SPI, level-sensitive, and routes it to the CPU with this affinity. */
void gic_enable_shared(u32 intid, u64 affinity);
u32 gic_acknowledge(void); /* INTID, or GIC_SPURIOUS and above */
void gic_drop(u32 intid);  /* other interrupts may come; this one stays active */
void gic_end(u32 intid);   /* drop and deactivate */
/* What sends it: made once, for it is sent often. */
u64 gic_sgi_value(u64 affinity, u32 sgi);
void gic_send(u64 value);
bool gic_pending(void); /* something waits for this CPU */
