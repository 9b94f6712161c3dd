/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the monitor's console: what each is called, and what it answers. On the console's CPU only. */
#pragma once
#include "lib/types.h"

/* What stands behind a command: nothing, the name of a VM, or of one that is described and not there. */
enum command_wants { WANTS_NOTHING, WANTS_VM, WANTS_DESCRIBED };

struct command {
	const char *name;
	const char *does; /* in a few words, for `help` */
	enum command_wants wants;
	/*
	 * Prints line number `line` of the answer, from 0; false: there is none, and nothing was printed. `name` is what stood
	 * behind it: whose it is may be gone by the second line.
	 */
	bool (*answer)(const char *name, u32 line);
};

/* In the order of `help`; NULL behind the last. */
const struct command *command_at(u32 index);
