/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that a description makes of a VM, and how it is shown. */
#pragma once
#include "monitor/describe.h"

enum { REGION_MAX = 12, INTERRUPTS = 7 };

struct region {
	const char *name;
	char about[160];
	u64 from, size;
	bool in_ram;
};

struct machine {
	const struct vm_description *vm;
	struct region regions[REGION_MAX];
	u32 count;
};

struct interrupt {
	u32 intid, count;
	const char *name, *about;
};
extern const struct interrupt interrupts[INTERRUPTS];

struct amount {
	char text[32];
};
/* Bytes, with a unit. */
struct amount amount(u64 bytes);
/* As a description spells it. */
const char *machine_cpu_name(enum vid_baseline baseline);
void machine_build(struct machine *m, const struct vm_description *vm);

/* For people, text.c; for programs, json.c. */
void text_machine(const struct machine *m);
void json_machine(const struct machine *m);
/* `text` is one error a line. */
void json_errors(const char *text);
