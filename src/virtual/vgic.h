/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One interrupt's life in a VM: pending, active, listed, retired (GICv3, IHI 0069;
 * one security state, affinity routing always on).
 *
 * State is kept as the registers show it: a bit per interrupt in words of 32.
 * While an interrupt is listed, the list register in hardware holds the truth about
 * "pending" and "active"; the words hold what has come since. vgic_enter() folds the
 * one into the other. All of it is guarded by vgic.lock, except the list registers,
 * which belong to the CPU that runs the vCPU.
 */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"
#include "machine/gich.h"
#include "machine/spinlock.h"
#include "virtual/reg.h"

struct vm;
struct vcpu;

enum {
	VGIC_SGIS = 16,
	VGIC_PRIVATE = 32,              /* SGIs and PPIs, one set per vCPU */
	VGIC_INTIDS = 32 * BOUND_BANKS, /* as QEMU's virt board: 256 SPIs */
	VGIC_BANKS = BOUND_BANKS,
	VGIC_SOURCES = 8, /* CPUs an SGI can come from (GICv2 tells them apart) */
	VGIC_UART_INTID = 33,
	VGIC_RTC_INTID = 34,
	VGIC_GPIO_INTID = 39,
	VGIC_WATCHDOG_INTID = 32 + 112, /* the first of the platform bus */
};

#define VGIC_DIST_BASE   0x08000000UL
#define VGIC_REDIST_BASE 0x080a0000UL

/* 32 interrupts; bit n of a word is interrupt n of the bank. */
struct vgic_bank {
	u32 enabled;
	u32 group1;
	u32 latched; /* pending by an edge, an SGI or a write of ISPENDR; an edge's moves into the list register */
	u32 active; /* as of the last fold */
	u32 line; /* level of the input; with `hardware`: the physical interrupt is active for the guest, unlisted */
	u32 edge;     /* configured edge-triggered (SGIs always) */
	u32 listed;   /* in a list register of its vCPU; or what its software interface signals */
	u32 hardware; /* its line is a physical interrupt: deactivated together with it */
	u8 priority[32];
	u8 acked[32]; /* of an active one: the priority it was acknowledged at, and must be ended at */
};

struct vgic {
	struct spinlock lock;
	bool software; /* its CPU interfaces are vgic_interface.c's, not the list registers'; never changes */
	u32 control;   /* GICD_CTLR */
	u32 recallers; /* vCPUs that wait for listed state; nothing is listed meanwhile */
	u32 busy;      /* bit n: shared[n] may hold something pending or active */
	struct vgic_bank shared[VGIC_BANKS]; /* [0] is unused: private interrupts live in the vCPU */
	u64 route[VGIC_INTIDS];              /* GICD_IROUTER<n> */
	u8 target[VGIC_INTIDS];              /* its vCPU index; VGIC_NO_TARGET if none matches */
	u8 lister[VGIC_INTIDS];              /* which vCPU's list registers hold it, while listed or active */
};
enum { VGIC_NO_TARGET = 0xff, VGIC_SPURIOUS = 1023 };
enum { VGIC_NEWS_MANY = ~0U };

struct vgic_cpu {
	struct vgic_bank private;
	u8 sgi_sources[VGIC_SGIS]; /* which vCPUs' SGIs are pending; kept per source for GICv2 */
	/*
	 * SGIs on their way here: byte n of the sixteen is SGI n, bit s of it source s. Senders add without the
	 * lock and kick; vgic_mail.c takes out.
	 */
	u64 mail[VGIC_SGIS / 8];
	u64 mailed_at;         /* when the last was sent, by timer_count() */
	u64 typer;             /* GICR_TYPER: never changes */
	u32 waker;             /* GICR_WAKER */
	struct gich saved;     /* the interface while the vCPU is not loaded; in software: always */
	u32 signalled;         /* in software: the INTID that HCR_EL2.VI or VF is for; VGIC_SPURIOUS: none */
	u64 lr[GICH_LR_MAX];   /* last written to the list registers; 0: the register is 0 too */
	u8 slot[VGIC_PRIVATE]; /* which of them holds a private interrupt, while it is listed */
	u32 used;              /* bit n: lr[n] is not 0 */
	u32 news;              /* while changed: the only interrupt concerned, or VGIC_NEWS_MANY */
	u64 hcr;               /* ICH_HCR_EL2 while it runs, EOIcount apart */
	u32 release;           /* private hardware interrupts to deactivate on the way in */
	u64 raised_at;         /* while changed: since when, by timer_count() */
	u32 changed;           /* not 0: something must be folded or listed before the next entry */
};

/* Tables of the two devices; frames of the redistributor are 128 KiB, one per vCPU. */
extern const struct reg_table vgic_dist_table;
extern const struct reg_table vgic_redist_table;
/* What GICR_TYPER of this vCPU reads. */
u64 vgic_redist_typer(const struct vcpu *v);

/* Power-on state of the VM's distributor, and of one vCPU's interface. */
void vgic_reset(struct vm *vm);
void vgic_cpu_reset(struct vcpu *v);
/* The CPU interface alone, at CPU_ON: a redistributor keeps its state while its CPU is off (DEN0022 §6.4). */
void vgic_interface_reset(struct vcpu *v);

/*
 * The inputs. Any CPU may call them. `intid` below VGIC_PRIVATE means the one of `v`;
 * above, `v` only tells the VM. They kick the vCPU that must take the interrupt.
 */
void vgic_raise_edge(struct vcpu *v, u32 intid);
void vgic_set_line(struct vcpu *v, u32 intid, bool high);
/*
 * A physical interrupt of the loaded `v` arrived, priority dropped, still active: hand it over,
 * so that the guest's end of it deactivates the physical one. intid is 16..31.
 */
void vgic_fire_hardware(struct vcpu *v, u32 intid);
/* The same without the short way of what comes again and again: that has one caller, and is part of it. */
void vgic_fire_seldom(struct vcpu *v, u32 intid);
/* Marks a private interrupt as backed by the physical one of the same number. */
void vgic_link_hardware(struct vcpu *v, u32 intid);

/* ICC_SGI1R_EL1 (group1) or ICC_SGI0R_EL1; ICC_DIR_EL1 while trapped. Rows of the trapped system registers. */
enum verdict vgic_sgi1r_write(struct vcpu *v, struct access *a);
enum verdict vgic_sgi0r_write(struct vcpu *v, struct access *a);
enum verdict vgic_dir_write(struct vcpu *v, struct access *a);

/* The loaded `v` was kicked: takes the SGIs that were sent to it. */
void vgic_mail_receive(struct vcpu *v);
/* Before every guest entry, on the vCPU's CPU: folds and lists if something changed. Cheap if not. */
void vgic_enter(struct vcpu *v);
/* The vCPU starts or stops using this CPU's list registers. */
void vgic_load(struct vcpu *v);
void vgic_unload(struct vcpu *v);
/* The maintenance interrupt came: fold and list again at the next entry. */
void vgic_maintain(struct vcpu *v);
/* Whether an interrupt waits that could be signalled: ends CPU_SUSPEND and WFI. The vCPU is not loaded. */
bool vgic_has_deliverable(struct vcpu *v);
