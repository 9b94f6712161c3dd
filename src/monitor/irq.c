/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One interrupt per turn of the loop: a second one ends the guest's slice at once. A guest's
 * timer stays active in the physical GIC until the guest ends it, so that it costs one trap.
 */
#include "monitor/irq.h"

#include "machine/cpu.h"
#include "machine/gic.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/deadline.h"
#include "monitor/vcpu.h"

static u64 affinity[CPU_MAX];
static u32 uart_intid;

void irq_init(const u64 *affinities, u32 count, u32 uart)
{
	for (u32 i = 0; i < count; i++)
		affinity[i] = affinities[i];
	uart_intid = uart;
	if (uart)
		gic_enable_shared(uart, affinity[0]);
}

void irq_init_cpu(void)
{
	gic_enable_private(GIC_KICK_SGI);
	gic_enable_private(GIC_MAINTENANCE_PPI);
	gic_enable_private(TIMER_EL2_PPI);
	gic_enable_private(TIMER_VIRTUAL_PPI);
	if (cpu_has_cntpoff())
		gic_enable_private(TIMER_PHYSICAL_PPI);
}

void irq_kick_cpu(u32 cpu)
{
	if (cpu != cpu_index())
		gic_send(affinity[cpu], GIC_KICK_SGI);
}

void irq_kick(struct vcpu *v) { irq_kick_cpu(v->cpu); }

/* The loaded guest's own timer, or, between two loads, nobody's. */
static void guest_timer(struct vcpu *v, u32 intid)
{
	if (v && v->loaded) {
		gic_drop(intid);
		vgic_fire_hardware(v, intid);
	} else {
		gic_end(intid);
	}
}

void irq_handle(struct vcpu *v)
{
	u32 intid = gic_acknowledge();

	if (intid >= GIC_SPURIOUS && intid < GIC_LPIS)
		return;
	if (intid == TIMER_VIRTUAL_PPI || intid == TIMER_PHYSICAL_PPI) {
		guest_timer(v, intid);
		return;
	}
	gic_end(intid);
	if (intid == TIMER_EL2_PPI)
		deadline_run();
	else if (intid == GIC_MAINTENANCE_PPI && v && v->loaded)
		vgic_maintain(v);
	else if (uart_intid && intid == uart_intid)
		console_interrupt();
}
