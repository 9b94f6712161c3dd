/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One interrupt per turn of the loop: a second one ends the guest's slice at once. A guest's
 * timer stays active in the physical GIC until the guest ends it, so that it costs one trap.
 */
#include "monitor/irq.h"

#include "machine/cpu.h"
#include "machine/gic.h"
#include "machine/pmu.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/deadline.h"
#include "monitor/share.h"
#include "monitor/vcpu.h"

static u64 kick[CPU_MAX]; /* gic_sgi_value() of each */
static u32 uart_intid;

void irq_init(const u64 *affinities, u32 count, u32 uart)
{
	for (u32 i = 0; i < count; i++)
		kick[i] = gic_sgi_value(affinities[i], GIC_KICK_SGI);
	uart_intid = uart;
	if (uart)
		gic_enable_shared(uart, affinities[0]);
}

void irq_route_uart(u64 affinity)
{
	if (uart_intid)
		gic_enable_shared(uart_intid, affinity);
}

void irq_init_cpu(void)
{
	gic_enable_private(GIC_KICK_SGI);
	gic_enable_private(GIC_MAINTENANCE_PPI);
	gic_enable_private(TIMER_EL2_PPI);
	gic_enable_private(TIMER_VIRTUAL_PPI);
	if (cpu_has_cntpoff())
		gic_enable_private(TIMER_PHYSICAL_PPI);
	if (pmu_interrupt())
		gic_enable_private(pmu_interrupt());
}

void irq_kick_cpu(u32 cpu)
{
	if (cpu != cpu_index())
		gic_send(kick[cpu]);
}

void irq_kick_any(u32 cpu) { gic_send(kick[cpu]); }

void irq_kick(struct vcpu *v)
{
	if (unlikely(v->shares))
		share_notice(v);
	else
		irq_kick_cpu(v->cpu);
}

/* Everything but what a running guest sees all the time. */
static __attribute__((noinline)) enum counter_cause handle_rare(u32 intid)
{
	if (intid >= GIC_SPURIOUS && intid < GIC_LPIS)
		return COUNTER_DEVICE;
	gic_end(intid); /* also of a timer that fired between two loads: it was nobody's */
	switch (intid) {
	case GIC_KICK_SGI:
		return COUNTER_KICK;
	case TIMER_EL2_PPI:
		deadline_run();
		return COUNTER_DEADLINE;
	case GIC_MAINTENANCE_PPI:
		return COUNTER_MAINTENANCE;
	default:
		if (uart_intid && intid == uart_intid)
			console_interrupt();
		return COUNTER_DEVICE;
	}
}

static __attribute__((noinline)) enum counter_cause handle_overflow(struct vcpu *v, u32 intid)
{
	gic_drop(intid);
	vgic_fire_seldom(v, intid);
	return COUNTER_PMU;
}

enum counter_cause irq_handle_loaded(struct vcpu *v)
{
	u32 intid = gic_acknowledge();

	if (likely(intid == TIMER_VIRTUAL_PPI || intid == TIMER_PHYSICAL_PPI)) {
		gic_drop(intid);
		vgic_fire_hardware(v, intid);
		return likely(intid == TIMER_VIRTUAL_PPI) ? COUNTER_TIMER : COUNTER_TIMER_PHYSICAL;
	}
	if (intid == GIC_KICK_SGI) {
		gic_end(intid);
		vgic_mail_receive(v);
		return COUNTER_KICK;
	}
	if (intid == pmu_interrupt() && v->pmu.used)
		return handle_overflow(v, intid);
	enum counter_cause cause = handle_rare(intid);

	if (cause == COUNTER_MAINTENANCE)
		vgic_maintain(v);
	return cause;
}

enum counter_cause irq_handle(struct vcpu *v)
{
	if (v && v->loaded)
		return irq_handle_loaded(v);
	return handle_rare(gic_acknowledge());
}
