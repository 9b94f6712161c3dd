/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the virtual GIC share: words of interrupts, news of them, the list registers. Lock: vgic.lock. */
#pragma once
#include "monitor/vm.h"
#include "virtual/vgic.h"

/* 32 interrupts with what is needed to act on them. */
struct vgic_word {
	struct vm *vm;
	struct vcpu *owner; /* of private interrupts; NULL for shared ones */
	struct vgic_bank *bank;
	u32 first; /* INTID of bit 0 */
};

static inline struct vgic_word vgic_private_word(struct vcpu *v)
{
	return (struct vgic_word){.vm = v->vm, .owner = v, .bank = &v->vgic.private, .first = 0};
}

static inline struct vgic_word vgic_shared_word(struct vm *vm, u32 index)
{
	return (struct vgic_word){
		.vm = vm, .owner = NULL, .bank = &vm->vgic.shared[index], .first = index * 32};
}

/* The word of one interrupt, as `v` sees it. */
static inline struct vgic_word vgic_word_of(struct vcpu *v, u32 intid)
{
	return intid < VGIC_PRIVATE ? vgic_private_word(v) : vgic_shared_word(v->vm, intid / 32);
}

static inline u32 vgic_bit(u32 intid) { return 1U << (intid % 32); }

static inline u32 vgic_pending(const struct vgic_bank *b) { return b->latched | (b->line & ~b->edge); }

/* The interrupts whose group the distributor forwards (GICD_CTLR.EnableGrp0, EnableGrp1). */
static inline u32 vgic_forwarded(const struct vm *vm, const struct vgic_bank *b)
{
	u32 group0 = vm->vgic.control & 1 ? ~0U : 0;
	u32 group1 = vm->vgic.control & 2 ? ~0U : 0;

	return (b->group1 & group1) | (~b->group1 & group0);
}

/* Those that some vCPU should be offered (listed or not). */
static inline u32 vgic_wanted(const struct vm *vm, const struct vgic_bank *b)
{
	return vgic_pending(b) & b->enabled & ~b->active & vgic_forwarded(vm, b);
}

/* `w` passes vgic_enter() again, for `intid` (VGIC_NEWS_MANY: for all). The caller kicks. */
void vgic_mark(struct vcpu *w, u32 intid);
/* Tells each of `bits` to the vCPU that lists it, or else to the one that should. `here` runs on this CPU, or NULL. */
void vgic_tell(const struct vgic_word *w, u32 bits, const struct vcpu *here);
/* State of `bits` changed: tells those it matters for. */
void vgic_touch_some(const struct vgic_word *w, u32 bits, const struct vcpu *here);
static inline void vgic_touch(const struct vgic_word *w, u32 bits, const struct vcpu *here)
{
	if (unlikely(bits & (w->bank->listed | vgic_pending(w->bank))))
		vgic_touch_some(w, bits, here);
}

/* An SGI of vCPU `source` to `to`, without the lock; the caller kicks. */
void vgic_mail_post(struct vcpu *to, u32 intid, u32 source);
/* SGIs sent to `v` so far become pending in its word. */
void vgic_mail_collect(struct vcpu *v);

/* Level of the physical line behind a linked interrupt of the vCPU that is loaded on this CPU. */
bool vgic_hardware_line(u32 intid);
/* A physical interrupt that we hold, that the guest has not seen, and whose line fell: let it go. `v` is loaded. */
void vgic_settle(struct vcpu *v, u32 bits);
/* An active interrupt is ended, by v. Gives and takes the lock, if another vCPU lists it. */
void vgic_deactivate(struct vcpu *v, u32 intid);
/* All of the loaded `v`'s list registers into the words; they are empty then. */
void vgic_fold(struct vcpu *v);
/* From the words into the (empty) list registers. */
void vgic_fill(struct vcpu *v);
/* Folds and lists this one interrupt; false if that takes a fold of everything. */
bool vgic_list_one(struct vcpu *v, u32 intid);
/*
 * The short way of a private interrupt that comes again to the loaded, not `changed` v: if the list register
 * that held it last is empty and nothing was left out, it goes there once more, and no word changes. The lock
 * is not needed: whoever changes something about it marks v afterwards. In line, for the hottest traps end so.
 */
/* Bits 63 to 61 of a list register: pending only, and whether it is linked to a physical interrupt. */
enum vgic_lr_kind { VGIC_LR_SOFTWARE = 2, VGIC_LR_HARDWARE = 3 };
static inline __attribute__((always_inline)) bool vgic_can_relist(const struct vgic_cpu *c, u32 intid,
                                                                  enum vgic_lr_kind kind)
{
	u32 n = c->slot[intid];

	return c->private.listed >> intid & 1 && c->lr[n] >> 61 == kind && gich_empty_lrs() >> n & 1 &&
	       !(c->hcr & (ICH_HCR_NPIE | ICH_HCR_LRENPIE));
}
static inline __attribute__((always_inline)) void vgic_relist(struct vcpu *v, u32 intid)
{
	u32 n = v->vgic.slot[intid];

	v->counters.listed++;
	gich_lr_write(n, v->vgic.lr[n]);
}
/* Until nothing of the word is listed anywhere. Gives and takes the lock; `v` runs on this CPU. */
void vgic_recall(struct vcpu *v, const struct vgic_word *w);
