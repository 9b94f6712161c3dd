/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM that stands still: none of its vCPUs is in a CPU, and its time stops, but its clock's (virtual/vrtc.h). Whoever wants
 * it says so, and each vCPU rests in its own loop; once all do, the pause is complete.
 */
#pragma once
#include "lib/types.h"

struct vcpu;
struct vm;

struct pause {
	u32 resting; /* bit n: vCPU n has left its CPU, and has not come back */
	u64 since;   /* when the last of them did, by timer_now() */
};

/* Any CPU. False: it does not run. */
bool pause_begin(struct vm *vm);
/* Whether all its vCPUs rest. */
bool pause_is_complete(struct vm *vm);
/*
 * It goes on where it was; `keep_time`: but its time has passed meanwhile, as it has if the pause was not complete yet. Any
 * CPU. False: it is not paused.
 */
bool pause_end(struct vm *vm, bool keep_time);

/* --- for the loop --- */

/* Whether `v` has to rest, or to go on. */
bool pause_waits(const struct vcpu *v);
/* Where `v` is held: does so. */
void pause_obey(struct vcpu *v);
