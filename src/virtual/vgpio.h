/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL061 (DDI 0190): eight pins, of which one is its power button and the others are tied low. */
#pragma once
#include "lib/types.h"
#include "machine/spinlock.h"
#include "monitor/deadline.h"
#include "virtual/reg.h"

struct vm;

#define VGPIO_BASE 0x09030000UL
enum { VGPIO_BUTTON = 3 }; /* the pin: high while the button is pressed */

struct vgpio {
	struct spinlock lock;
	u32 in;        /* what comes from outside, a bit a pin, as in all below */
	u32 out;       /* what was last written to the pins while they were outputs */
	u32 direction; /* GPIODIR: 1 is an output */
	u32 sense;     /* GPIOIS: 1 is sensitive to the level, 0 to edges */
	u32 both;      /* GPIOIBE: to both edges */
	u32 event;     /* GPIOIEV: else to the rising edge, or the high level */
	u32 edges;     /* that were seen, and not cleared by GPIOIC */
	u32 mask;      /* GPIOIE */
	u32 function;  /* GPIOAFSEL */
	bool line;     /* the interrupt's level as the vGIC knows it */
	struct vm *vm;
	struct deadline release;
};

extern const struct reg_table vgpio_table;
/* All registers 0, the button let go. */
void vgpio_reset(struct vm *vm);
/*
 * Presses the button, and lets it go a tenth of a second later; pressed again meanwhile, it is held for longer. Any CPU;
 * the release is a deadline of that one. It is the guest that makes something of it.
 */
void vgpio_press(struct vm *vm);
