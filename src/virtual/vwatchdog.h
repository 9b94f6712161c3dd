/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's SBSA generic watchdog (DEN0029, Generic Watchdog): warns by an interrupt, then bites. */
#pragma once
#include "lib/types.h"
#include "machine/spinlock.h"
#include "monitor/deadline.h"
#include "virtual/reg.h"

struct vm;

/* 64 KiB apart, so that a guest with pages of that size can map them apart, too. */
#define VWATCHDOG_CONTROL_BASE 0x0c000000UL
#define VWATCHDOG_REFRESH_BASE 0x0c010000UL

struct vwatchdog {
	struct spinlock lock;
	u64 offset;   /* WOR, 48 bits: ticks of a watch period */
	u64 compare;  /* WCV, by the guest's counter */
	bool enabled; /* WCS.EN */
	bool warned;  /* WCS.WS0 */
	bool bitten;  /* WCS.WS1 */
	bool line;    /* the interrupt's level as the vGIC knows it */
	bool stopped; /* the VM's time is: what is over the guest is told when it goes on */
	struct vm *vm;
	struct deadline alarm;
};

extern const struct reg_table vwatchdog_control_table;
extern const struct reg_table vwatchdog_refresh_table;
/* The VM's time stops, or goes on: no deadline waits for it meanwhile. vm->lock is held. */
void vwatchdog_stop(struct vm *vm);
void vwatchdog_go_on(struct vm *vm);
/* Disabled, silent, all registers 0. */
void vwatchdog_reset(struct vm *vm);
/* Whether it is enabled: if nobody refreshes it, it bites. */
bool vwatchdog_counts(struct vm *vm);
/* Whether its second signal is up. */
bool vwatchdog_bites(struct vm *vm);
