/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a sequence of steps, each made from two random words, on the virtual GIC and on its
 * model, and compares what a guest can see after each. Any subset of a sequence can be played.
 */
#pragma once
#include "lib/types.h"

struct play_step {
	u64 random[2]; /* who, and what */
};

struct play_options {
	u32 vcpus, lr_count;
	bool tdir, counts_split_eoi;
	bool software; /* the CPU interface is not on list registers: everything is allowed */
	/*
	 * With EOImode 1 and TDIR everything is allowed. Without, EOIcount tells the list registers' owner
	 * that an interrupt ended, not which: then either no interrupt is made active by software, or
	 * `few`: there are no more interrupts than list registers.
	 */
	bool split, few;
	bool repeats; /* nearly every step is of an interrupt that comes, and ends, again and again */
};

/* The index of the step after which they differ, `count` if none. `*why` says how. */
u32 play(const struct play_options *options, const struct play_step *steps, u32 count, const char **why);
/* Prints what the steps do. */
void play_print(const struct play_options *options, const struct play_step *steps, u32 count);
/* Removes steps that are not needed for the difference; returns how many are left. */
u32 play_shrink(const struct play_options *options, struct play_step *steps, u32 count);
