/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the distributor's and the redistributors' arrays do to a word of interrupts
 * (IHI 0069 §12.9, §12.11). Each takes vgic.lock. `v` is the vCPU that made the access.
 */
#pragma once
#include "virtual/vgic_list.h"

u32 vgic_bank_read_pending(struct vcpu *v, const struct vgic_word *w);
u32 vgic_bank_read_active(struct vcpu *v, const struct vgic_word *w);
u32 vgic_bank_read_config(const struct vgic_word *w, u32 half);
u32 vgic_bank_read_priority(const struct vgic_word *w, u32 n, u32 size);

void vgic_bank_set_group(struct vcpu *v, const struct vgic_word *w, u32 value);
void vgic_bank_enable(struct vcpu *v, const struct vgic_word *w, u32 bits);
void vgic_bank_disable(struct vcpu *v, const struct vgic_word *w, u32 bits);
void vgic_bank_set_pending(struct vcpu *v, const struct vgic_word *w, u32 bits);
void vgic_bank_clear_pending(struct vcpu *v, const struct vgic_word *w, u32 bits);
void vgic_bank_set_active(struct vcpu *v, const struct vgic_word *w, u32 bits);
void vgic_bank_clear_active(struct vcpu *v, const struct vgic_word *w, u32 bits);
/* `half` 0: bits 0..15, 1: bits 16..31. `writable`: the interrupts whose configuration can change. */
void vgic_bank_set_config(struct vcpu *v, const struct vgic_word *w, u32 half, u32 value, u32 writable);
/* `size` (1 or 4) priorities from bit n on, one in each byte of `value`. */
void vgic_bank_set_priority(struct vcpu *v, const struct vgic_word *w, u32 n, u32 size, u32 value);

/* Of the register at `offset` in 0xffd0..0xffff of a frame (§12.1.4); `part` is PIDR0. */
u32 vgic_bank_identification(u32 offset, u32 part);
enum { VGIC_IDENTIFICATION = 0xffd0, VGIC_IDENTIFICATION_SIZE = 0x30, VGIC_IIDR = 0x4300043b };
