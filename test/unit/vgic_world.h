/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the harness of the virtual GIC puts in place of the monitor and the timers, and what its
 * tests do all the time. A test program includes it once, after cmocka.h.
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>

#include "lib/require.h"
#include "machine/timer.h"
#include "model/vgic_harness.h"
#include "monitor/irq.h"
#include "spinlock_fake.h"
#include "virtual/vgic_list.h"

_Noreturn void panic(const char *sentence, const char *where)
{
	fprintf(stderr, "%s: %s\n", where, sentence);
	abort();
}

u64 vcpu_mpidr(u32 id) { return BIT(31) | id; }
u64 timer_now(void) { return 1000; }
bool timer_guest_virtual_line(void) { return harness.timer_line[gich_fake_selected()][0]; }
bool timer_guest_physical_line(void) { return harness.timer_line[gich_fake_selected()][1]; }

/* Another CPU folds at once for one that waits for it, if told that it must; else it passes its loop later. */
void irq_kick(struct vcpu *v)
{
	u32 here = gich_fake_selected();

	if (v->id == here)
		return;
	harness.kicks++;
	harness.kicked[v->id] = true;
	if (!harness.vm.vgic.recallers || spinlock_fake_is_held(&harness.vm.vgic.lock) || !v->loaded ||
	    !v->vgic.changed)
		return;
	gich_fake_select(v->id);
	spinlock_take(&harness.vm.vgic.lock);
	vgic_fold(v);
	spinlock_give(&harness.vm.vgic.lock);
	gich_fake_select(here);
}

enum { SPI = 40, SPI2 = 41, PPI = 20, VTIMER = 27, SPURIOUS = GICH_FAKE_SPURIOUS };
enum { ISENABLER = 0x100, ICENABLER = 0x180, ISPENDR = 0x200, ICPENDR = 0x280, ISACTIVER = 0x300, ICACTIVER = 0x380 };
enum { IPRIORITYR = 0x400, ICFGR = 0xc00, IROUTER = 0x6000 };

static inline void put_bit(u32 k, u32 array, u32 intid)
{
	if (intid < 32)
		harness_redist_write(k, k, 0x10000 + array, 4, 1U << intid);
	else
		harness_dist_write(k, array + intid / 32 * 4, 4, 1U << intid % 32);
}

static inline bool get_bit(u32 k, u32 array, u32 intid)
{
	if (intid < 32)
		return harness_redist_read(k, k, 0x10000 + array, 4) >> intid & 1;
	return harness_dist_read(k, array + intid / 32 * 4, 4) >> intid % 32 & 1;
}

static inline void set_priority(u32 intid, u32 priority) { harness_dist_write(0, IPRIORITYR + intid, 1, priority); }

static inline void make_edge(u32 intid)
{
	u32 offset = ICFGR + intid / 16 * 4;

	harness_dist_write(0, offset, 4, harness_dist_read(0, offset, 4) | 2U << intid % 16 * 2);
}

static inline void route(u32 intid, u64 to) { harness_dist_write(0, IROUTER + intid * 8, 8, to); }

/* Between two steps of every test. */
static inline void settled(void)
{
	assert_null(harness_settle());
	assert_null(harness_check());
}

static inline bool interrupted(u32 k)
{
	gich_fake_select(k);
	return gich_fake_signals(0) || gich_fake_signals(1);
}

static inline void takes(u32 k, u32 intid)
{
	settled();
	assert_int_equal(harness_ack(k, 1), intid);
	settled();
}

static inline void ends(u32 k, u32 intid)
{
	harness_eoi(k, 1, intid);
	settled();
}
