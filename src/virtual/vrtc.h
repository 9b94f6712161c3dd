/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL031 (DDI 0224): seconds since 1970, with its alarm. */
#pragma once
#include "lib/types.h"
#include "machine/spinlock.h"
#include "monitor/deadline.h"
#include "virtual/reg.h"

struct vm;

#define VRTC_BASE 0x09010000UL

struct vrtc {
	struct spinlock lock;
	s64 offset; /* guest's seconds - machine's seconds */
	u32 load, match;
	bool raw, mask; /* RTCRIS, RTCIMSC */
	bool armed;     /* the match register was written since reset */
	bool line;      /* the interrupt's level as the vGIC knows it */
	struct vm *vm;
	struct deadline alarm;
};

extern const struct reg_table vrtc_table;
/* Keeps the offset (a battery does), silences the alarm. */
void vrtc_reset(struct vm *vm);
/* Seconds since 1970 by the machine's clock: vrtc_epoch at counter 0 plus the counter. Set once at boot. */
void vrtc_set_epoch(u64 seconds_at_counter_zero);
