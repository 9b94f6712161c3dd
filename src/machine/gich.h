/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's side of the virtual CPU interface (IHI 0069, ch. 12: ICH_*_EL2).
 * Belongs to the vCPU that is loaded on this CPU; no locks.
 */
#pragma once
#include "lib/bounds.h"
#include "lib/bits.h"
#include "lib/types.h"

enum { GICH_LR_MAX = BOUND_LIST_REGISTERS, GICH_APR_MAX = 4 };

/* List register fields (ICH_LR<n>_EL2). */
#define LR_STATE    FIELD(63, 62)
#define LR_HW       BIT(61)
#define LR_GROUP1   BIT(60)
#define LR_PRIORITY FIELD(55, 48)
#define LR_PINTID   FIELD(44, 32) /* with LR_HW: the physical interrupt to deactivate */
#define LR_EOI      BIT(41)       /* without LR_HW: maintenance interrupt at deactivation */
#define LR_VINTID   FIELD(31, 0)
enum lr_state { LR_INVALID, LR_PENDING, LR_ACTIVE, LR_PENDING_ACTIVE };

/* ICH_HCR_EL2 */
#define ICH_HCR_EN       BIT(0)
#define ICH_HCR_UIE      BIT(1) /* maintenance interrupt when none or one list register is valid */
#define ICH_HCR_LRENPIE  BIT(2) /* ... when EOIcount is not 0 */
#define ICH_HCR_NPIE     BIT(3) /* ... when no list register is pending */
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP1EIE BIT(6) /* ... when the guest enables group 1 */
#define ICH_HCR_VGRP1DIE BIT(7)
#define ICH_HCR_TC       BIT(10) /* trap the registers that groups share: PMR, CTLR, DIR, RPR, SGI<n>R */
#define ICH_HCR_TALL0    BIT(11) /* trap all others of group 0 */
#define ICH_HCR_TALL1    BIT(12) /* ... of group 1 */
#define ICH_HCR_TDIR     BIT(14) /* trap ICC_DIR_EL1 */
#define ICH_HCR_EOICOUNT FIELD(31, 27)

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0 BIT(0)
#define ICH_VMCR_VENG1 BIT(1)
#define ICH_VMCR_VCBPR BIT(4)
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VMCR_VBPR1 FIELD(20, 18)
#define ICH_VMCR_VBPR0 FIELD(23, 21)
#define ICH_VMCR_VPMR  FIELD(31, 24)

/* What the interface holds for a vCPU while it is not loaded, list registers apart. */
struct gich {
	u64 vmcr;
	u64 ap0r[GICH_APR_MAX];
	u64 ap1r[GICH_APR_MAX];
};

u32 gich_lr_count(void);      /* 1..GICH_LR_MAX */
u32 gich_priority_bits(void); /* implemented bits of a virtual priority, 5..8 */
bool gich_has_tdir(void);     /* ICC_DIR_EL1 can be trapped by itself */
u64 gich_lr_read(u32 n);
void gich_lr_write(u32 n, u64 value);
u64 gich_hcr_read(void);
void gich_hcr_write(u64 value);
u64 gich_vmcr_read(void);
u32 gich_empty_lrs(void); /* ICH_ELRSR_EL2: bit n set: list register n holds nothing */
void gich_reset(struct gich *g);
void gich_load(const struct gich *g);
void gich_save(struct gich *g);
/* Without the interface: whether the loaded vCPU has a virtual IRQ, or FIQ, pending (HCR_EL2.VI, VF). */
void gich_signal(bool irq, bool fiq);

/* Deactivates a physical interrupt that a guest owned (ICC_DIR_EL1 of EL2). */
void gich_deactivate(u32 intid);
