/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the monitor's console: what each is called, and what it answers. CPU 0 only. */
#pragma once
#include "lib/types.h"

struct vm;

struct command {
	const char *name;
	const char *does; /* in a few words, for `help` */
	bool wants_vm;
	/*
	 * Prints line number `line` of the answer, from 0; false: there is none, and nothing was printed. `vm` is the one that was
	 * named, if it wants one.
	 */
	bool (*answer)(struct vm *vm, u32 line);
};

/* In the order of `help`; NULL behind the last. */
const struct command *command_at(u32 index);
