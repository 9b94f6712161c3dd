/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of what every vCPU does, for programs, through the console (doc/watch.md). CPU 0 only. */
#pragma once
#include "lib/types.h"

struct vcpu;

enum watch_kind {
	WATCH_COUNTERS, /* every counter */
	WATCH_TRACE,    /* what the CPUs did last */
	WATCH_KINDS,
};

/* Starts a report; while another is being written, behind it. Asked for twice meanwhile: once. */
void watch_ask(enum watch_kind kind);

/* "on", "asleep", "starting" or "off". */
const char *watch_power(const struct vcpu *v);
/* Ticks since it was started, without what it waited and what was stolen; 0 while it is off. */
u64 watch_ran(const struct vcpu *v);
