/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: loaded, run, ended, loaded again; and what somebody outside may do with it. What is long is a job in bounded
 * steps on the CPU of its first vCPU, so that other VMs do not notice.
 */
#pragma once
#include "lib/types.h"

struct vcpu;
struct vm;

/* Why it is ending or ended. */
enum life_end {
	END_OFF,
	END_RESET,
	END_CRASHED,
	END_BITTEN,  /* by its watchdog */
	END_ALL_OFF, /* no vCPU is left that could do anything, nor a watchdog */
};

/*
 * The whole VM ends: SYSTEM_OFF, SYSTEM_RESET, a fault, its watchdog. Its vCPUs leave the guest at once;
 * the last one acts on the restart policy. The first reason wins. Any CPU.
 */
void life_end(struct vm *vm, enum life_end why);
/* `v` did something that nothing can answer: its VM ends as crashed, with a report. */
void life_fail(struct vcpu *v, const char *why);

/* --- for whoever looks from outside --- */

enum life {
	LIFE_DEFINED, /* it has never run */
	LIFE_LOADING,
	LIFE_RUNNING,
	LIFE_PAUSED,
	LIFE_SUSPENDED, /* by itself, to RAM: an interrupt wakes it */
	LIFE_ENDING,
	LIFE_OFF,
	LIFE_CRASHED,
};
/* Where it is; a moment later it may be elsewhere. Any CPU. */
enum life life_of(const struct vm *vm);
const char *life_word(enum life life);

enum life_act {
	LIFE_START,    /* loads the pristine image, and runs */
	LIFE_SHUTDOWN, /* presses its power button: what comes of it is the guest's affair */
	LIFE_RESET,    /* ends at once, and starts again whatever its policy is */
	LIFE_PAUSE,    /* stands still, and its time with it */
	LIFE_RESUME,
	LIFE_STOP,    /* ends at once, and stays off whatever its policy is */
	LIFE_CRASH,   /* ends as by a fault of its own: with a report, and its policy decides */
	LIFE_DESTROY, /* ends at once, if it has not, and is no more: all that it had is given back */
	LIFE_ACTS
};
const char *life_act_word(enum life_act act);
/* Whether it can be done there. */
bool life_allows(enum life life, enum life_act act);
/*
 * Begins it; it goes on by itself. BUSY: that cannot be done where it is in its life; NO_MEMORY: too little is free for a start.
 * Any CPU.
 */
enum status life_ask(struct vm *vm, enum life_act act);

/* --- for the monitor --- */

/* Scrubs, loads the pristine image and lets the first vCPU go. The VM was just created. */
void life_begin(struct vm *vm);
/* The load is done. */
void life_run(struct vm *vm);
/* On the vCPU's CPU: carries out the start that was asked for. */
void life_start_vcpu(struct vcpu *v);
/* On the vCPU's CPU, while the VM is ending: it leaves; the last one decides what becomes of the VM. */
void life_park(struct vcpu *v);
/* A step of making its devices as at a machine's power-on; vm->cleared says how far that is. False: they are. */
bool life_clear(struct vm *vm);
/* Nothing of it is left but its place (removal.c). */
void life_over(struct vm *vm);
/* Called when no VM is left that runs. */
void life_when_all_ended(void (*act)(void));
