/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An executable specification of a GICv3 with one security state, affinity routing and no LPIs
 * (IHI 0069): distributor, redistributors and CPU interfaces, one enum per interrupt.
 * It knows nothing of list registers.
 */
#pragma once
#include "lib/types.h"

enum { MODEL_PES = 8, MODEL_PRIVATE = 32, MODEL_INTIDS = 288, MODEL_NESTING = 64, MODEL_SPURIOUS = 1023 };

/* Figure 4-3. */
enum model_state { INACTIVE, PENDING, ACTIVE, ACTIVE_AND_PENDING };

struct model_interrupt {
	enum model_state state;
	bool enabled, group1, edge, line;
	bool soft;  /* pending whatever the line: an edge, an SGI, ISPENDR */
	bool fixed; /* configuration is read-only */
	u8 priority;
	u64 route;
};

struct model_pe {
	struct model_interrupt private[MODEL_PRIVATE];
	bool sleep; /* GICR_WAKER */
	u32 pmr;
	bool group_enabled[2], split, common; /* ICC_IGRPEN<n>, ICC_CTLR.EOImode, CBPR */
	u32 bpr[2];                           /* ICC_BPR<n> */
	u8 running[MODEL_NESTING];            /* active group priorities, the last is the running one */
	u8 group[MODEL_NESTING];              /* whose they are */
	u32 nesting;
};

struct vgic_model {
	u32 pes;
	bool forward[2];                             /* GICD_CTLR.EnableGrp<n> */
	struct model_interrupt shared[MODEL_INTIDS]; /* by INTID */
	struct model_pe pe[MODEL_PES];
};

void vgic_model_reset(struct vgic_model *m, u32 pes);
struct model_interrupt *vgic_model_interrupt(struct vgic_model *m, u32 pe, u32 intid);
/* Steps of one interrupt's state machine. */
void vgic_model_acknowledge(struct model_interrupt *i);
void vgic_model_deactivate(struct model_interrupt *i);

/* Memory-mapped registers. `frame` is the redistributor's PE. */
u64 vgic_model_dist_read(struct vgic_model *m, u32 offset, u32 size);
void vgic_model_dist_write(struct vgic_model *m, u32 offset, u32 size, u64 value);
u64 vgic_model_redist_read(struct vgic_model *m, u32 frame, u32 offset, u32 size);
void vgic_model_redist_write(struct vgic_model *m, u32 frame, u32 offset, u32 size, u64 value);

/* Inputs. */
void vgic_model_line(struct vgic_model *m, u32 pe, u32 intid, bool high);
void vgic_model_edge(struct vgic_model *m, u32 pe, u32 intid);
void vgic_model_sgi(struct vgic_model *m, u32 pe, u32 group, u64 value);

/* The CPU interface. */
bool vgic_model_is_target(const struct vgic_model *m, u32 pe, u32 intid);
/* Whether the PE is interrupted, and by a group; several interrupts of one priority leave it open which. */
bool vgic_model_may_be_quiet(struct vgic_model *m, u32 pe);
bool vgic_model_may_signal(struct vgic_model *m, u32 pe, u32 group);
/* Whether a read of ICC_IAR<group> may return `intid`, MODEL_SPURIOUS included. */
bool vgic_model_may_ack(struct vgic_model *m, u32 pe, u32 group, u32 intid);
void vgic_model_ack(struct vgic_model *m, u32 pe, u32 intid);
void vgic_model_eoi(struct vgic_model *m, u32 pe, u32 intid);
void vgic_model_dir(struct vgic_model *m, u32 pe, u32 intid);
u32 vgic_model_running(const struct vgic_model *m, u32 pe);
/* ICC_AP<group>R0_EL1, with 32 levels of preemption. */
u32 vgic_model_levels(const struct vgic_model *m, u32 pe, u32 group);
/* Whether a read of ICC_HPPIR<group> may return `intid`. */
bool vgic_model_may_be_highest(struct vgic_model *m, u32 pe, u32 group, u32 intid);
/* ICC_BPR<group>: less than the least sets that; with CBPR group 1 has none of its own to set. */
void vgic_model_set_bpr(struct vgic_model *m, u32 pe, u32 group, u32 point);
/* As signals, but whatever the running priority. */
bool vgic_model_would_wake(struct vgic_model *m, u32 pe);
