/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of the player share: its state, and the steps. */
#pragma once
#include "model/vgic_model.h"
#include "model/vgic_play.h"

enum { PLAY_TAKEN_MAX = 64 };

/* What a vCPU has taken and not ended, with its group then. */
struct play_taken {
	u32 intid, group;
};

extern struct play_state {
	const struct play_options *options;
	struct vgic_model model;
	const u32 *pool; /* the INTIDs that are played */
	u32 pool_count;
	bool loaded[MODEL_PES];
	struct play_taken taken[MODEL_PES][PLAY_TAKEN_MAX];
	u32 taken_count[MODEL_PES];
	u64 source; /* what the current step draws from */
	bool tells; /* prints what the steps do */
} played;

/* A register word of `intid`: in the distributor, or in a redistributor's SGI_base. */
struct play_place {
	u32 intid, offset, size;
};

u32 play_draw(u32 below);
/* On the virtual GIC and the model, by vCPU k; of private interrupts in the frame of vCPU `of`. */
void play_write(u32 k, u32 of, struct play_place at, u64 value);
/* Loads vCPU k if it is not, and does what `source` says on it. NULL, or how the two differ. */
const char *play_one_step(u32 k);
__attribute__((format(printf, 1, 2))) const char *play_say(const char *format, ...);
