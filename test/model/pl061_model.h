/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference model of the PL061 (DDI 0190), pin by pin, with a button on pin 3 that is let go after a while: what
 * virtual/vgpio.c is compared with. It knows nothing of tables, masks, locks or the monitor.
 */
#pragma once
#include "lib/types.h"

struct pl061_pin {
	bool outside, written;             /* levels */
	bool output, level, both, high;    /* GPIODIR, GPIOIS, GPIOIBE, GPIOIEV */
	bool enabled, hardware, edge_seen; /* GPIOIE, GPIOAFSEL */
};

struct pl061_model {
	struct pl061_pin pins[8];
	u64 now, until; /* the button is let go at `until`; 0: it is not pressed */
};

void pl061_model_reset(struct pl061_model *m);
void pl061_model_press(struct pl061_model *m, u64 ticks);
void pl061_model_pass(struct pl061_model *m, u64 ticks);
bool pl061_model_line(const struct pl061_model *m);
/* As a guest sees it: accesses of any size anywhere in 4 KiB. */
u64 pl061_model_load(const struct pl061_model *m, u32 offset, u32 size);
void pl061_model_store(struct pl061_model *m, u32 offset, u32 size, u64 value);
