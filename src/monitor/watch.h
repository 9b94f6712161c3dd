/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of what every vCPU does, through the console (doc/watch.md). CPU 0 only. */
#pragma once
#include "lib/types.h"

enum watch_kind {
	WATCH_COUNTERS, /* for programs: every counter */
	WATCH_TRACE,    /* for programs: what the CPUs did last */
	WATCH_TABLE,    /* for people: a line per vCPU */
	WATCH_KINDS,
};

/* Starts a report; while another is being written, behind it. Asked for twice meanwhile: once. */
void watch_ask(enum watch_kind kind);
