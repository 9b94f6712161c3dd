/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a VM that had to be stopped: a page, written line by line once none of its CPUs runs. */
#pragma once
#include "lib/types.h"

struct vcpu;
struct vm;

struct vm_report {
	struct vcpu *by; /* who stopped the machine; NULL: nobody of its own */
	const char *why; /* NULL: there is nothing to report */
	u64 at;          /* when, by timer_now() */
	u32 were_on;     /* bit n: vCPU n was, */
	u32 starting;    /* or was about to be */
	u32 section, line;
	u64 begun; /* when its first line was due; 0: not yet */
};

/* The VM ends: what is to be reported. vm->lock is held. */
void vm_report_note(struct vm *vm, struct vcpu *by, const char *why);
/*
 * All vCPUs have parked. Prints a line, if the console has room for it and no other VM reports; false: it is complete, or the
 * console is too slow for it. It says nothing of other VMs, and of this one no keys.
 */
bool vm_report_some(struct vm *vm);
/* Whether it can do more than wait for another VM to be told of. */
bool vm_report_may_go_on(const struct vm *vm);
