/* SPDX-License-Identifier: Apache-2.0 */
/* Builds descriptions and images in memory, describes them, keeps the errors. For the tests of describe(). */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <libfdt.h>
#include "lib/bits.h"
#include "monitor/describe.h"

enum { TREE_ROOM = 1 << 20, TEXT_ROOM = 1 << 16 };

#define CASE(name) static void name(void **state __attribute__((unused)))
#define TEST(name) cmocka_unit_test_setup(name, start)

static u8 tree[TREE_ROOM] __attribute__((aligned(16)));
static char errors[TEXT_ROOM];
static struct system_description result;
static struct describe_limits limits;

static inline void put_error(struct sink *to, char c)
{
	size_t length = strlen(errors);

	(void)to;
	assert_true(length + 1 < sizeof(errors));
	errors[length] = c;
	errors[length + 1] = 0;
}

/* --- images --- */

static u8 image[1 << 16];
static u32 image_size;

static inline void put_le(u32 at, u32 size, u64 value)
{
	for (u32 i = 0; i < size; i++)
		image[at + i] = (u8)(value >> (8 * i));
}

/* `size` bytes of a plausible instruction, `add x0, x0, x0`: no kind's magic. */
static inline void make_raw(u32 size)
{
	memset(image, 0, sizeof(image));
	image_size = size;
	for (u32 i = 0; i < size / 4; i++)
		put_le(4 * i, 4, 0x8b000000);
}

static inline void make_linux(u64 text_offset, u64 whole, u64 flags)
{
	make_raw(4096);
	put_le(8, 8, text_offset);
	put_le(16, 8, whole);
	put_le(24, 8, flags);
	memcpy(image + 56, "ARM\x64", 4);
}

enum { ELF_SEGMENTS = 64, ELF_SEGMENT_SIZE = 56 };

static inline void make_elf(u32 segments, u64 entry)
{
	make_raw(8192);
	memset(image, 0, ELF_SEGMENTS + segments * ELF_SEGMENT_SIZE);
	memcpy(image,
	       "\x7f"
	       "ELF\x02\x01\x01",
	       7);
	put_le(16, 2, 2);
	put_le(18, 2, 183);
	put_le(20, 4, 1);
	put_le(24, 8, entry);
	put_le(32, 8, ELF_SEGMENTS);
	put_le(54, 2, ELF_SEGMENT_SIZE);
	put_le(56, 2, segments);
}

/* Loadable, its virtual address the physical one. */
static inline void elf_segment(u32 i, u64 offset, u64 address, u64 in_file, u64 in_memory)
{
	u32 at = ELF_SEGMENTS + i * ELF_SEGMENT_SIZE;

	put_le(at, 4, 1);
	put_le(at + 8, 8, offset);
	put_le(at + 16, 8, address);
	put_le(at + 24, 8, address);
	put_le(at + 32, 8, in_file);
	put_le(at + 40, 8, in_memory);
}

/* --- trees --- */

static inline void bytes(const char *name, const void *value, u32 size)
{
	assert_int_equal(fdt_property(tree, name, value, (int)size), 0);
}

static inline void text(const char *name, const char *value) { bytes(name, value, (u32)strlen(value) + 1); }
static inline void cell(const char *name, u32 value)
{
	assert_int_equal(fdt_property_u32(tree, name, value), 0);
}
static inline void pair(const char *name, u64 value)
{
	assert_int_equal(fdt_property_u64(tree, name, value), 0);
}
static inline void open_node(const char *name) { assert_int_equal(fdt_begin_node(tree, name), 0); }
static inline void close_node(void) { assert_int_equal(fdt_end_node(tree), 0); }

/* The root is open; without a compatible. */
static inline void start_bare(void)
{
	memset(&limits, 0, sizeof(limits));
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	open_node("");
	make_linux(0, 1 * MIB, 0);
}

static inline int start(void **state)
{
	(void)state;
	start_bare();
	text("compatible", "corbel,system");
	return 0;
}

static inline void kernel(void) { bytes("kernel", image, image_size); }

/* A whole VM with nothing but a kernel. */
static inline void plain_vm(const char *name)
{
	open_node(name);
	kernel();
	close_node();
}

/* A child of the open /images. */
static inline void shared_image(const char *name, u32 phandle)
{
	open_node(name);
	bytes("data", image, image_size);
	cell("phandle", phandle);
	close_node();
}

/* A child of the open VM. */
static inline void module(const char *name, const char *role, u64 from, u64 size)
{
	u64 reg[2] = {cpu_to_fdt64(from), cpu_to_fdt64(size)};
	char compatible[64] = "multiboot,module";

	open_node(name);
	strcpy(compatible + sizeof("multiboot,module"), role);
	bytes("compatible", compatible, (u32)(sizeof("multiboot,module") + strlen(role) + 1));
	bytes("reg", reg, sizeof(reg));
	close_node();
}

/* --- runs --- */

/* In a block of exactly `size` bytes, so that a read past it is seen; `result` points into it. */
static inline u32 describe_bytes(const void *from, size_t size)
{
	static void *copy;
	struct sink sink = {put_error};

	free(copy);
	copy = malloc(size ? size : 1);
	assert_non_null(copy);
	memcpy(copy, from, size);
	errors[0] = 0;
	return describe(copy, size, &limits, &result, &sink);
}

static inline void finish(void)
{
	close_node();
	assert_int_equal(fdt_finish(tree), 0);
}

static inline u32 lines_of(const char *of)
{
	u32 count = 0;

	for (; *of; of++)
		count += *of == '\n';
	return count;
}

/* The description is closed and has these errors, and no other. */
static inline void expect(const char *wanted)
{
	u32 count;

	finish();
	count = describe_bytes(tree, fdt_totalsize(tree));
	assert_string_equal(errors, wanted);
	assert_int_equal(count, lines_of(wanted));
}
