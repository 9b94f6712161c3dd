/* SPDX-License-Identifier: Apache-2.0 */
/* A VM of 16 MiB around an image. For the tests of image kinds. */
#pragma once
#include "unit/description.h"
#include "monitor/image.h"

static const struct vm_description *const vm = result.vms;

/* One VM of 16 MiB with the image. */
static inline void describe_image(const char *wanted)
{
	open_node("a");
	text("memory", "16M");
	kernel();
	close_node();
	expect(wanted);
	assert_int_equal(vm->refused, wanted[0] != 0);
}

/* The same, raw. */
static inline void describe_raw(u64 load, u64 entry, const char *wanted)
{
	open_node("a");
	text("memory", "16M");
	kernel();
	pair("load", load);
	pair("entry", entry);
	close_node();
	expect(wanted);
	assert_int_equal(vm->refused, wanted[0] != 0);
}

static inline void placed(enum image_kind kind, u64 load, u64 entry, u64 footprint)
{
	assert_int_equal(vm->kind, kind);
	assert_int_equal(vm->load.value, load);
	assert_int_equal(vm->entry.value, entry);
	assert_int_equal(vm->footprint, footprint);
}
