/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGIs between vCPUs (IHI 0069 §12.2.22): a mailbox at the receiver, so that a sender needs no lock. The
 * receiver looks into it when it is kicked, and so does whoever asks what is pending there: each SGI is
 * found once. Invariant: whoever posts, kicks afterwards. Lock: vgic.lock, for vgic_mail_collect() only.
 */
#include "machine/timer.h"
#include "virtual/vgic_list.h"

void vgic_mail_post(struct vcpu *to, u32 intid, u32 source)
{
	struct vgic_cpu *c = &to->vgic;

	c->mailed_at = timer_count();
	__atomic_fetch_or(&c->mail[intid / 8], 1UL << (intid % 8 * 8 + source % VGIC_SOURCES),
	                  __ATOMIC_RELAXED);
}

static void collect(struct vcpu *v, u32 intid, u8 sources)
{
	struct vgic_bank *b = &v->vgic.private;
	u32 bit = vgic_bit(intid);

	b->latched |= bit;
	v->vgic.sgi_sources[intid] |= sources;
	if ((b->listed | vgic_wanted(v->vm, b)) & bit)
		vgic_mark(v, intid);
}

void vgic_mail_collect(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;
	bool changed = c->changed;

	for (u32 half = 0; half < ARRAY_COUNT(c->mail); half++) {
		u64 mail = c->mail[half] ? __atomic_exchange_n(&c->mail[half], 0, __ATOMIC_ACQUIRE) : 0;

		for (u32 intid = half * 8; mail; mail >>= 8, intid++)
			if ((u8)mail)
				collect(v, intid, (u8)mail);
	}
	if (!changed)
		c->raised_at = c->mailed_at;
}

/*
 * The short way (vgic_relist()), if it is a single SGI: takes it out. `mail` was read once: whoever asks what is
 * pending here may have collected it since, and then it is not ours.
 */
static bool relist(struct vcpu *v, u32 half, u64 mail)
{
	struct vgic_cpu *c = &v->vgic;
	u32 shift = lowest_bit(mail) & ~7U, intid = half * 8 + shift / 8;

	if (mail >> shift > 0xff || !vgic_can_relist(c, intid, VGIC_LR_SOFTWARE) ||
	    !__atomic_compare_exchange_n(&c->mail[half], &mail, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	vgic_relist(v, intid);
	return true;
}

void vgic_mail_receive(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;
	u64 low = __atomic_load_n(&c->mail[0], __ATOMIC_RELAXED),
	    high = __atomic_load_n(&c->mail[1], __ATOMIC_RELAXED);

	if (!(low | high))
		return;
	u64 sent = c->mailed_at;
	if (likely(!c->changed) && !(low && high) && relist(v, !low, low | high)) {
		histogram_add(&v->counters.raised, timer_count() - sent);
		return;
	}
	spinlock_take(&v->vm->vgic.lock);
	vgic_mail_collect(v);
	spinlock_give(&v->vm->vgic.lock);
}
