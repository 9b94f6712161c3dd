/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps descriptions piece by piece and reads them again. For the tests of dump.c. */
#pragma once
#include "unit/description.h"
#include "unit/same_description.h"
#include "monitor/dump.h"

enum { STEPS_MAX = 200 };

/* A description, and the tree that it points into. */
struct read {
	void *tree;
	u32 errors;
	struct system_description system;
};

/* What was read before may be gone. */
static inline void read_tree(struct read *r, const void *from, u32 size)
{
	struct sink sink = {put_error};

	free(r->tree);
	r->tree = malloc(size);
	assert_non_null(r->tree);
	memcpy(r->tree, from, size);
	errors[0] = 0;
	r->errors = describe(r->tree, size, &limits, &r->system, &sink);
}

static struct read said, again;

static inline enum status measure(struct dump *d)
{
	enum status status = BUSY;

	for (u32 steps = 0; status == BUSY; steps++) {
		assert_int_equal(d->size, 0);
		assert_true(steps < STEPS_MAX);
		status = dump_measure(d);
	}
	return status;
}

struct written {
	u8 *bytes;
	u32 size;
};

/* In pieces of at most `room` bytes, each in a block of its own, so that a byte beyond it is seen. */
static inline struct written write_in_pieces(const struct vm_description *vms, u32 count, u32 room)
{
	struct written to = {0};
	struct dump d;
	u32 at = 0, now;
	u8 *piece = malloc(room);

	assert_int_equal(dump_begin(&d, vms, count), OK);
	assert_int_equal(dump_some(&d, piece, room), 0);
	assert_int_equal(measure(&d), OK);
	assert_int_equal(dump_measure(&d), OK);
	to.size = d.size;
	to.bytes = malloc(to.size);
	while ((now = dump_some(&d, piece, room))) {
		assert_true(now <= room && now <= to.size - at);
		memcpy(to.bytes + at, piece, now);
		at += now;
	}
	assert_int_equal(at, to.size);
	assert_int_equal(dump_some(&d, piece, room), 0);
	free(piece);
	return to;
}

static inline void assert_same_bytes(struct written a, struct written b)
{
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.bytes, b.bytes, a.size);
}

/* What `vm` has in common with those before it, `other` has with as many of those before it. */
static inline void assert_shared_alike(const struct vm_description *vm, const struct vm_description *other)
{
	u32 users = 0;

	for (const struct vm_description *v = said.system.vms; v <= vm; v++) {
		users += !v->refused && v->kernel.bytes == vm->kernel.bytes;
		users += !v->refused && vm->initrd.bytes && v->initrd.bytes == vm->initrd.bytes;
	}
	for (const struct vm_description *v = again.system.vms; v <= other; v++) {
		users -= v->kernel.bytes == other->kernel.bytes;
		users -= other->initrd.bytes && v->initrd.bytes == other->initrd.bytes;
	}
	assert_int_equal(users, 0);
}

/* `again` is what was said, but for VMs that were refused. */
static inline void assert_said_again(void)
{
	u32 count = 0;

	for (u32 i = 0; i < said.system.vm_count; i++) {
		const struct vm_description *vm = &said.system.vms[i], *other = &again.system.vms[count];

		if (vm->refused)
			continue;
		count++;
		assert_true(is_same_vm(vm, other));
		assert_shared_alike(vm, other);
		assert_true(!other->refused && has_same_cpus(vm, other));
	}
	assert_int_equal(again.system.vm_count, count);
	assert_int_equal(again.errors, 0);
}
