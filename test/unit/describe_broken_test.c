/* SPDX-License-Identifier: Apache-2.0 */
/* describe(): trees that are none, cut short, or damaged. */
#include "unit/description.h"

/* --- broken trees --- */

/* Writes a good tree, then a cell of its header. */
static void with_header(u32 at, u32 value, u64 size, const char *wanted)
{
	u32 big = cpu_to_fdt32(value);

	plain_vm("a");
	finish();
	memcpy(tree + at, &big, sizeof(big));
	describe_bytes(tree, size ? size : 8192);
	assert_string_equal(errors, wanted);
	assert_int_equal(result.vm_count, 0);
}

CASE(no_bytes_are_no_tree)
{
	assert_int_equal(describe_bytes("", 0), 1);
	assert_string_equal(errors, "/: not a device tree: 0 bytes; accepted: what dtc writes\n");
}

CASE(no_tree_at_all_is_told)
{
	struct sink sink = {put_error};

	errors[0] = 0;
	assert_int_equal(describe(NULL, 0, &limits, &result, &sink), 1);
	assert_string_equal(errors, "/: not a device tree: 0 bytes; accepted: what dtc writes\n");
}

CASE(other_magic_is_no_tree)
{
	with_header(0, 0x7f454c46, 0,
	            "/: not a device tree: it begins with 0x7f454c46; accepted: 0xd00dfeed\n");
}

CASE(source_is_no_tree)
{
	static const char source[] = "/dts-v1/;\n/ { compatible = \"corbel,system\"; };\n";

	describe_bytes(source, sizeof(source) - 1);
	assert_string_equal(errors, "/: a device tree source; accepted: what dtc -O dtb makes of it\n");
}

CASE(tree_cut_short_is_truncated)
{
	with_header(4, 8000, 7999, "/: the tree is truncated: 7999 bytes of 8000\n");
}

CASE(older_version_is_refused) { with_header(20, 16, 0, "/: a device tree of version 16; accepted: 17\n"); }

CASE(strings_outside_the_tree_are_refused)
{
	with_header(12, 0x7fffffff, 0,
	            "/: the device tree's header contradicts itself; accepted: what dtc writes\n");
}

CASE(tree_off_its_alignment_is_refused)
{
	static u8 room[8192] __attribute__((aligned(8)));
	struct sink sink = {put_error};

	plain_vm("a");
	finish();
	memcpy(room + 4, tree, fdt_totalsize(tree));
	errors[0] = 0;
	assert_int_equal(describe(room + 4, fdt_totalsize(tree), &limits, &result, &sink), 1);
	assert_non_null(strstr(errors, "; accepted: a multiple of 8\n"));
	assert_int_equal(strncmp(errors, "/: the tree lies at 0x", 22), 0);
}

#define DAMAGED "/: the device tree is damaged; accepted: what dtc writes, nodes at most 8 deep\n"

/* Replaces one cell of the structure block of a good tree. */
static void damaged(u32 cell_at, u32 value)
{
	u32 big = cpu_to_fdt32(value);

	plain_vm("a");
	finish();
	memcpy(tree + fdt_off_dt_struct(tree) + 4 * cell_at, &big, sizeof(big));
	describe_bytes(tree, fdt_totalsize(tree));
	assert_string_equal(errors, DAMAGED);
	assert_int_equal(result.vm_count, 0);
}

CASE(unknown_tag_is_damage) { damaged(2, 77); }

CASE(first_tag_must_open_the_root) { damaged(0, FDT_NOP); }

CASE(early_end_of_the_root_is_damage) { damaged(2, FDT_END_NODE); }

CASE(end_inside_a_node_is_damage) { damaged(2, FDT_END); }

CASE(name_outside_the_strings_is_damage) { damaged(4, 0x1000); }

CASE(value_outside_the_tree_is_damage) { damaged(3, 0x7fffffff); }

CASE(property_behind_a_node_is_damage)
{
	open_node("a");
	close_node();
	text("compatible", "corbel,system");
	expect(DAMAGED);
}

CASE(nodes_nested_too_deep_are_damage)
{
	for (u32 i = 0; i < 8; i++)
		open_node("x");
	for (u32 i = 0; i < 8; i++)
		close_node();
	expect(DAMAGED);
}

CASE(every_cut_of_a_tree_is_survived)
{
	u32 whole, cut;

	open_node("images");
	shared_image("linux", 1);
	close_node();
	open_node("a");
	cell("kernel", 1);
	module("m", "multiboot,ramdisk", 0x48000000, MIB);
	close_node();
	finish();
	whole = fdt_totalsize(tree);
	for (cut = 0; cut < whole; cut++) {
		if (cut >= 8)
			fdt_set_totalsize(tree, cut);
		assert_true(describe_bytes(tree, cut) > 0);
		assert_int_equal(result.vm_count, 0);
	}
}

static const struct CMUnitTest tests[] = {
	TEST(no_bytes_are_no_tree),
	TEST(no_tree_at_all_is_told),
	TEST(other_magic_is_no_tree),
	TEST(source_is_no_tree),
	TEST(tree_cut_short_is_truncated),
	TEST(older_version_is_refused),
	TEST(strings_outside_the_tree_are_refused),
	TEST(tree_off_its_alignment_is_refused),
	TEST(unknown_tag_is_damage),
	TEST(first_tag_must_open_the_root),
	TEST(early_end_of_the_root_is_damage),
	TEST(end_inside_a_node_is_damage),
	TEST(name_outside_the_strings_is_damage),
	TEST(value_outside_the_tree_is_damage),
	TEST(property_behind_a_node_is_damage),
	TEST(nodes_nested_too_deep_are_damage),
	TEST(every_cut_of_a_tree_is_survived),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
