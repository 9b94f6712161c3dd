/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU interfaces of the specification of vgic_model.h (IHI 0069 §4.8, §3.2). */
#include "model/vgic_model.h"

enum { IDLE = 0xff };

bool vgic_model_is_target(const struct vgic_model *m, u32 pe, u32 intid)
{
	if (intid < MODEL_PRIVATE)
		return true;
	return m->shared[intid].route == pe;
}

u32 vgic_model_running(const struct vgic_model *m, u32 pe)
{
	const struct model_pe *p = &m->pe[pe];

	return p->nesting ? p->running[p->nesting - 1] : IDLE;
}

/* Whether it is among what the PE's interface would look at. */
static bool is_forwarded(struct vgic_model *m, u32 pe, u32 intid)
{
	const struct model_interrupt *i = vgic_model_interrupt(m, pe, intid);

	return i->state == PENDING && i->enabled && m->forward[i->group1] &&
	       m->pe[pe].group_enabled[i->group1] && vgic_model_is_target(m, pe, intid);
}

/* Priority of the highest priority pending interrupt; IDLE: none. */
static u32 highest(struct vgic_model *m, u32 pe)
{
	u32 best = IDLE;

	for (u32 intid = 0; intid < MODEL_INTIDS; intid++)
		if (is_forwarded(m, pe, intid) && vgic_model_interrupt(m, pe, intid)->priority < best)
			best = vgic_model_interrupt(m, pe, intid)->priority;
	return best;
}

bool vgic_model_would_wake(struct vgic_model *m, u32 pe) { return highest(m, pe) < m->pe[pe].pmr; }

/* How many low bits of a priority do not count for preemption (tables 4-7 and 4-8 of §4.8). */
static u32 subpriority_bits(const struct model_pe *p, u32 group)
{
	return group == 0 || p->common ? p->bpr[0] + 1 : p->bpr[1];
}

static u32 group_priority(const struct model_pe *p, u32 group, u32 priority)
{
	return priority >> subpriority_bits(p, group) << subpriority_bits(p, group);
}

void vgic_model_set_bpr(struct vgic_model *m, u32 pe, u32 group, u32 point)
{
	struct model_pe *p = &m->pe[pe];

	if (!(group && p->common))
		p->bpr[group] = point < 2 + group ? 2 + group : point;
}

/* One of the highest priority that is pending: whether it interrupts. */
static bool interrupts(const struct vgic_model *m, u32 pe, const struct model_interrupt *i)
{
	const struct model_pe *p = &m->pe[pe];
	u32 running = vgic_model_running(m, pe);

	if (i->priority >= p->pmr)
		return false;
	return p->nesting == 0 ||
	       group_priority(p, i->group1, i->priority) < group_priority(p, i->group1, running);
}

static bool is_highest(struct vgic_model *m, u32 pe, u32 intid)
{
	return is_forwarded(m, pe, intid) && vgic_model_interrupt(m, pe, intid)->priority == highest(m, pe);
}

bool vgic_model_may_be_quiet(struct vgic_model *m, u32 pe)
{
	bool none = true;

	for (u32 intid = 0; intid < MODEL_INTIDS; intid++) {
		if (!is_forwarded(m, pe, intid) || !is_highest(m, pe, intid))
			continue;
		none = false;
		if (!interrupts(m, pe, vgic_model_interrupt(m, pe, intid)))
			return true;
	}
	return none;
}

bool vgic_model_may_signal(struct vgic_model *m, u32 pe, u32 group)
{
	for (u32 intid = 0; intid < MODEL_INTIDS; intid++) {
		const struct model_interrupt *i = vgic_model_interrupt(m, pe, intid);

		if (i->group1 == group && is_forwarded(m, pe, intid) && is_highest(m, pe, intid) &&
		    interrupts(m, pe, i))
			return true;
	}
	return false;
}

bool vgic_model_may_ack(struct vgic_model *m, u32 pe, u32 group, u32 intid)
{
	if (intid == MODEL_SPURIOUS)
		return vgic_model_may_be_quiet(m, pe) || vgic_model_may_signal(m, pe, !group);
	const struct model_interrupt *i = vgic_model_interrupt(m, pe, intid);

	return is_highest(m, pe, intid) && i->group1 == group && interrupts(m, pe, i);
}

bool vgic_model_may_be_highest(struct vgic_model *m, u32 pe, u32 group, u32 intid)
{
	if (intid != MODEL_SPURIOUS)
		return is_highest(m, pe, intid) && vgic_model_interrupt(m, pe, intid)->group1 == group;
	if (highest(m, pe) == IDLE)
		return true;
	for (u32 other = 0; other < MODEL_INTIDS; other++)
		if (is_forwarded(m, pe, other) && is_highest(m, pe, other) &&
		    vgic_model_interrupt(m, pe, other)->group1 != group)
			return true;
	return false;
}

u32 vgic_model_levels(const struct vgic_model *m, u32 pe, u32 group)
{
	u32 levels = 0;

	for (u32 n = 0; n < m->pe[pe].nesting; n++)
		if (m->pe[pe].group[n] == group)
			levels |= 1U << (m->pe[pe].running[n] / 8);
	return levels;
}

void vgic_model_ack(struct vgic_model *m, u32 pe, u32 intid)
{
	struct model_interrupt *i = vgic_model_interrupt(m, pe, intid);
	struct model_pe *p = &m->pe[pe];

	p->group[p->nesting] = i->group1;
	p->running[p->nesting++] = (u8)group_priority(p, i->group1, i->priority);
	vgic_model_acknowledge(i);
}

void vgic_model_eoi(struct vgic_model *m, u32 pe, u32 intid)
{
	struct model_pe *p = &m->pe[pe];

	if (!p->nesting)
		return;
	p->nesting--;
	if (!p->split)
		vgic_model_deactivate(vgic_model_interrupt(m, pe, intid));
}

void vgic_model_dir(struct vgic_model *m, u32 pe, u32 intid)
{
	if (m->pe[pe].split && intid < MODEL_INTIDS)
		vgic_model_deactivate(vgic_model_interrupt(m, pe, intid));
}
