/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of a bit, two or eight per interrupt (IHI 0069 §12.9, §12.11), on whole words:
 * loops run only over interrupts that are pending or listed and whose bits changed.
 * Lock: vgic.lock. Words of enabled, group and priority may be read without it.
 */
#include "virtual/vgic_bank.h"

/* Recalls, so that the word holds the whole truth about "pending" and "active". */
static struct vgic_bank *take_recalled(struct vcpu *v, const struct vgic_word *w)
{
	spinlock_take(&w->vm->vgic.lock);
	if (w->owner)
		vgic_mail_collect(w->owner);
	vgic_recall(v, w);
	return w->bank;
}

static void give(const struct vgic_word *w) { spinlock_give(&w->vm->vgic.lock); }

/* Linked interrupts: the line itself if it is here to look at, else whether the physical one is active. */
u32 vgic_bank_read_pending(struct vcpu *v, const struct vgic_word *w)
{
	const struct vgic_bank *b = take_recalled(v, w);
	u32 lines = b->line & ~b->edge;

	if (w->owner == v) {
		lines &= ~b->hardware;
		for (u32 bits = b->hardware; bits; bits &= bits - 1)
			if (vgic_hardware_line(lowest_bit(bits)))
				lines |= 1U << lowest_bit(bits);
	}
	u32 value = b->latched | lines;
	give(w);
	return value;
}

u32 vgic_bank_read_active(struct vcpu *v, const struct vgic_word *w)
{
	u32 value = take_recalled(v, w)->active;

	give(w);
	return value;
}

no_array void vgic_bank_set_group(struct vcpu *v, const struct vgic_word *w, u32 value)
{
	spinlock_take(&w->vm->vgic.lock);
	u32 changed = w->bank->group1 ^ value;

	w->bank->group1 = value;
	vgic_touch(w, changed, v);
	give(w);
}

no_array void vgic_bank_enable(struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	spinlock_take(&w->vm->vgic.lock);
	u32 changed = bits & ~w->bank->enabled;

	w->bank->enabled |= bits;
	vgic_touch(w, changed, v);
	give(w);
}

no_array void vgic_bank_disable(struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	spinlock_take(&w->vm->vgic.lock);
	u32 changed = bits & w->bank->enabled;

	w->bank->enabled &= ~bits;
	vgic_touch(w, changed, v);
	give(w);
}

no_array void vgic_bank_set_pending(struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	struct vgic_bank *b = take_recalled(v, w);

	b->latched |= bits;
	vgic_touch(w, bits, v);
	give(w);
}

no_array void vgic_bank_clear_pending(struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	struct vgic_bank *b = take_recalled(v, w);

	b->latched &= ~bits;
	if (w->owner)
		for (u32 sgis = bits & ((1U << VGIC_SGIS) - 1); sgis; sgis &= sgis - 1)
			w->owner->vgic.sgi_sources[lowest_bit(sgis)] = 0;
	if (w->vm->vgic.software)
		vgic_touch(w, bits, v); /* else the recall has told */
	give(w);
}

/* Made active by software, an interrupt is ended where it would have been taken. */
void vgic_bank_set_active(struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	struct vgic_bank *b = take_recalled(v, w);
	struct vgic *g = &w->vm->vgic;

	bits &= ~b->active;
	b->active |= bits;
	for (u32 left = bits; left; left &= left - 1) {
		u32 n = lowest_bit(left);

		b->acked[n] = b->priority[n];
		if (!w->owner)
			g->lister[w->first + n] =
				g->target[w->first + n] == VGIC_NO_TARGET ? 0 : g->target[w->first + n];
	}
	vgic_tell(w, bits, v);
	give(w);
}

void vgic_bank_clear_active(struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	struct vgic_bank *b = take_recalled(v, w);

	b->active &= ~bits;
	vgic_touch(w, bits, v);
	give(w);
}

/* Bit n of a half word to bit 2n + 1: Int_config<n>[1]. */
static u32 spread(u32 bits)
{
	bits &= 0xffff;
	bits = (bits | bits << 8) & 0x00ff00ff;
	bits = (bits | bits << 4) & 0x0f0f0f0f;
	bits = (bits | bits << 2) & 0x33333333;
	bits = (bits | bits << 1) & 0x55555555;
	return bits << 1;
}

static u32 gather(u32 value)
{
	u32 bits = value >> 1 & 0x55555555;

	bits = (bits | bits >> 1) & 0x33333333;
	bits = (bits | bits >> 2) & 0x0f0f0f0f;
	bits = (bits | bits >> 4) & 0x00ff00ff;
	return (bits | bits >> 8) & 0xffff;
}

u32 vgic_bank_read_config(const struct vgic_word *w, u32 half)
{
	return spread(w->bank->edge >> (half * 16));
}

void vgic_bank_set_config(struct vcpu *v, const struct vgic_word *w, u32 half, u32 value, u32 writable)
{
	struct vgic_bank *b = w->bank;
	u32 mask = writable & (0xffffU << (half * 16));

	spinlock_take(&w->vm->vgic.lock);
	u32 wanted = gather(value) << (half * 16);
	/* What a list register means depends on it. */
	if ((b->edge ^ wanted) & mask & b->listed)
		vgic_recall(v, w);
	u32 changed = (b->edge ^ wanted) & mask; /* now: a recall lets go of the lock */
	b->edge ^= changed;
	vgic_touch(w, changed, v);
	give(w);
}

u32 vgic_bank_read_priority(const struct vgic_word *w, u32 n, u32 size)
{
	u32 value;

	if (size == 1)
		return w->bank->priority[n];
	__builtin_memcpy(&value, &w->bank->priority[n], sizeof(value));
	return value;
}

no_array void vgic_bank_set_priority(struct vcpu *v, const struct vgic_word *w, u32 n, u32 size, u32 value)
{
	u8 *at = &w->bank->priority[n];
	u32 implemented = 0xff & ~(0xffU >> gich_priority_bits());

	spinlock_take(&w->vm->vgic.lock);
	if (size == 1) {
		*at = (u8)(value & implemented);
	} else {
		value &= implemented * 0x01010101;
		__builtin_memcpy(at, &value, sizeof(value));
	}
	vgic_touch(w, ((1U << size) - 1) << n, v);
	give(w);
}

u32 vgic_bank_identification(u32 offset, u32 part)
{
	/* PIDR4..7, PIDR0..3, CIDR0..3: JEP106 4/0x3b, architecture revision 3. */
	static const u8 bytes[] = {0x44, 0, 0, 0, 0, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};
	u32 n = (offset - VGIC_IDENTIFICATION) / 4;

	return n == 4 ? part : bytes[n];
}
