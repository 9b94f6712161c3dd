/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM whose vCPUs run on fake CPUs, one each, and nothing but its virtual GIC: EL2's loop and
 * the physical GIC are played here. vgic_seams.h stands in for the monitor and the timers.
 */
#pragma once
#include "gich_fake.h"
#include "monitor/vm.h"

enum { HARNESS_TIMERS = 2 };
extern const u32 harness_timer[HARNESS_TIMERS]; /* their INTIDs */

struct harness {
	struct vm vm;
	struct vcpu vcpu[VM_VCPU_MAX];
	bool kicked[VM_VCPU_MAX]; /* and has not passed its loop since */
	u32 kicks;                /* since the start */
	bool timer_line[VM_VCPU_MAX][HARNESS_TIMERS];
	bool physical_active[VM_VCPU_MAX][HARNESS_TIMERS]; /* in the physical GIC */
	u32 fires, deactivations;
	bool software; /* the CPU interfaces are vgic_interface.c's; else the fake's */
};
extern struct harness harness;

/* A VM of so many vCPUs, all loaded, both timers linked, nothing enabled. */
void harness_start(u32 vcpus, const struct gich_fake_options *options);
/* The same with groups and priority mask open, everything in group 1. */
void harness_start_open_with(u32 vcpus, u32 lr_count, bool tdir);
void harness_start_open(u32 vcpus); /* 4 list registers, TDIR */

/* vCPU k traps for this and returns to its guest. */
u64 harness_dist_read(u32 k, u32 offset, u32 size);
void harness_dist_write(u32 k, u32 offset, u32 size, u64 value);
u64 harness_redist_read(u32 k, u32 frame, u32 offset, u32 size);
void harness_redist_write(u32 k, u32 frame, u32 offset, u32 size, u64 value);
void harness_sgi(u32 k, u32 group, u64 value);
void harness_line(u32 k, u32 intid, bool high); /* a device emulated on CPU k; private: of vCPU k */
void harness_edge(u32 k, u32 intid);
/* The guest's own timer, without a trap. */
void harness_timer_line(u32 k, u32 timer, bool high);
void harness_load(u32 k);
void harness_unload(u32 k);

/* The guest on vCPU k, at its CPU interface. */
u32 harness_ack(u32 k, u32 group);
void harness_eoi(u32 k, u32 group, u32 intid);
void harness_dir(u32 k, u32 intid);
void harness_set_pmr(u32 k, u32 priority);
void harness_set_group(u32 k, u32 group, bool enabled);
/* ICC_CTLR_EL1 */
void harness_set_control(u32 k, bool split, bool common);
void harness_set_bpr(u32 k, u32 group, u32 point);
bool harness_signals(u32 k, u32 group); /* IRQ (1), FIQ (0) */
u32 harness_running(u32 k);             /* ICC_RPR_EL1 */
u64 harness_levels(u32 k, u32 group);   /* ICC_AP<group>R0_EL1 */
u32 harness_highest(u32 k, u32 group);  /* ICC_HPPIR<group>_EL1; in software only */

/* k passes its loop whatever happened. */
void harness_pass(u32 k);
/* All that were kicked or interrupted pass their loops. NULL, or what is wrong. */
const char *harness_settle(void);
/* What must hold between two steps; NULL, or what is wrong. */
const char *harness_check(void);
