/* SPDX-License-Identifier: Apache-2.0 */
/* describe(): images shared by phandle, and modules that a boot loader places. */
#include "unit/description.h"

#define IMAGE_ACCEPTED "accepted: /incbin/(\"file\"), or <&label> of a node under /images\n"

/* --- images shared by phandle --- */

CASE(phandle_names_a_shared_image)
{
	open_node("images");
	shared_image("linux", 1);
	open_node("initrd");
	bytes("data", "shared", 6);
	cell("phandle", 0x10000);
	close_node();
	close_node();
	for (u32 i = 0; i < 2; i++) {
		open_node(i ? "b" : "a");
		cell("kernel", 1);
		cell("initrd", 0x10000);
		close_node();
	}
	expect("");
	assert_int_equal(result.vm_count, 2);
	assert_ptr_equal(result.vms[0].kernel.bytes, result.vms[1].kernel.bytes);
	assert_memory_equal(result.vms[0].kernel.bytes, image, image_size);
	assert_memory_equal(result.vms[1].initrd.bytes, "shared", 6);
	assert_int_equal(result.vms[1].initrd.size, 6);
}

CASE(images_may_follow_the_vms)
{
	open_node("a");
	cell("kernel", 1);
	close_node();
	open_node("images");
	shared_image("linux", 1);
	close_node();
	expect("");
	assert_int_equal(result.vm_count, 1);
}

CASE(phandle_of_nothing_is_refused)
{
	open_node("images");
	shared_image("linux", 1);
	close_node();
	open_node("a");
	cell("kernel", 7);
	close_node();
	expect("/a: kernel: <0x7> is not the phandle of a node under /images; " IMAGE_ACCEPTED);
	assert_true(result.vms[0].refused);
}

CASE(phandle_without_images_is_refused)
{
	open_node("a");
	cell("initrd", 1);
	kernel();
	cell("phandle", 1);
	close_node();
	expect("/a: initrd: <0x1> is not the phandle of a node under /images; " IMAGE_ACCEPTED);
}

CASE(phandle_0_is_none)
{
	open_node("images");
	open_node("linux");
	bytes("data", image, image_size);
	close_node();
	close_node();
	open_node("a");
	cell("kernel", 0);
	close_node();
	expect("/a: kernel: <0x0> is not the phandle of a node under /images; " IMAGE_ACCEPTED);
}

CASE(phandle_of_a_vm_is_refused)
{
	open_node("images");
	close_node();
	open_node("a");
	kernel();
	cell("phandle", 3);
	close_node();
	open_node("b");
	cell("kernel", 3);
	close_node();
	expect("/b: kernel: <0x3> is not the phandle of a node under /images; " IMAGE_ACCEPTED);
	assert_false(result.vms[0].refused);
}

CASE(shared_image_wants_data)
{
	open_node("images");
	open_node("linux");
	cell("phandle", 1);
	close_node();
	close_node();
	open_node("a");
	cell("kernel", 1);
	close_node();
	expect("/images/linux: no data; accepted: data = /incbin/(\"file\")\n"
	       "/a: kernel: /images/linux has no data; accepted: data = /incbin/(\"file\")\n");
}

CASE(shared_image_knows_one_word)
{
	open_node("images");
	open_node("linux");
	bytes("data", image, image_size);
	text("date", "today");
	close_node();
	close_node();
	plain_vm("a");
	expect("/images/linux: unknown property \"date\"; nearest: \"data\"; accepted: data\n");
	assert_false(result.vms[0].refused);
}

CASE(shared_image_has_no_children)
{
	open_node("images");
	open_node("linux");
	bytes("data", image, image_size);
	open_node("hash");
	close_node();
	close_node();
	close_node();
	plain_vm("a");
	expect("/images/linux: unknown node \"hash\"; accepted: none\n");
}

CASE(images_has_no_data_itself)
{
	open_node("images");
	cell("#address-cells", 1);
	cell("phandle", 5);
	bytes("data", image, image_size);
	close_node();
	plain_vm("a");
	expect("/images: unknown property \"data\"; accepted: none, but nodes with a property data\n");
}

CASE(second_images_is_refused)
{
	open_node("images");
	close_node();
	open_node("images");
	close_node();
	plain_vm("a");
	expect("/images: a second node of this name; accepted: one\n");
}

/* --- modules placed by a boot loader --- */

static u8 machine_memory[1 << 16];

static const u8 *module_bytes(pa_t at, u64 size)
{
	if (at.value < 0x80000000 || at.value - 0x80000000 > sizeof(machine_memory) ||
	    size > sizeof(machine_memory) - (at.value - 0x80000000))
		return NULL;
	return machine_memory + (at.value - 0x80000000);
}

CASE(module_is_a_kernel)
{
	memcpy(machine_memory + 0x1000, image, image_size);
	limits.module_bytes = module_bytes;
	open_node("a");
	module("module@80001000", "multiboot,kernel", 0x80001000, image_size);
	module("module@80003000", "multiboot,ramdisk", 0x80003000, 100);
	close_node();
	expect("");
	assert_ptr_equal(result.vms[0].kernel.bytes, machine_memory + 0x1000);
	assert_int_equal(result.vms[0].kernel.module.value, 0x80001000);
	assert_int_equal(result.vms[0].kind, IMAGE_LINUX);
	assert_int_equal(result.vms[0].initrd.size, 100);
	assert_int_equal(result.vms[0].initrd.module.value, 0x80003000);
}

CASE(module_unseen_is_taken_on_trust)
{
	open_node("a");
	module("m", "multiboot,kernel", 0x48000000, 30 * MIB);
	close_node();
	expect("");
	assert_null(result.vms[0].kernel.bytes);
	assert_int_equal(result.vms[0].kernel.size, 30 * MIB);
	assert_int_equal(result.vms[0].kind, IMAGE_LINUX);
	assert_int_equal(result.vms[0].load.value, 0x40200000);
}

CASE(module_unseen_must_still_fit)
{
	open_node("a");
	text("memory", "16M");
	module("m", "multiboot,kernel", 0x48000000, 30 * MIB);
	close_node();
	expect("/a: kernel needs 31457280 bytes at 0x40200000; memory = 16 MiB ends at 0x41000000; "
	       "accepted: memory = 32 MiB or more\n");
}

CASE(module_outside_memory_is_refused)
{
	limits.module_bytes = module_bytes;
	open_node("a");
	module("m", "multiboot,kernel", 0x80000000, 0x20000);
	close_node();
	expect("/a/m: reg: 0x80000000 to 0x8001ffff; accepted: memory of this machine\n");
	assert_true(result.vms[0].refused);
}

CASE(module_may_be_shared_by_vms)
{
	for (u32 i = 0; i < 2; i++) {
		open_node(i ? "b" : "a");
		module("m", "multiboot,kernel", 0x48000000, MIB);
		close_node();
	}
	expect("");
}

CASE(modules_that_overlap_name_both)
{
	open_node("a");
	module("k", "multiboot,kernel", 0x48000000, MIB);
	module("i", "multiboot,ramdisk", 0x480fffff, MIB);
	close_node();
	expect("/a/i: reg: 0x480fffff to 0x481ffffe overlaps /a/k (0x48000000 to 0x480fffff); accepted: "
	       "apart\n");
}

CASE(modules_of_two_vms_must_not_overlap_in_part)
{
	open_node("a");
	module("k", "multiboot,kernel", 0x48000000, MIB);
	close_node();
	open_node("b");
	module("k", "multiboot,kernel", 0x48000000, MIB + 1);
	close_node();
	expect("/b/k: reg: 0x48000000 to 0x48100000 overlaps /a/k (0x48000000 to 0x480fffff); accepted: "
	       "apart\n");
	assert_false(result.vms[0].refused);
	assert_true(result.vms[1].refused);
}

CASE(one_module_is_not_kernel_and_initrd)
{
	open_node("a");
	module("k", "multiboot,kernel", 0x48000000, MIB);
	module("i", "multiboot,ramdisk", 0x48000000, MIB);
	close_node();
	expect("/a/i: reg: 0x48000000 to 0x480fffff overlaps /a/k (0x48000000 to 0x480fffff); accepted: "
	       "apart\n");
}

CASE(kernel_by_property_and_module_names_both)
{
	open_node("a");
	kernel();
	module("module@48000000", "multiboot,kernel", 0x48000000, MIB);
	close_node();
	expect("/a: kernel is given by \"kernel\" and by \"module@48000000\"; accepted: one of them\n");
}

CASE(initrd_by_two_modules_names_both)
{
	open_node("a");
	kernel();
	module("one", "multiboot,ramdisk", 0x48000000, MIB);
	module("two", "multiboot,ramdisk", 0x49000000, MIB);
	close_node();
	expect("/a: initrd is given by \"one\" and by \"two\"; accepted: one of them\n");
}

CASE(module_of_unknown_role_names_the_nearest)
{
	open_node("a");
	kernel();
	module("m", "multiboot,kernal", 0x48000000, MIB);
	close_node();
	expect("/a/m: compatible \"multiboot,kernal\"; nearest: \"multiboot,kernel\"; "
	       "accepted: multiboot,module, multiboot,kernel, multiboot,ramdisk\n");
}

CASE(module_without_a_role_is_refused)
{
	open_node("a");
	kernel();
	open_node("m");
	text("compatible", "multiboot,module");
	close_node();
	close_node();
	expect("/a/m: compatible; accepted: \"multiboot,module\" with either \"multiboot,kernel\" or "
	       "\"multiboot,ramdisk\"\n");
}

CASE(module_without_reg_is_refused)
{
	open_node("a");
	open_node("m");
	bytes("compatible", "multiboot,module\0multiboot,kernel", 34);
	close_node();
	close_node();
	expect("/a/m: reg: a value of 0 bytes; accepted: an address and a size of two cells each\n");
}

CASE(module_of_no_bytes_is_refused)
{
	open_node("a");
	module("m", "multiboot,kernel", 0x48000000, 0);
	close_node();
	expect("/a/m: reg: 0 bytes at 0x48000000; accepted: 1 byte to 255 GiB below 0x10000000000000\n");
}

CASE(module_that_wraps_is_refused)
{
	open_node("a");
	module("m", "multiboot,kernel", ~0UL, 2);
	close_node();
	expect("/a/m: reg: 2 bytes at 0xffffffffffffffff; accepted: 1 byte to 255 GiB below "
	       "0x10000000000000\n");
}

CASE(module_knows_two_words)
{
	open_node("a");
	open_node("m");
	bytes("compatible", "multiboot,module\0multiboot,kernel", 34);
	pair("rge", 0);
	open_node("x");
	close_node();
	close_node();
	close_node();
	expect("/a/m: unknown property \"rge\"; nearest: \"reg\"; accepted: compatible, reg\n"
	       "/a/m: unknown node \"x\"; accepted: none\n"
	       "/a/m: reg: a value of 0 bytes; accepted: an address and a size of two cells each\n");
}

CASE(cells_of_a_module_are_two)
{
	open_node("a");
	cell("#address-cells", 1);
	bytes("#size-cells", "", 0);
	kernel();
	close_node();
	expect("/a: #address-cells: <1>; accepted: <2>\n"
	       "/a: #size-cells: a value of 0 bytes; accepted: one cell, <2>\n");
}

CASE(other_child_is_refused)
{
	open_node("a");
	kernel();
	open_node("cpus");
	close_node();
	close_node();
	expect("/a: unknown node \"cpus\"; accepted: vcpu@0 to vcpu@0, and nodes compatible "
	       "\"multiboot,module\"\n");
}

CASE(misspelt_images_is_told)
{
	open_node("image");
	shared_image("linux", 1);
	close_node();
	expect("/image: unknown node \"linux\"; accepted: vcpu@0 to vcpu@0, and nodes compatible "
	       "\"multiboot,module\"; nearest to "
	       "this VM's "
	       "name: /images\n"
	       "/image: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under "
	       "/images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
}

static const struct CMUnitTest tests[] = {
	TEST(phandle_names_a_shared_image),
	TEST(images_may_follow_the_vms),
	TEST(phandle_of_nothing_is_refused),
	TEST(phandle_without_images_is_refused),
	TEST(phandle_0_is_none),
	TEST(phandle_of_a_vm_is_refused),
	TEST(shared_image_wants_data),
	TEST(shared_image_knows_one_word),
	TEST(shared_image_has_no_children),
	TEST(images_has_no_data_itself),
	TEST(second_images_is_refused),
	TEST(module_is_a_kernel),
	TEST(module_unseen_is_taken_on_trust),
	TEST(module_unseen_must_still_fit),
	TEST(module_outside_memory_is_refused),
	TEST(module_may_be_shared_by_vms),
	TEST(modules_that_overlap_name_both),
	TEST(modules_of_two_vms_must_not_overlap_in_part),
	TEST(one_module_is_not_kernel_and_initrd),
	TEST(kernel_by_property_and_module_names_both),
	TEST(initrd_by_two_modules_names_both),
	TEST(module_of_unknown_role_names_the_nearest),
	TEST(module_without_a_role_is_refused),
	TEST(module_without_reg_is_refused),
	TEST(module_of_no_bytes_is_refused),
	TEST(module_that_wraps_is_refused),
	TEST(module_knows_two_words),
	TEST(cells_of_a_module_are_two),
	TEST(other_child_is_refused),
	TEST(misspelt_images_is_told),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
