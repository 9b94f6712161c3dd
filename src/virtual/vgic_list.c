/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the words into the list registers and back (IHI 0069 §12.4, §4.1.2, §6.3).
 *
 * A list register with lr[n] == 0 is 0 in hardware too. Whoever folds, fills or lists runs on the
 * CPU that `v` is loaded on and holds vgic.lock.
 *
 * When there are more candidates than list registers, those of highest priority are listed, and
 * always the pending one that would be signalled first. So:
 *  - NPIE (no list register is pending) asks for the next pending one exactly when the last
 *    was acknowledged; the refill lists one, so the condition does not persist. UIE would: with
 *    all list registers active and one of them, it holds however often we refill.
 *  - an active one that was left out is ended by EOIcount (LRENPIE), or named by a trapped ICC_DIR_EL1 (TDIR).
 *  - a pending one whose group the guest has disabled in its CPU interface ranks last, for it would
 *    block others; VGRP<n>EIE and VGRP<n>DIE tell when that changes.
 */
#include "virtual/vgic_list.h"

#include "machine/pmu.h"
#include "machine/timer.h"
#include "monitor/irq.h"

#define LR_PENDING_BIT BIT(62)
#define LR_ACTIVE_BIT  BIT(63)

void vgic_mark(struct vcpu *w, u32 intid)
{
	struct vgic_cpu *c = &w->vgic;

	if (!c->changed)
		c->raised_at = timer_count();
	c->news = c->changed && c->news != intid ? (u32)VGIC_NEWS_MANY : intid;
	__atomic_store_n(&c->changed, 1, __ATOMIC_RELAXED);
}

/* Who must act on it now: its lister while that one's list registers or active state hold it. */
static struct vcpu *actor(const struct vgic_word *w, u32 intid)
{
	struct vgic *g = &w->vm->vgic;

	if (w->owner)
		return w->owner;
	if ((w->bank->listed | w->bank->active) & vgic_bit(intid))
		return w->vm->vcpus[g->lister[intid]];
	return g->target[intid] == VGIC_NO_TARGET ? NULL : w->vm->vcpus[g->target[intid]];
}

no_array void vgic_tell(const struct vgic_word *w, u32 bits, const struct vcpu *here)
{
	if (!w->owner)
		w->vm->vgic.busy |= 1U << (w->first / 32);
	for (; bits; bits &= bits - 1) {
		u32 intid = w->first + lowest_bit(bits);
		struct vcpu *to = actor(w, intid);

		if (!to)
			continue;
		vgic_mark(to, intid);
		if (to != here)
			irq_kick(to);
	}
}

void vgic_touch_some(const struct vgic_word *w, u32 bits, const struct vcpu *here)
{
	vgic_tell(w, bits & (w->bank->listed | vgic_wanted(w->vm, w->bank)), here);
}

bool vgic_hardware_line(u32 intid)
{
	if (intid == TIMER_VIRTUAL_PPI)
		return timer_guest_virtual_line();
	if (intid == TIMER_PHYSICAL_PPI)
		return timer_guest_physical_line();
	if (intid == pmu_interrupt())
		return pmu_line();
	return true; /* it fires again by itself if it was wrong to offer it */
}

void vgic_settle(struct vcpu *v, u32 bits)
{
	struct vgic_bank *b = &v->vgic.private;

	for (bits &= b->hardware & b->line & ~b->active; bits; bits &= bits - 1) {
		u32 intid = lowest_bit(bits);

		if (!vgic_hardware_line(intid)) {
			b->line &= ~vgic_bit(intid);
			gich_deactivate(intid);
		}
	}
}

static void fold_one(struct vcpu *v, u32 n)
{
	struct vgic_cpu *c = &v->vgic;
	u64 was = c->lr[n], now = gich_lr_read(n);
	u32 intid = (u32)field_get(LR_VINTID, was), bit = vgic_bit(intid);
	struct vgic_word w = vgic_word_of(v, intid);
	struct vgic_bank *b = w.bank;

	gich_lr_write(n, 0);
	c->lr[n] = 0;
	c->used &= ~(1U << n);
	b->listed &= ~bit;
	b->active &= ~bit;
	if (now & LR_ACTIVE_BIT) {
		b->active |= bit;
		b->acked[intid % 32] = (u8)field_get(LR_PRIORITY, now);
	}
	if (was & LR_EOI && !(now & LR_STATE) && b->line & ~b->edge & bit)
		v->counters.resampled++;
	/* With LR_HW an invalid one was deactivated by the guest together with the physical one. */
	if (was & LR_HW && now & LR_STATE)
		b->line |= bit;
	if (b->edge & bit) {
		if (now & LR_PENDING_BIT)
			b->latched |= bit;
	} else if (was & LR_PENDING_BIT && !(now & LR_PENDING_BIT)) {
		b->latched &= ~bit; /* acknowledged, which clears what ISPENDR latched (§4.5) */
	}
	if (!w.owner) {
		v->vm->vgic.busy |= 1U << (intid / 32);
		if (v->vm->vgic.target[intid] != v->id)
			vgic_touch(&w, bit, v); /* rerouted meanwhile */
	}
}

/* Finds the active, unlisted interrupt of `v` with the highest priority in one word. */
static void find_active(const struct vcpu *v, const struct vgic_word *w, u32 *best, u32 *best_intid)
{
	for (u32 bits = w->bank->active & ~w->bank->listed; bits; bits &= bits - 1) {
		u32 intid = w->first + lowest_bit(bits);

		if (!w->owner && v->vm->vgic.lister[intid] != v->id)
			continue;
		if (w->bank->acked[intid % 32] < *best) {
			*best = w->bank->acked[intid % 32];
			*best_intid = intid;
		}
	}
}

/* The guest ended an interrupt that no list register holds: in EOImode 0 that is the last one it took. */
static void end_unlisted(struct vcpu *v)
{
	u32 best = ~0U, intid = 0;
	struct vgic_word w = vgic_private_word(v);

	find_active(v, &w, &best, &intid);
	for (u32 banks = v->vm->vgic.busy; banks; banks &= banks - 1) {
		w = vgic_shared_word(v->vm, lowest_bit(banks));
		find_active(v, &w, &best, &intid);
	}
	if (best == ~0U)
		return;
	w = vgic_word_of(v, intid);
	w.bank->active &= ~vgic_bit(intid);
	if (!w.owner && v->vm->vgic.target[intid] != v->id)
		vgic_touch(&w, vgic_bit(intid), v);
}

/* ICH_HCR_EL2.EOIcount, which counts only while something active was left out. */
static void fold_count(struct vcpu *v)
{
	u64 count = field_get(ICH_HCR_EOICOUNT, gich_hcr_read());

	if (!count)
		return;
	gich_hcr_write(v->vgic.hcr);
	/* With EOImode 1 only ICC_DIR_EL1 ends an interrupt, and that traps. */
	if (v->vgic.hcr & ICH_HCR_TDIR && gich_vmcr_read() & ICH_VMCR_VEOIM)
		return;
	while (count--)
		end_unlisted(v);
}

void vgic_fold(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;

	vgic_mark(v, VGIC_NEWS_MANY);
	if (c->hcr & ICH_HCR_LRENPIE)
		fold_count(v);
	for (u32 used = c->used; used; used &= used - 1)
		fold_one(v, lowest_bit(used));
}

/* Whether the CPU interface signals interrupts of its group. */
static bool is_signalled(const struct vgic_bank *b, u32 bit)
{
	return gich_vmcr_read() & (b->group1 & bit ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);
}

/* The list register of an interrupt that is pending or active. Takes an edge's latch. */
static u64 compose(struct vcpu *v, const struct vgic_word *w, u32 intid)
{
	struct vgic_bank *b = w->bank;
	u32 n = intid % 32, bit = vgic_bit(intid);
	u32 offered = b->enabled & vgic_forwarded(v->vm, b) & bit;
	bool active = b->active & bit, latched = b->latched & offered, level = b->line & ~b->edge & bit;
	u8 priority = active ? b->acked[n] : b->priority[n];
	u64 lr = intid | field_put(LR_PRIORITY, priority) | (b->group1 & bit ? LR_GROUP1 : 0);

	/*
	 * A list register linked to hardware must not be pending and active (§12.4.8). Nor may it hold what is
	 * latched, too: vgic_relist() would overwrite that it was acknowledged, which clears the latch (§4.5).
	 */
	if (b->hardware & bit && level && !latched) {
		b->line &= ~bit;
		return lr | LR_HW | field_put(LR_PINTID, intid) | (active ? LR_ACTIVE_BIT : LR_PENDING_BIT);
	}
	/* The end of it comes to us while its line is high, or the pending half has another place in the order or target. */
	bool mine = w->owner || v->vm->vgic.target[intid] == v->id;
	bool later = active && latched && (!mine || b->acked[n] != b->priority[n] || !is_signalled(b, bit));
	if (level || later)
		lr |= LR_EOI;
	if (active)
		lr |= LR_ACTIVE_BIT;
	if (!active || (latched && !later)) {
		lr |= LR_PENDING_BIT;
		if (b->edge & bit) {
			b->latched &= ~bit;
			if (intid < VGIC_SGIS)
				v->vgic.sgi_sources[intid] = 0;
		}
	}
	return lr;
}

static void list(struct vcpu *v, u32 n, u32 intid)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic_word w = vgic_word_of(v, intid);
	u64 lr = compose(v, &w, intid);

	w.bank->listed |= vgic_bit(intid);
	if (w.owner)
		c->slot[intid] = (u8)n;
	else
		v->vm->vgic.lister[intid] = (u8)v->id;
	c->lr[n] = lr;
	c->used |= 1U << n;
	v->counters.listed++;
	gich_lr_write(n, lr);
}

static u32 all_lrs(void) { return (1U << gich_lr_count()) - 1; }

/* Whether `v` should list it: it owns the active state, or is the target of a pending one. */
static bool is_candidate(struct vcpu *v, const struct vgic_word *w, u32 intid)
{
	const struct vgic *g = &v->vm->vgic;
	u32 bit = vgic_bit(intid);

	if (w->bank->listed & bit)
		return false;
	if (w->bank->active & bit)
		return w->owner || g->lister[intid] == v->id;
	if (!(vgic_wanted(v->vm, w->bank) & bit))
		return false;
	return w->owner || g->target[intid] == v->id;
}

/* The list register that holds it. */
static u32 slot_of(const struct vgic_cpu *c, u32 intid)
{
	u32 used = c->used;

	if (intid < VGIC_PRIVATE)
		return c->slot[intid];
	while (field_get(LR_VINTID, c->lr[lowest_bit(used)]) != intid)
		used &= used - 1;
	return lowest_bit(used);
}

/* The same for one that was latched under the lock, if nothing else of it has changed since. */
static bool relist_latched(struct vcpu *v, u32 intid)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic_bank *b = &c->private;
	u32 bit = vgic_bit(intid), n = c->slot[intid], group1 = b->group1 >> intid & 1;
	u64 same = VGIC_LR_SOFTWARE << 13 | group1 << 12 |
	           b->priority[intid]; /* of its list register, bits 63 to 48 */

	if (!(b->latched & b->edge & b->enabled & b->listed & ~b->active & bit) ||
	    !(v->vm->vgic.control >> group1 & 1) || c->lr[n] >> 48 != same || !(gich_empty_lrs() >> n & 1) ||
	    c->hcr & (ICH_HCR_NPIE | ICH_HCR_LRENPIE))
		return false;
	v->counters.listed++;
	gich_lr_write(n, c->lr[n]);
	b->latched &= ~bit;
	if (intid < VGIC_SGIS)
		c->sgi_sources[intid] = 0;
	return true;
}

static __attribute__((noinline)) bool list_changed(struct vcpu *v, u32 intid)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic_word w = vgic_word_of(v, intid);
	u32 n;

	if (c->hcr & (ICH_HCR_NPIE | ICH_HCR_LRENPIE))
		return false; /* something was left out, so the order among them counts */
	if (w.bank->listed & vgic_bit(intid)) {
		if (!w.owner && v->vm->vgic.lister[intid] != v->id)
			return true; /* that one was told */
		n = slot_of(c, intid);
		fold_one(v, n);
	} else {
		/* One with a maintenance interrupt to come is not empty (ICH_ELRSR_EL2), so nothing hides in these. */
		u32 room = ~c->used & all_lrs();
		if (!room)
			room = gich_empty_lrs() & c->used;
		if (!room)
			return false;
		n = lowest_bit(room);
		if (c->lr[n])
			fold_one(v, n);
	}
	if (w.owner)
		vgic_settle(v, vgic_bit(intid) & vgic_wanted(v->vm, w.bank));
	if (is_candidate(v, &w, intid))
		list(v, n, intid);
	return true;
}

bool vgic_list_one(struct vcpu *v, u32 intid)
{
	return (intid < VGIC_PRIVATE && relist_latched(v, intid)) || list_changed(v, intid);
}

/* The candidates of highest priority. A key orders by group disabled, priority, active first, INTID. */
struct choice {
	u32 key[GICH_LR_MAX];
	u32 room, count;
	u32 first_pending;   /* key */
	u32 active, pending; /* seen */
	u64 disabled_group;  /* bit n: group n is disabled in the CPU interface */
};
enum { KEY_INTID = 0x1ff, KEY_PENDING = 0x200, KEY_PRIORITY_SHIFT = 10, KEY_DISABLED = 1 << 18 };

static void choose(struct choice *choice, u32 key)
{
	u32 i = choice->count;

	if (i < choice->room)
		choice->count++;
	else if (key > choice->key[--i])
		return;
	for (; i > 0 && choice->key[i - 1] > key; i--)
		choice->key[i] = choice->key[i - 1];
	choice->key[i] = key;
}

static void choose_from(struct choice *choice, struct vcpu *v, const struct vgic_word *w)
{
	const struct vgic_bank *b = w->bank;
	const struct vgic *g = &v->vm->vgic;

	for (u32 bits = (vgic_wanted(v->vm, b) | b->active) & ~b->listed; bits; bits &= bits - 1) {
		u32 intid = w->first + lowest_bit(bits), n = intid % 32, key;

		bool active = b->active >> n & 1;
		if (!w->owner && (active ? g->lister : g->target)[intid] != v->id)
			continue;
		if (active) {
			choice->active++;
			key = intid | (u32)b->acked[n] << KEY_PRIORITY_SHIFT;
		} else {
			choice->pending++;
			key = intid | (u32)b->priority[n] << KEY_PRIORITY_SHIFT | KEY_PENDING;
			if (choice->disabled_group >> (b->group1 >> n & 1) & 1)
				key |= KEY_DISABLED;
			if (key < choice->first_pending)
				choice->first_pending = key;
		}
		choose(choice, key);
	}
}

/* Puts the first pending one in if all that were chosen are active. Then counts what is left out. */
static void choose_pending(struct choice *choice)
{
	u32 pending = 0;

	for (u32 i = 0; i < choice->count; i++)
		pending += (choice->key[i] & KEY_PENDING) != 0;
	if (choice->pending && !pending) {
		choice->key[choice->count - 1] = choice->first_pending;
		pending = 1;
	}
	choice->pending -= pending;
	choice->active -= choice->count - pending;
}

static u64 control_for(const struct vcpu *v, const struct choice *choice, u64 vmcr)
{
	u64 hcr = ICH_HCR_EN;

	if (choice->pending) {
		hcr |= ICH_HCR_NPIE;
		hcr |= vmcr & ICH_VMCR_VENG0 ? ICH_HCR_VGRP0DIE : ICH_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE : ICH_HCR_VGRP1EIE;
	}
	if (choice->active)
		hcr |= ICH_HCR_LRENPIE;
	/* With EOImode 1, which the guest may choose without a trap, another vCPU's interrupt can be ended here, too. */
	if ((choice->active || v->vm->vcpu_count > 1) && gich_has_tdir())
		hcr |= ICH_HCR_TDIR;
	return hcr;
}

void vgic_fill(struct vcpu *v)
{
	struct vgic *g = &v->vm->vgic;
	u64 vmcr = gich_vmcr_read();
	struct choice choice = {.room = gich_lr_count(), .first_pending = ~0U};
	struct vgic_word w = vgic_private_word(v);

	choice.disabled_group = ~vmcr & (ICH_VMCR_VENG0 | ICH_VMCR_VENG1);
	vgic_settle(v, vgic_wanted(v->vm, w.bank));
	choose_from(&choice, v, &w);
	for (u32 banks = g->busy; banks; banks &= banks - 1) {
		w = vgic_shared_word(v->vm, lowest_bit(banks));
		if (w.bank->latched | w.bank->line | w.bank->active)
			choose_from(&choice, v, &w);
		else
			g->busy &= ~(1U << lowest_bit(banks));
	}
	choose_pending(&choice);
	v->counters.spilled += choice.pending + choice.active;
	for (u32 i = 0; i < choice.count; i++)
		list(v, i, choice.key[i] & KEY_INTID);

	u64 hcr = control_for(v, &choice, vmcr);
	if (hcr != v->vgic.hcr) {
		v->vgic.hcr = hcr;
		gich_hcr_write(hcr);
	}
}

void vgic_recall(struct vcpu *v, const struct vgic_word *w)
{
	struct vgic *g = &w->vm->vgic;
	u32 listers = 0;

	if (!w->bank->listed || g->software)
		return; /* the word is the truth */
	vgic_fold(v);
	if (!w->bank->listed)
		return;
	for (u32 bits = w->bank->listed; bits; bits &= bits - 1) {
		struct vcpu *to = actor(w, w->first + lowest_bit(bits));

		vgic_mark(to, VGIC_NEWS_MANY);
		listers |= 1U << to->id;
	}
	g->recallers++;
	spinlock_give(&g->lock);
	for (; listers; listers &= listers - 1)
		irq_kick(w->vm->vcpus[lowest_bit(listers)]);
	spinlock_take(&g->lock);
	while (w->bank->listed) {
		spinlock_give(&g->lock);
		spinlock_relax();
		spinlock_take(&g->lock);
	}
	g->recallers--; /* the lock is held until the access is done */
}
