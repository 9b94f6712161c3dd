/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU interface in software (IHI 0069 §4.8, §12.2), in the place of list registers (vgic_list.c).
 *
 * The words of interrupts hold the whole truth here, so nothing is ever folded or recalled. `listed` marks what a
 * vCPU signals: whoever changes something about it tells that vCPU, which looks again. Invariant: an interrupt is
 * listed exactly while one vCPU has it as `signalled`. HCR_EL2.VI and VF follow on the vCPU's own CPU, before its
 * next entry. What only a guest's own timer changes, without a trap, is looked at when the guest acknowledges it.
 * Lock: vgic.lock, but for what only the vCPU itself changes (`saved`).
 */
#include "virtual/vgic_interface.h"

#include "lib/bits.h"

/* ICC_CTLR_EL1 */
#define CTLR_CBPR    BIT(0)
#define CTLR_EOIMODE BIT(1)
#define CTLR_PRIBITS FIELD(10, 8)
#define CTLR_IDBITS  FIELD(13, 11)
#define CTLR_A3V     BIT(15)

#define EOIR_INTID FIELD(23, 0)

/* 32 levels of preemption: the active priorities of a group are one register. The others are not implemented. */
enum { PREEMPTION_BITS = 5, LEVEL_SHIFT = 8 - PREEMPTION_BITS, IDLE_PRIORITY = 0xff };
enum { BPR0_LEAST = 7 - PREEMPTION_BITS, BPR1_LEAST = BPR0_LEAST + 1, BPR_MOST = 7 };
enum { FIRST_SPECIAL = 1020, IDBITS_24 = 1 };

/* The highest priority pending interrupt of the groups that the interface enables; intid VGIC_SPURIOUS: none. */
struct offer {
	u32 intid, priority, group;
};

/* --- priorities --- */

static u32 bpr0(const struct gich *g) { return (u32)max_u64(field_get(ICH_VMCR_VBPR0, g->vmcr), BPR0_LEAST); }

/* As a guest reads it; with CBPR group 1 has that of group 0, told in its own way: one higher (§12.2). */
static u32 bpr1(const struct gich *g)
{
	if (g->vmcr & ICH_VMCR_VCBPR)
		return (u32)min_u64(bpr0(g) + 1, BPR_MOST);
	return (u32)max_u64(field_get(ICH_VMCR_VBPR1, g->vmcr), BPR1_LEAST);
}

/* The bits of a priority that decide about preemption: its group priority (§4.8). */
static u32 group_mask(const struct gich *g, u32 group)
{
	if (group == 0 || g->vmcr & ICH_VMCR_VCBPR)
		return 0xff & ~0U << (bpr0(g) + 1);
	return 0xff & ~0U << bpr1(g);
}

static u64 active_levels(const struct gich *g) { return g->ap0r[0] | g->ap1r[0]; }

static u32 running_priority(const struct gich *g)
{
	u64 levels = active_levels(g);

	return levels ? lowest_bit(levels) << LEVEL_SHIFT : IDLE_PRIORITY;
}

/* --- what is offered --- */

static void look_into(const struct vcpu *v, const struct vgic_word *w, struct offer *best)
{
	const struct vgic_bank *b = w->bank;
	u64 vmcr = v->vgic.saved.vmcr;
	u32 enabled = (vmcr & ICH_VMCR_VENG1 ? b->group1 : 0) | (vmcr & ICH_VMCR_VENG0 ? ~b->group1 : 0);

	for (u32 bits = vgic_wanted(v->vm, b) & enabled & ~b->listed; bits; bits &= bits - 1) {
		u32 n = lowest_bit(bits);

		if (b->priority[n] >= best->priority ||
		    (!w->owner && v->vm->vgic.target[w->first + n] != v->id))
			continue;
		*best = (struct offer){
			.intid = w->first + n, .priority = b->priority[n], .group = b->group1 >> n & 1};
	}
}

/* `v` signals nothing meanwhile. */
static struct offer find(struct vcpu *v)
{
	struct offer best = {.intid = VGIC_SPURIOUS, .priority = IDLE_PRIORITY};
	struct vgic *g = &v->vm->vgic;
	struct vgic_word w = vgic_private_word(v);

	vgic_settle(v, vgic_wanted(v->vm, w.bank));
	look_into(v, &w, &best);
	for (u32 banks = g->busy; banks; banks &= banks - 1) {
		w = vgic_shared_word(v->vm, lowest_bit(banks));
		if (w.bank->latched | w.bank->line | w.bank->active)
			look_into(v, &w, &best);
		else
			g->busy &= ~(1U << lowest_bit(banks));
	}
	return best;
}

/* Whether it is of sufficient priority to be signalled (§4.8). */
static bool is_sufficient(const struct gich *g, const struct offer *o)
{
	u32 mask = group_mask(g, o->group);

	return o->intid != VGIC_SPURIOUS && o->priority < field_get(ICH_VMCR_VPMR, g->vmcr) &&
	       (!active_levels(g) || (o->priority & mask) < (running_priority(g) & mask));
}

void vgic_interface_retire(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;

	if (c->signalled == VGIC_SPURIOUS)
		return;
	u32 intid = c->signalled, bit = vgic_bit(intid);
	struct vgic_word w = vgic_word_of(v, intid);

	c->signalled = VGIC_SPURIOUS;
	w.bank->listed &= ~bit;
	if (!w.owner && v->vm->vgic.target[intid] != v->id)
		vgic_touch(&w, bit, v); /* rerouted meanwhile */
}

void vgic_interface_signal(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;

	vgic_interface_retire(v);
	struct offer o = find(v);
	bool signals = is_sufficient(&c->saved, &o);

	if (signals) {
		c->signalled = o.intid;
		vgic_word_of(v, o.intid).bank->listed |= vgic_bit(o.intid);
		if (o.intid >= VGIC_PRIVATE)
			v->vm->vgic.lister[o.intid] = (u8)v->id;
	}
	gich_signal(signals && o.group == 1, signals && o.group == 0);
}

static void signal_again(struct vcpu *v)
{
	spinlock_take(&v->vm->vgic.lock);
	vgic_interface_signal(v);
	spinlock_give(&v->vm->vgic.lock);
}

/* --- an interrupt is taken and ended --- */

static void activate(struct vcpu *v, const struct offer *o)
{
	struct gich *g = &v->vgic.saved;
	struct vgic_word w = vgic_word_of(v, o->intid);
	u32 bit = vgic_bit(o->intid), level = (o->priority & group_mask(g, o->group)) >> LEVEL_SHIFT;

	(o->group ? g->ap1r : g->ap0r)[0] |= BIT(level);
	w.bank->latched &= ~bit; /* also what ISPENDR latched of a level (§4.5) */
	w.bank->active |= bit;
	w.bank->acked[o->intid % 32] = (u8)o->priority;
	if (o->intid < VGIC_SGIS)
		v->vgic.sgi_sources[o->intid] = 0;
	if (!w.owner)
		v->vm->vgic.lister[o->intid] = (u8)v->id;
}

/* ICC_IAR<group>_EL1 (§12.2) */
static enum verdict acknowledge(struct vcpu *v, struct access *a, u32 group)
{
	spinlock_take(&v->vm->vgic.lock);
	vgic_interface_retire(v);
	struct offer o = find(v);

	a->value = VGIC_SPURIOUS;
	if (o.group == group && is_sufficient(&v->vgic.saved, &o)) {
		a->value = o.intid;
		activate(v, &o);
	}
	vgic_interface_signal(v);
	spinlock_give(&v->vm->vgic.lock);
	return DONE;
}

/*
 * ICC_EOIR<group>_EL1 (§12.2): the priority drop, and with EOImode 0 the deactivation. To end another
 * group's than that of the running priority is UNPREDICTABLE; here it does nothing.
 */
static enum verdict end(struct vcpu *v, const struct access *a, u32 group)
{
	struct gich *g = &v->vgic.saved;
	u32 intid = (u32)field_get(EOIR_INTID, a->value);
	u64 levels = active_levels(g), running = levels & -levels;
	u64 *apr = group ? g->ap1r : g->ap0r;

	if ((intid >= FIRST_SPECIAL && intid <= VGIC_SPURIOUS) || !(*apr & running) ||
	    (group && g->ap0r[0] & running))
		return DONE;
	*apr &= ~running;
	spinlock_take(&v->vm->vgic.lock);
	if (!(g->vmcr & ICH_VMCR_VEOIM) && intid < VGIC_INTIDS)
		vgic_deactivate(v, intid);
	vgic_interface_signal(v);
	spinlock_give(&v->vm->vgic.lock);
	return DONE;
}

/* ICC_HPPIR<group>_EL1: whatever the mask and the running priority (§12.2). */
static enum verdict highest_pending(struct vcpu *v, struct access *a, u32 group)
{
	spinlock_take(&v->vm->vgic.lock);
	vgic_interface_retire(v);
	struct offer o = find(v);

	a->value = o.group == group ? o.intid : VGIC_SPURIOUS;
	vgic_interface_signal(v);
	spinlock_give(&v->vm->vgic.lock);
	return DONE;
}

enum verdict vgic_interface_iar0_read(struct vcpu *v, struct access *a) { return acknowledge(v, a, 0); }
enum verdict vgic_interface_iar1_read(struct vcpu *v, struct access *a) { return acknowledge(v, a, 1); }
enum verdict vgic_interface_eoir0_write(struct vcpu *v, struct access *a) { return end(v, a, 0); }
enum verdict vgic_interface_eoir1_write(struct vcpu *v, struct access *a) { return end(v, a, 1); }
enum verdict vgic_interface_hppir0_read(struct vcpu *v, struct access *a) { return highest_pending(v, a, 0); }
enum verdict vgic_interface_hppir1_read(struct vcpu *v, struct access *a) { return highest_pending(v, a, 1); }

/* --- what is set --- */

static enum verdict answer(struct access *a, u64 value)
{
	a->value = value;
	return DONE;
}

static enum verdict set_control(struct vcpu *v, u64 vmcr)
{
	v->vgic.saved.vmcr = vmcr;
	signal_again(v);
	return DONE;
}

/* Bits of a priority that are not implemented are RAZ/WI (§12.2). */
enum verdict vgic_interface_pmr_write(struct vcpu *v, struct access *a)
{
	u64 priority = a->value & 0xff & ~(0xffUL >> gich_priority_bits());

	return set_control(v, field_set(v->vgic.saved.vmcr, ICH_VMCR_VPMR, priority));
}

enum verdict vgic_interface_pmr_read(struct vcpu *v, struct access *a)
{
	return answer(a, field_get(ICH_VMCR_VPMR, v->vgic.saved.vmcr));
}

enum verdict vgic_interface_rpr_read(struct vcpu *v, struct access *a)
{
	return answer(a, running_priority(&v->vgic.saved));
}

/* Less than the least that is implemented sets that (§12.2). */
enum verdict vgic_interface_bpr0_write(struct vcpu *v, struct access *a)
{
	u64 value = max_u64(a->value & BPR_MOST, BPR0_LEAST);

	return set_control(v, field_set(v->vgic.saved.vmcr, ICH_VMCR_VBPR0, value));
}

enum verdict vgic_interface_bpr0_read(struct vcpu *v, struct access *a)
{
	return answer(a, bpr0(&v->vgic.saved));
}

enum verdict vgic_interface_bpr1_write(struct vcpu *v, struct access *a)
{
	u64 vmcr = v->vgic.saved.vmcr, value = max_u64(a->value & BPR_MOST, BPR1_LEAST);

	return vmcr & ICH_VMCR_VCBPR ? DONE : set_control(v, field_set(vmcr, ICH_VMCR_VBPR1, value));
}

enum verdict vgic_interface_bpr1_read(struct vcpu *v, struct access *a)
{
	return answer(a, bpr1(&v->vgic.saved));
}

enum verdict vgic_interface_ap0r0_read(struct vcpu *v, struct access *a)
{
	return answer(a, v->vgic.saved.ap0r[0]);
}

enum verdict vgic_interface_ap0r0_write(struct vcpu *v, struct access *a)
{
	v->vgic.saved.ap0r[0] = (u32)a->value;
	signal_again(v);
	return DONE;
}

enum verdict vgic_interface_ap1r0_read(struct vcpu *v, struct access *a)
{
	return answer(a, v->vgic.saved.ap1r[0]);
}

enum verdict vgic_interface_ap1r0_write(struct vcpu *v, struct access *a)
{
	v->vgic.saved.ap1r[0] = (u32)a->value;
	signal_again(v);
	return DONE;
}

enum verdict vgic_interface_ctlr_write(struct vcpu *v, struct access *a)
{
	u64 vmcr = v->vgic.saved.vmcr & ~(ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);

	return set_control(v, vmcr | (a->value & CTLR_CBPR ? ICH_VMCR_VCBPR : 0) |
	                              (a->value & CTLR_EOIMODE ? ICH_VMCR_VEOIM : 0));
}

enum verdict vgic_interface_ctlr_read(struct vcpu *v, struct access *a)
{
	u64 vmcr = v->vgic.saved.vmcr;

	return answer(a, CTLR_A3V | field_put(CTLR_IDBITS, IDBITS_24) |
	                         field_put(CTLR_PRIBITS, gich_priority_bits() - 1) |
	                         (vmcr & ICH_VMCR_VCBPR ? CTLR_CBPR : 0) |
	                         (vmcr & ICH_VMCR_VEOIM ? CTLR_EOIMODE : 0));
}

static enum verdict enable(struct vcpu *v, const struct access *a, u64 group)
{
	u64 vmcr = v->vgic.saved.vmcr;

	return set_control(v, a->value & 1 ? vmcr | group : vmcr & ~group);
}

enum verdict vgic_interface_igrpen0_write(struct vcpu *v, struct access *a)
{
	return enable(v, a, ICH_VMCR_VENG0);
}

enum verdict vgic_interface_igrpen1_write(struct vcpu *v, struct access *a)
{
	return enable(v, a, ICH_VMCR_VENG1);
}

enum verdict vgic_interface_igrpen0_read(struct vcpu *v, struct access *a)
{
	return answer(a, (v->vgic.saved.vmcr & ICH_VMCR_VENG0) != 0);
}

enum verdict vgic_interface_igrpen1_read(struct vcpu *v, struct access *a)
{
	return answer(a, (v->vgic.saved.vmcr & ICH_VMCR_VENG1) != 0);
}
