/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of describe() share: describe.c reads the system, describe_vm.c one VM's node. */
#pragma once
#include "monitor/describe.h"
#include "monitor/property.h"
#include "monitor/report.h"

#define DESCRIBE_MEMORY_STEP    (2 * MIB)
#define DESCRIBE_MEMORY_MIN     (4 * MIB)
#define DESCRIBE_MEMORY_MAX     (255 * GIB) /* virt's map has devices above */
#define DESCRIBE_MEMORY_DEFAULT (512 * MIB)
enum { DESCRIBE_BOOTARGS_MAX = 2047 }; /* what arm64 Linux takes */

struct module {
	const char *vm, *node;
	u64 from, size;
};

struct reader {
	const void *fdt; /* sound: describe.c has walked it */
	const struct describe_limits *limits;
	struct report report;
	int images; /* the node's offset; negative: none */
	struct module modules[2 * DESCRIBE_VM_MAX];
	u32 module_count;
};

/* The property at an offset that libfdt gave. */
struct property describe_property(const void *fdt, int at);
/*
 * Its place in `words`; -1 after an error: unknown, or the second of its name (`seen`: those before it).
 * A word of no effect (a phandle, the cells of a module's reg) is judged here; the caller need not know it.
 */
s32 describe_word(struct report *r, const struct property *p, const char *const *words, u32 *seen);
/* An error for each child of `node`, of which there should be none. */
void describe_no_children(struct report *r, const void *fdt, int node);

/* Fills all of *vm but its name, which is there. */
void describe_vm(struct reader *r, int node, struct vm_description *vm);
