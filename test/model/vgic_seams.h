/* SPDX-License-Identifier: Apache-2.0 */
/* What the harness of the virtual GIC puts in place of the monitor and the timers. A program includes it once. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

#include "lib/require.h"
#include "machine/pmu.h"
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
u64 timer_count(void) { return 0; }
u64 timer_now(void) { return 1000; }
bool timer_guest_virtual_line(void) { return harness.timer_line[gich_fake_selected()][0]; }
bool timer_guest_physical_line(void) { return harness.timer_line[gich_fake_selected()][1]; }
u32 pmu_interrupt(void) { return 0; } /* this machine has none */
bool pmu_line(void) { return false; }
bool pmu_saved_line(const struct pmu *p) { return (void)p, false; }

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
