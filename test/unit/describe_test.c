/* SPDX-License-Identifier: Apache-2.0 */
/* describe(): what it accepts, with defaults; each defect with its whole sentence. Images have their own tests. */
#include "unit/description.h"

#define TEST(name) cmocka_unit_test_setup(name, start)
#define VM_WORDS \
	"cpus, memory, kernel, initrd, load, entry, bootargs, restart, restart-limit, restart-window\n"
#define SIZE_ACCEPTED "accepted: \"512M\", \"1G\", \"256MiB\" or two cells, such as <0x0 0x20000000>\n"
#define MEMORY_ACCEPTED "accepted: a multiple of 2 MiB from 4 MiB to 255 GiB\n"
#define IMAGE_ACCEPTED "accepted: /incbin/(\"file\"), or <&label> of a node under /images\n"

/* --- good descriptions --- */

static void one_word_is_enough(void **state)
{
	const struct vm_description *vm = result.vms;

	(void)state;
	plain_vm("linux");
	expect("");
	assert_int_equal(result.vm_count, 1);
	assert_string_equal(vm->name, "linux");
	assert_false(vm->refused);
	assert_int_equal(vm->cpus, 1);
	assert_int_equal(vm->memory, 512 * MIB);
	assert_int_equal(vm->restart, RESTART_ON_RESET);
	assert_int_equal(vm->restart_limit, 5);
	assert_int_equal(vm->restart_window, 60);
	assert_string_equal(vm->bootargs, "");
	assert_null(vm->initrd.bytes);
	assert_int_equal(vm->kind, IMAGE_LINUX);
	assert_int_equal(vm->kernel.size, image_size);
	assert_memory_equal(vm->kernel.bytes, image, image_size);
}

static void every_word_is_heard(void **state)
{
	const struct vm_description *vm = result.vms;

	(void)state;
	make_raw(64);
	open_node("all-9_words");
	cell("cpus", 8);
	text("memory", "1G");
	kernel();
	bytes("initrd", "initrd", 6);
	cell("load", 0x48000000);
	pair("entry", 0x48000010);
	text("bootargs", "console=ttyAMA0 quiet");
	text("restart", "always");
	cell("restart-limit", 7);
	cell("restart-window", 3600);
	cell("#address-cells", 2);
	cell("#size-cells", 2);
	cell("phandle", 9);
	cell("linux,phandle", 9);
	close_node();
	expect("");
	assert_int_equal(vm->cpus, 8);
	assert_int_equal(vm->memory, 1 * GIB);
	assert_int_equal(vm->kind, IMAGE_RAW);
	assert_int_equal(vm->load.value, 0x48000000);
	assert_int_equal(vm->entry.value, 0x48000010);
	assert_string_equal(vm->bootargs, "console=ttyAMA0 quiet");
	assert_int_equal(vm->restart, RESTART_ALWAYS);
	assert_int_equal(vm->restart_limit, 7);
	assert_int_equal(vm->restart_window, 3600);
	assert_memory_equal(vm->initrd.bytes, "initrd", 6);
}

static void vms_keep_their_order(void **state)
{
	(void)state;
	plain_vm("z");
	plain_vm("a");
	expect("");
	assert_int_equal(result.vm_count, 2);
	assert_string_equal(result.vms[0].name, "z");
	assert_string_equal(result.vms[1].name, "a");
}

static void fifteen_vms_are_accepted(void **state)
{
	char name[8];

	(void)state;
	for (u32 i = 0; i < 15; i++) {
		format_text(name, sizeof(name), "vm%u", i);
		plain_vm(name);
	}
	expect("");
	assert_int_equal(result.vm_count, 15);
	assert_string_equal(result.vms[14].name, "vm14");
}

static void name_may_have_31_bytes(void **state)
{
	(void)state;
	plain_vm("a234567890123456789012345678901");
	expect("");
	assert_string_equal(result.vms[0].name, "a234567890123456789012345678901");
}

static void what_dtc_adds_for_overlays_is_skipped(void **state)
{
	(void)state;
	open_node("__symbols__");
	text("linux", "/linux");
	close_node();
	open_node("__fixups__");
	close_node();
	open_node("__local_fixups__");
	close_node();
	plain_vm("linux");
	expect("");
	assert_int_equal(result.vm_count, 1);
}

static void memory_of(const char *value, u64 wanted)
{
	start_bare();
	text("compatible", "corbel,system");
	open_node("a");
	kernel();
	text("memory", value);
	close_node();
	expect("");
	assert_int_equal(result.vms[0].memory, wanted);
}

static void memory_has_units(void **state)
{
	(void)state;
	memory_of("512M", 512 * MIB);
	memory_of("64M", 64 * MIB);
	memory_of("1G", 1 * GIB);
	memory_of("256MiB", 256 * MIB);
	memory_of("1024MiB", 1 * GIB); /* eight bytes, as two cells have */
	memory_of("3GiB", 3 * GIB);
	memory_of("8192K", 8 * MIB);
	memory_of("8192KiB", 8 * MIB);
	memory_of("255G", 255 * GIB);
}

static void memory_may_be_two_cells(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	pair("memory", 5 * GIB);
	close_node();
	expect("");
	assert_int_equal(result.vms[0].memory, 5 * GIB);
}

static void restart_of(const char *value, enum restart_policy wanted)
{
	start_bare();
	text("compatible", "corbel,system");
	open_node("a");
	kernel();
	text("restart", value);
	close_node();
	expect("");
	assert_int_equal(result.vms[0].restart, wanted);
}

static void restart_has_four_policies(void **state)
{
	(void)state;
	restart_of("never", RESTART_NEVER);
	restart_of("on-reset", RESTART_ON_RESET);
	restart_of("on-crash", RESTART_ON_CRASH);
	restart_of("always", RESTART_ALWAYS);
}

static void initrd_follows_the_kernel_on_a_page(void **state)
{
	(void)state;
	make_linux(0x80000, 0x100001, 0);
	open_node("a");
	kernel();
	bytes("initrd", "12345", 5);
	close_node();
	expect("");
	assert_int_equal(result.vms[0].load.value, 0x40280000);
	assert_int_equal(result.vms[0].footprint, 0x100001);
	assert_int_equal(result.vms[0].initrd_load.value, 0x40381000);
}

static void initrd_may_fill_the_memory(void **state)
{
	static const u8 initrd[4096];

	(void)state;
	make_linux(0, 2 * MIB - 4096, 0);
	open_node("a");
	text("memory", "4M");
	kernel();
	bytes("initrd", initrd, sizeof(initrd));
	close_node();
	expect("");
	assert_int_equal(result.vms[0].initrd_load.value, 0x403ff000);
}

static void memory_is_counted_to_the_last_byte(void **state)
{
	(void)state;
	limits.cpus = 3;
	limits.memory = 1 * GIB;
	open_node("a");
	cell("cpus", 2);
	kernel();
	close_node();
	plain_vm("b");
	expect("");
}

static void bootargs_may_have_2047_bytes(void **state)
{
	char value[2048];

	(void)state;
	memset(value, 'x', sizeof(value));
	value[2047] = 0;
	open_node("a");
	kernel();
	text("bootargs", value);
	close_node();
	expect("");
	assert_int_equal(strlen(result.vms[0].bootargs), 2047);
}

/* --- images shared by phandle --- */

static void shared_image(const char *name, u32 phandle)
{
	open_node(name);
	bytes("data", image, image_size);
	cell("phandle", phandle);
	close_node();
}

static void phandle_names_a_shared_image(void **state)
{
	(void)state;
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

static void images_may_follow_the_vms(void **state)
{
	(void)state;
	open_node("a");
	cell("kernel", 1);
	close_node();
	open_node("images");
	shared_image("linux", 1);
	close_node();
	expect("");
	assert_int_equal(result.vm_count, 1);
}

static void phandle_of_nothing_is_refused(void **state)
{
	(void)state;
	open_node("images");
	shared_image("linux", 1);
	close_node();
	open_node("a");
	cell("kernel", 7);
	close_node();
	expect("/a: kernel: <0x7> is not the phandle of a node under /images; " IMAGE_ACCEPTED);
	assert_true(result.vms[0].refused);
}

static void phandle_without_images_is_refused(void **state)
{
	(void)state;
	open_node("a");
	cell("initrd", 1);
	kernel();
	cell("phandle", 1);
	close_node();
	expect("/a: initrd: <0x1> is not the phandle of a node under /images; " IMAGE_ACCEPTED);
}

static void phandle_0_is_none(void **state)
{
	(void)state;
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

static void phandle_of_a_vm_is_refused(void **state)
{
	(void)state;
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

static void shared_image_wants_data(void **state)
{
	(void)state;
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

static void shared_image_knows_one_word(void **state)
{
	(void)state;
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

static void shared_image_has_no_children(void **state)
{
	(void)state;
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

static void images_has_no_data_itself(void **state)
{
	(void)state;
	open_node("images");
	cell("#address-cells", 1);
	cell("phandle", 5);
	bytes("data", image, image_size);
	close_node();
	plain_vm("a");
	expect("/images: unknown property \"data\"; accepted: none, but nodes with a property data\n");
}

static void second_images_is_refused(void **state)
{
	(void)state;
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

static void module_is_a_kernel(void **state)
{
	(void)state;
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

static void module_unseen_is_taken_on_trust(void **state)
{
	(void)state;
	open_node("a");
	module("m", "multiboot,kernel", 0x48000000, 30 * MIB);
	close_node();
	expect("");
	assert_null(result.vms[0].kernel.bytes);
	assert_int_equal(result.vms[0].kernel.size, 30 * MIB);
	assert_int_equal(result.vms[0].kind, IMAGE_LINUX);
	assert_int_equal(result.vms[0].load.value, 0x40200000);
}

static void module_unseen_must_still_fit(void **state)
{
	(void)state;
	open_node("a");
	text("memory", "16M");
	module("m", "multiboot,kernel", 0x48000000, 30 * MIB);
	close_node();
	expect("/a: kernel needs 31457280 bytes at 0x40200000; memory = 16 MiB ends at 0x41000000; "
	       "accepted: memory = 32 MiB or more\n");
}

static void module_outside_memory_is_refused(void **state)
{
	(void)state;
	limits.module_bytes = module_bytes;
	open_node("a");
	module("m", "multiboot,kernel", 0x80000000, 0x20000);
	close_node();
	expect("/a/m: reg: 0x80000000 to 0x8001ffff; accepted: memory of this machine\n");
	assert_true(result.vms[0].refused);
}

static void module_may_be_shared_by_vms(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2; i++) {
		open_node(i ? "b" : "a");
		module("m", "multiboot,kernel", 0x48000000, MIB);
		close_node();
	}
	expect("");
}

static void modules_that_overlap_name_both(void **state)
{
	(void)state;
	open_node("a");
	module("k", "multiboot,kernel", 0x48000000, MIB);
	module("i", "multiboot,ramdisk", 0x480fffff, MIB);
	close_node();
	expect("/a/i: reg: 0x480fffff to 0x481ffffe overlaps /a/k (0x48000000 to 0x480fffff); accepted: apart\n");
}

static void modules_of_two_vms_must_not_overlap_in_part(void **state)
{
	(void)state;
	open_node("a");
	module("k", "multiboot,kernel", 0x48000000, MIB);
	close_node();
	open_node("b");
	module("k", "multiboot,kernel", 0x48000000, MIB + 1);
	close_node();
	expect("/b/k: reg: 0x48000000 to 0x48100000 overlaps /a/k (0x48000000 to 0x480fffff); accepted: apart\n");
	assert_false(result.vms[0].refused);
	assert_true(result.vms[1].refused);
}

static void one_module_is_not_kernel_and_initrd(void **state)
{
	(void)state;
	open_node("a");
	module("k", "multiboot,kernel", 0x48000000, MIB);
	module("i", "multiboot,ramdisk", 0x48000000, MIB);
	close_node();
	expect("/a/i: reg: 0x48000000 to 0x480fffff overlaps /a/k (0x48000000 to 0x480fffff); accepted: apart\n");
}

static void kernel_by_property_and_module_names_both(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	module("module@48000000", "multiboot,kernel", 0x48000000, MIB);
	close_node();
	expect("/a: kernel is given by \"kernel\" and by \"module@48000000\"; accepted: one of them\n");
}

static void initrd_by_two_modules_names_both(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	module("one", "multiboot,ramdisk", 0x48000000, MIB);
	module("two", "multiboot,ramdisk", 0x49000000, MIB);
	close_node();
	expect("/a: initrd is given by \"one\" and by \"two\"; accepted: one of them\n");
}

static void module_of_unknown_role_names_the_nearest(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	module("m", "multiboot,kernal", 0x48000000, MIB);
	close_node();
	expect("/a/m: compatible \"multiboot,kernal\"; nearest: \"multiboot,kernel\"; "
	       "accepted: multiboot,module, multiboot,kernel, multiboot,ramdisk\n");
}

static void module_without_a_role_is_refused(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	open_node("m");
	text("compatible", "multiboot,module");
	close_node();
	close_node();
	expect("/a/m: compatible; accepted: \"multiboot,module\" with either \"multiboot,kernel\" or "
	       "\"multiboot,ramdisk\"\n");
}

static void module_without_reg_is_refused(void **state)
{
	(void)state;
	open_node("a");
	open_node("m");
	bytes("compatible", "multiboot,module\0multiboot,kernel", 34);
	close_node();
	close_node();
	expect("/a/m: reg: a value of 0 bytes; accepted: an address and a size of two cells each\n");
}

static void module_of_no_bytes_is_refused(void **state)
{
	(void)state;
	open_node("a");
	module("m", "multiboot,kernel", 0x48000000, 0);
	close_node();
	expect("/a/m: reg: 0 bytes at 0x48000000; accepted: 1 byte to 255 GiB below 0x10000000000000\n");
}

static void module_that_wraps_is_refused(void **state)
{
	(void)state;
	open_node("a");
	module("m", "multiboot,kernel", ~0UL, 2);
	close_node();
	expect("/a/m: reg: 2 bytes at 0xffffffffffffffff; accepted: 1 byte to 255 GiB below 0x10000000000000\n");
}

static void module_knows_two_words(void **state)
{
	(void)state;
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

static void cells_of_a_module_are_two(void **state)
{
	(void)state;
	open_node("a");
	cell("#address-cells", 1);
	bytes("#size-cells", "", 0);
	kernel();
	close_node();
	expect("/a: #address-cells: <1>; accepted: <2>\n"
	       "/a: #size-cells: a value of 0 bytes; accepted: one cell, <2>\n");
}

static void other_child_is_refused(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	open_node("cpus");
	close_node();
	close_node();
	expect("/a: unknown node \"cpus\"; accepted: nodes compatible \"multiboot,module\"\n");
}

static void misspelt_images_is_told(void **state)
{
	(void)state;
	open_node("image");
	shared_image("linux", 1);
	close_node();
	expect("/image: unknown node \"linux\"; accepted: nodes compatible \"multiboot,module\"; nearest to this VM's "
	       "name: /images\n"
	       "/image: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under /images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
}

/* --- names --- */

#define NAME_ACCEPTED "a VM's name; accepted: 1 to 31 of a-z, 0-9, - and _, a letter or digit first\n"

static void capital_in_a_name_is_refused(void **state)
{
	(void)state;
	plain_vm("Linux");
	expect("/Linux: " NAME_ACCEPTED);
	assert_true(result.vms[0].refused);
	assert_string_equal(result.vms[0].name, "?inux");
}

static void unit_address_in_a_name_is_refused(void **state)
{
	(void)state;
	plain_vm("vm@1");
	expect("/vm@1: " NAME_ACCEPTED);
}

static void dash_before_a_name_is_refused(void **state)
{
	(void)state;
	plain_vm("-vm");
	expect("/-vm: " NAME_ACCEPTED);
}

static void empty_name_is_refused(void **state)
{
	(void)state;
	plain_vm("");
	expect("/: " NAME_ACCEPTED);
}

static void name_of_32_bytes_is_refused(void **state)
{
	(void)state;
	plain_vm("a2345678901234567890123456789012");
	expect("/a2345678901234567890123456789012: " NAME_ACCEPTED);
	assert_int_equal(strlen(result.vms[0].name), 31);
}

static void control_bytes_never_reach_the_terminal(void **state)
{
	(void)state;
	plain_vm("a\x1b[2J\n\x9b" "b");
	expect("/a?[2J??b: " NAME_ACCEPTED);
	assert_string_equal(result.vms[0].name, "a??2???b");
}

static void second_vm_of_a_name_is_refused(void **state)
{
	(void)state;
	plain_vm("a");
	plain_vm("b");
	plain_vm("a");
	expect("/a: a second VM of this name; accepted: one\n");
	assert_int_equal(result.vm_count, 3);
	assert_false(result.vms[0].refused);
	assert_false(result.vms[1].refused);
	assert_true(result.vms[2].refused);
}

static void reserved_name_is_refused(void **state)
{
	(void)state;
	plain_vm("corbel");
	open_node("chosen");
	text("bootargs", "x");
	close_node();
	plain_vm("a");
	expect("/corbel: a reserved name; accepted for a VM: another, such as \"vm-corbel\"\n"
	       "/chosen: a reserved name; accepted for a VM: another, such as \"vm-chosen\"\n");
	assert_int_equal(result.vm_count, 1);
}

static void sixteenth_vm_is_refused(void **state)
{
	char name[8];

	(void)state;
	for (u32 i = 0; i < 16; i++) {
		format_text(name, sizeof(name), "vm%u", i);
		plain_vm(name);
	}
	expect("/vm15: one VM more than accepted: 15\n");
	assert_int_equal(result.vm_count, 15);
	assert_false(result.vms[14].refused);
}

static void no_vm_is_an_error(void **state)
{
	(void)state;
	open_node("images");
	close_node();
	expect("/: no VM; accepted: 1 to 15 nodes, one for each\n");
}

/* --- properties --- */

static void misspelt_property_names_the_nearest(void **state)
{
	(void)state;
	open_node("a");
	cell("cpu", 2);
	text("memroy", "1G");
	kernel();
	bytes("initramfs", "x", 1);
	text("restart_limit", "x");
	close_node();
	expect("/a: unknown property \"cpu\"; nearest: \"cpus\"; accepted: " VM_WORDS
	       "/a: unknown property \"memroy\"; nearest: \"memory\"; accepted: " VM_WORDS
	       "/a: unknown property \"initramfs\"; nearest: \"initrd\"; accepted: " VM_WORDS
	       "/a: unknown property \"restart_limit\"; nearest: \"restart-limit\"; accepted: " VM_WORDS);
	assert_true(result.vms[0].refused);
}

static void long_unknown_property_is_survived(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	text("restart-windowrestart-windowrestart-windowrestart-window", "x");
	close_node();
	expect("/a: unknown property \"restart-windowrestart-windowrestart-windowrestart-window\"; nearest: "
	       "\"restart-window\"; accepted: " VM_WORDS);
}

static void second_property_of_a_name_is_refused(void **state)
{
	(void)state;
	open_node("a");
	cell("cpus", 1);
	kernel();
	cell("cpus", 2);
	close_node();
	expect("/a: a second property \"cpus\"; accepted: one\n");
}

static void no_cpus_is_refused(void **state)
{
	(void)state;
	open_node("a");
	cell("cpus", 0);
	kernel();
	close_node();
	expect("/a: cpus: <0>; accepted: <1> to <8>\n");
	assert_true(result.vms[0].refused);
}

static void nine_cpus_are_refused(void **state)
{
	(void)state;
	open_node("a");
	cell("cpus", 9);
	kernel();
	close_node();
	expect("/a: cpus: <9>; accepted: <1> to <8>\n");
}

static void cpus_as_text_is_refused(void **state)
{
	(void)state;
	open_node("a");
	text("cpus", "2");
	kernel();
	close_node();
	expect("/a: cpus: a value of 2 bytes; accepted: one cell, <1> to <8>\n");
}

static void bad_memory(const char *value, const char *wanted)
{
	start_bare();
	text("compatible", "corbel,system");
	open_node("a");
	kernel();
	text("memory", value);
	close_node();
	expect(wanted);
	assert_true(result.vms[0].refused);
}

static void memory_without_a_known_unit_is_refused(void **state)
{
	(void)state;
	bad_memory("512", "/a: memory: \"512\" is not a size; " SIZE_ACCEPTED);
	bad_memory("512MB", "/a: memory: \"512MB\" is not a size; " SIZE_ACCEPTED);
	bad_memory("512 M", "/a: memory: \"512 M\" is not a size; " SIZE_ACCEPTED);
	bad_memory("M", "/a: memory: \"M\" is not a size; " SIZE_ACCEPTED);
	bad_memory("-1G", "/a: memory: \"-1G\" is not a size; " SIZE_ACCEPTED);
	bad_memory("0M", "/a: memory: \"0M\" is not a size; " SIZE_ACCEPTED);
	bad_memory("1.5G", "/a: memory: \"1.5G\" is not a size; " SIZE_ACCEPTED);
	bad_memory("", "/a: memory: \"\" is not a size; " SIZE_ACCEPTED);
	bad_memory("99999999999999999999G", "/a: memory: \"99999999999999999999G\" is not a size; " SIZE_ACCEPTED);
}

static void memory_of_one_cell_is_refused(void **state)
{
	(void)state;
	open_node("a");
	cell("memory", 0x20000000);
	kernel();
	close_node();
	expect("/a: memory: a value of 4 bytes is not a size; " SIZE_ACCEPTED);
}

static void memory_of_three_cells_is_refused(void **state)
{
	static const u8 value[12];

	(void)state;
	open_node("a");
	bytes("memory", value, sizeof(value));
	kernel();
	close_node();
	expect("/a: memory: a value of 12 bytes is not a size; " SIZE_ACCEPTED);
}

static void memory_off_its_step_is_refused(void **state)
{
	(void)state;
	bad_memory("5M", "/a: memory: 5 MiB; " MEMORY_ACCEPTED);
	bad_memory("8193K", "/a: memory: 8193 KiB; " MEMORY_ACCEPTED);
}

static void memory_too_small_is_refused(void **state)
{
	(void)state;
	bad_memory("2M", "/a: memory: 2 MiB; " MEMORY_ACCEPTED);
}

static void memory_too_large_is_refused(void **state)
{
	(void)state;
	bad_memory("256G", "/a: memory: 256 GiB; " MEMORY_ACCEPTED);
	bad_memory("4294967295G", "/a: memory: 4294967295 GiB; " MEMORY_ACCEPTED);
}

static void memory_in_cells_is_bounded_too(void **state)
{
	(void)state;
	open_node("a");
	pair("memory", 0x1fffffffffffffff);
	kernel();
	close_node();
	expect("/a: memory: 2305843009213693951 bytes; " MEMORY_ACCEPTED);
}

static void address_of_three_bytes_is_refused(void **state)
{
	(void)state;
	make_raw(64);
	open_node("a");
	kernel();
	bytes("load", "abc", 3);
	cell("entry", 0x40200000);
	close_node();
	expect("/a: load: a value of 3 bytes; accepted: an address in one or two cells, such as <0x40200000>\n");
}

static void bootargs_as_cells_is_refused(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	cell("bootargs", 0x61626364);
	close_node();
	expect("/a: bootargs: a value of 4 bytes is not a text; accepted: one string\n");
	assert_string_equal(result.vms[0].bootargs, "");
}

static void bootargs_of_two_strings_is_refused(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	bytes("bootargs", "a\0b", 4);
	close_node();
	expect("/a: bootargs: a value of 4 bytes is not a text; accepted: one string\n");
}

static void bootargs_of_2048_bytes_is_refused(void **state)
{
	char value[2049];

	(void)state;
	memset(value, 'x', sizeof(value));
	value[2048] = 0;
	open_node("a");
	kernel();
	text("bootargs", value);
	close_node();
	expect("/a: bootargs: a text of 2048 bytes; accepted: at most 2047\n");
}

static void unknown_restart_names_the_nearest(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	text("restart", "on-rest");
	close_node();
	expect("/a: restart \"on-rest\"; nearest: \"on-reset\"; accepted: never, on-reset, on-crash, always\n");
}

static void restart_limit_has_bounds(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	cell("restart-limit", 0);
	cell("restart-window", 86401);
	close_node();
	expect("/a: restart-limit: <0>; accepted: <1> to <1000>\n"
	       "/a: restart-window: <86401>; accepted: <1> to <86400>\n");
}

static void phandle_property_is_judged(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	cell("phandle", 0xffffffff);
	close_node();
	expect("/a: phandle: <4294967295>; accepted: <1> to <4294967294>\n");
}

static void vm_without_kernel_is_refused(void **state)
{
	(void)state;
	open_node("a");
	text("bootargs", "x");
	close_node();
	expect("/a: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under /images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
	assert_true(result.vms[0].refused);
}

static void empty_kernel_is_refused(void **state)
{
	(void)state;
	open_node("a");
	bytes("kernel", "", 0);
	close_node();
	expect("/a: kernel: 0 bytes; " IMAGE_ACCEPTED);
}

static void empty_initrd_is_refused(void **state)
{
	(void)state;
	open_node("a");
	kernel();
	bytes("initrd", "", 0);
	close_node();
	expect("/a: initrd: 0 bytes; " IMAGE_ACCEPTED);
}

static void all_errors_of_a_vm_are_told_at_once(void **state)
{
	(void)state;
	open_node("a");
	cell("cpus", 9);
	text("memory", "lots");
	text("kernle", "x");
	close_node();
	expect("/a: cpus: <9>; accepted: <1> to <8>\n"
	       "/a: memory: \"lots\" is not a size; " SIZE_ACCEPTED
	       "/a: unknown property \"kernle\"; nearest: \"kernel\"; accepted: " VM_WORDS
	       "/a: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under /images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
}

/* --- places and totals --- */

static void initrd_that_does_not_fit_is_refused(void **state)
{
	static const u8 initrd[8192];

	(void)state;
	make_linux(0, 2 * MIB - 4096, 0);
	open_node("a");
	text("memory", "4M");
	kernel();
	bytes("initrd", initrd, sizeof(initrd));
	close_node();
	expect("/a: initrd: 8192 bytes do not fit between the kernel's end 0x403ff000 and the memory's end 0x40400000; "
	       "accepted: memory = 6 MiB or more\n");
	assert_true(result.vms[0].refused);
}

static void raw_kernel_at_the_top_leaves_no_room(void **state)
{
	(void)state;
	make_raw(4096);
	open_node("a");
	text("memory", "4M");
	kernel();
	cell("load", 0x403ff000);
	cell("entry", 0x403ff000);
	bytes("initrd", "12345", 5);
	close_node();
	expect("/a: initrd: 5 bytes do not fit between the kernel's end 0x40400000 and the memory's end 0x40400000; "
	       "accepted: memory = 6 MiB or more\n");
}

static void too_many_cpus_for_the_machine(void **state)
{
	(void)state;
	limits.cpus = 3;
	open_node("a");
	cell("cpus", 4);
	kernel();
	close_node();
	expect("/a: cpus: 4; accepted: 3 in all, as the machine has\n");
}

static void too_much_memory_for_the_machine(void **state)
{
	(void)state;
	limits.memory = 256 * MIB + 1;
	plain_vm("a");
	expect("/a: memory: 512 MiB; accepted: 256 MiB in all, as the machine has free\n");
}

static void cpus_are_summed_and_peers_named(void **state)
{
	(void)state;
	limits.cpus = 4;
	for (u32 i = 0; i < 3; i++) {
		open_node((const char *[]){"a", "b", "c"}[i]);
		cell("cpus", 2);
		kernel();
		close_node();
	}
	expect("/c: cpus: 2, with a, b: 6; accepted: 4 in all, as the machine has\n");
	assert_false(result.vms[0].refused);
	assert_false(result.vms[1].refused);
	assert_true(result.vms[2].refused);
}

static void memory_is_summed_and_peers_named(void **state)
{
	(void)state;
	limits.memory = 1 * GIB;
	plain_vm("a");
	open_node("b");
	text("memory", "514M");
	kernel();
	close_node();
	expect("/b: memory: 514 MiB, with a: 1026 MiB; accepted: 1024 MiB in all, as the machine has free\n");
}

static void refused_vm_takes_nothing_from_the_next(void **state)
{
	(void)state;
	limits.cpus = 2;
	limits.memory = 1 * GIB;
	open_node("a");
	cell("cpus", 2);
	text("memory", "1G");
	close_node();
	open_node("b");
	cell("cpus", 2);
	text("memory", "1G");
	kernel();
	close_node();
	expect("/a: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under /images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
	assert_true(result.vms[0].refused);
	assert_false(result.vms[1].refused);
}

/* --- the root --- */

static void tree_without_compatible_is_refused(void **state)
{
	(void)state;
	start_bare();
	plain_vm("a");
	expect("/: compatible: \"\"; accepted: \"corbel,system\"\n");
	assert_int_equal(result.vm_count, 0);
}

static void tree_of_something_else_is_refused(void **state)
{
	(void)state;
	start_bare();
	text("compatible", "linux,dummy-virt");
	plain_vm("a");
	expect("/: compatible: \"linux,dummy-virt\"; accepted: \"corbel,system\"\n");
	assert_int_equal(result.vm_count, 0);
}

static void compatible_has_one_string(void **state)
{
	(void)state;
	start_bare();
	bytes("compatible", "corbel,system\0x", 16);
	plain_vm("a");
	expect("/: compatible: \"corbel,system\"; accepted: \"corbel,system\"\n");
}

static void unknown_property_of_the_root_spares_the_vms(void **state)
{
	(void)state;
	cell("#address-cells", 2);
	text("compatibel", "x");
	plain_vm("a");
	expect("/: unknown property \"compatibel\"; nearest: \"compatible\"; accepted: compatible\n");
	assert_int_equal(result.vm_count, 1);
	assert_false(result.vms[0].refused);
}

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

static void no_bytes_are_no_tree(void **state)
{
	(void)state;
	assert_int_equal(describe_bytes("", 0), 1);
	assert_string_equal(errors, "/: not a device tree: 0 bytes; accepted: what dtc writes\n");
}

static void no_tree_at_all_is_told(void **state)
{
	struct sink sink = {put_error};

	(void)state;
	errors[0] = 0;
	assert_int_equal(describe(NULL, 0, &limits, &result, &sink), 1);
	assert_string_equal(errors, "/: not a device tree: 0 bytes; accepted: what dtc writes\n");
}

static void other_magic_is_no_tree(void **state)
{
	(void)state;
	with_header(0, 0x7f454c46, 0, "/: not a device tree: it begins with 0x7f454c46; accepted: 0xd00dfeed\n");
}

static void source_is_no_tree(void **state)
{
	static const char source[] = "/dts-v1/;\n/ { compatible = \"corbel,system\"; };\n";

	(void)state;
	describe_bytes(source, sizeof(source) - 1);
	assert_string_equal(errors, "/: a device tree source; accepted: what dtc -O dtb makes of it\n");
}

static void tree_cut_short_is_truncated(void **state)
{
	(void)state;
	with_header(4, 8000, 7999, "/: the tree is truncated: 7999 bytes of 8000\n");
}

static void older_version_is_refused(void **state)
{
	(void)state;
	with_header(20, 16, 0, "/: a device tree of version 16; accepted: 17\n");
}

static void strings_outside_the_tree_are_refused(void **state)
{
	(void)state;
	with_header(12, 0x7fffffff, 0, "/: the device tree's header contradicts itself; accepted: what dtc writes\n");
}

static void tree_off_its_alignment_is_refused(void **state)
{
	static u8 room[8192] __attribute__((aligned(8)));
	struct sink sink = {put_error};

	(void)state;
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

static void unknown_tag_is_damage(void **state)
{
	(void)state;
	damaged(2, 77);
}

static void first_tag_must_open_the_root(void **state)
{
	(void)state;
	damaged(0, FDT_NOP);
}

static void early_end_of_the_root_is_damage(void **state)
{
	(void)state;
	damaged(2, FDT_END_NODE);
}

static void end_inside_a_node_is_damage(void **state)
{
	(void)state;
	damaged(2, FDT_END);
}

static void name_outside_the_strings_is_damage(void **state)
{
	(void)state;
	damaged(4, 0x1000);
}

static void value_outside_the_tree_is_damage(void **state)
{
	(void)state;
	damaged(3, 0x7fffffff);
}

static void property_behind_a_node_is_damage(void **state)
{
	(void)state;
	open_node("a");
	close_node();
	text("compatible", "corbel,system");
	expect(DAMAGED);
}

static void nodes_nested_too_deep_are_damage(void **state)
{
	(void)state;
	for (u32 i = 0; i < 8; i++)
		open_node("x");
	for (u32 i = 0; i < 8; i++)
		close_node();
	expect(DAMAGED);
}

static void every_cut_of_a_tree_is_survived(void **state)
{
	u32 whole, cut;

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_word_is_enough),
		TEST(every_word_is_heard),
		TEST(vms_keep_their_order),
		TEST(fifteen_vms_are_accepted),
		TEST(name_may_have_31_bytes),
		TEST(what_dtc_adds_for_overlays_is_skipped),
		TEST(memory_has_units),
		TEST(memory_may_be_two_cells),
		TEST(restart_has_four_policies),
		TEST(initrd_follows_the_kernel_on_a_page),
		TEST(initrd_may_fill_the_memory),
		TEST(memory_is_counted_to_the_last_byte),
		TEST(bootargs_may_have_2047_bytes),
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
		TEST(capital_in_a_name_is_refused),
		TEST(unit_address_in_a_name_is_refused),
		TEST(dash_before_a_name_is_refused),
		TEST(empty_name_is_refused),
		TEST(name_of_32_bytes_is_refused),
		TEST(control_bytes_never_reach_the_terminal),
		TEST(second_vm_of_a_name_is_refused),
		TEST(reserved_name_is_refused),
		TEST(sixteenth_vm_is_refused),
		TEST(no_vm_is_an_error),
		TEST(misspelt_property_names_the_nearest),
		TEST(long_unknown_property_is_survived),
		TEST(second_property_of_a_name_is_refused),
		TEST(no_cpus_is_refused),
		TEST(nine_cpus_are_refused),
		TEST(cpus_as_text_is_refused),
		TEST(memory_without_a_known_unit_is_refused),
		TEST(memory_of_one_cell_is_refused),
		TEST(memory_of_three_cells_is_refused),
		TEST(memory_off_its_step_is_refused),
		TEST(memory_too_small_is_refused),
		TEST(memory_too_large_is_refused),
		TEST(memory_in_cells_is_bounded_too),
		TEST(address_of_three_bytes_is_refused),
		TEST(bootargs_as_cells_is_refused),
		TEST(bootargs_of_two_strings_is_refused),
		TEST(bootargs_of_2048_bytes_is_refused),
		TEST(unknown_restart_names_the_nearest),
		TEST(restart_limit_has_bounds),
		TEST(phandle_property_is_judged),
		TEST(vm_without_kernel_is_refused),
		TEST(empty_kernel_is_refused),
		TEST(empty_initrd_is_refused),
		TEST(all_errors_of_a_vm_are_told_at_once),
		TEST(initrd_that_does_not_fit_is_refused),
		TEST(raw_kernel_at_the_top_leaves_no_room),
		TEST(too_many_cpus_for_the_machine),
		TEST(too_much_memory_for_the_machine),
		TEST(cpus_are_summed_and_peers_named),
		TEST(memory_is_summed_and_peers_named),
		TEST(refused_vm_takes_nothing_from_the_next),
		TEST(tree_without_compatible_is_refused),
		TEST(tree_of_something_else_is_refused),
		TEST(compatible_has_one_string),
		TEST(unknown_property_of_the_root_spares_the_vms),
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}
