/* SPDX-License-Identifier: Apache-2.0 */
/* describe(): good descriptions and their defaults, names, places and totals, the root. */
#include "unit/description.h"

/* --- good descriptions --- */

CASE(one_word_is_enough)
{
	const struct vm_description *vm = result.vms;

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
	assert_int_equal(vm->wfi, WAIT_NATIVE);
	assert_int_equal(vm->wfe, WAIT_NATIVE);
	assert_int_equal(vm->gic, GIC_HARDWARE);
	assert_string_equal(vm->bootargs, "");
	assert_null(vm->initrd.bytes);
	assert_int_equal(vm->kind, IMAGE_LINUX);
	assert_int_equal(vm->kernel.size, image_size);
	assert_memory_equal(vm->kernel.bytes, image, image_size);
}

CASE(every_word_is_heard)
{
	const struct vm_description *vm = result.vms;

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
	text("wfi", "trap");
	text("wfe", "native");
	text("gic", "software");
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
	assert_int_equal(vm->wfi, WAIT_TRAP);
	assert_int_equal(vm->wfe, WAIT_NATIVE);
	assert_int_equal(vm->gic, GIC_SOFTWARE);
	assert_memory_equal(vm->initrd.bytes, "initrd", 6);
}

CASE(vms_keep_their_order)
{
	plain_vm("z");
	plain_vm("a");
	expect("");
	assert_int_equal(result.vm_count, 2);
	assert_string_equal(result.vms[0].name, "z");
	assert_string_equal(result.vms[1].name, "a");
}

CASE(fifteen_vms_are_accepted)
{
	char name[8];

	for (u32 i = 0; i < 15; i++) {
		format_text(name, sizeof(name), "vm%u", i);
		plain_vm(name);
	}
	expect("");
	assert_int_equal(result.vm_count, 15);
	assert_string_equal(result.vms[14].name, "vm14");
}

CASE(name_may_have_31_bytes)
{
	plain_vm("a234567890123456789012345678901");
	expect("");
	assert_string_equal(result.vms[0].name, "a234567890123456789012345678901");
}

CASE(what_dtc_adds_for_overlays_is_skipped)
{
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

CASE(memory_has_units)
{
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

CASE(memory_may_be_two_cells)
{
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

CASE(restart_has_four_policies)
{
	restart_of("never", RESTART_NEVER);
	restart_of("on-reset", RESTART_ON_RESET);
	restart_of("on-crash", RESTART_ON_CRASH);
	restart_of("always", RESTART_ALWAYS);
}

CASE(initrd_follows_the_kernel_on_a_page)
{
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

CASE(initrd_may_fill_the_memory)
{
	static const u8 initrd[4096];

	make_linux(0, 2 * MIB - 4096, 0);
	open_node("a");
	text("memory", "4M");
	kernel();
	bytes("initrd", initrd, sizeof(initrd));
	close_node();
	expect("");
	assert_int_equal(result.vms[0].initrd_load.value, 0x403ff000);
}

CASE(memory_is_counted_to_the_last_byte)
{
	limits.cpus = 3;
	limits.memory = 1 * GIB;
	open_node("a");
	cell("cpus", 2);
	kernel();
	close_node();
	plain_vm("b");
	expect("");
}

CASE(bootargs_may_have_2047_bytes)
{
	char value[2048];

	memset(value, 'x', sizeof(value));
	value[2047] = 0;
	open_node("a");
	kernel();
	text("bootargs", value);
	close_node();
	expect("");
	assert_int_equal(strlen(result.vms[0].bootargs), 2047);
}

/* --- names --- */

#define NAME_ACCEPTED "a VM's name; accepted: 1 to 31 of a-z, 0-9, - and _, a letter or digit first\n"

CASE(capital_in_a_name_is_refused)
{
	plain_vm("Linux");
	expect("/Linux: " NAME_ACCEPTED);
	assert_true(result.vms[0].refused);
	assert_string_equal(result.vms[0].name, "?inux");
}

CASE(unit_address_in_a_name_is_refused)
{
	plain_vm("vm@1");
	expect("/vm@1: " NAME_ACCEPTED);
}

CASE(dash_before_a_name_is_refused)
{
	plain_vm("-vm");
	expect("/-vm: " NAME_ACCEPTED);
}

CASE(empty_name_is_refused)
{
	plain_vm("");
	expect("/: " NAME_ACCEPTED);
}

CASE(name_of_32_bytes_is_refused)
{
	plain_vm("a2345678901234567890123456789012");
	expect("/a2345678901234567890123456789012: " NAME_ACCEPTED);
	assert_int_equal(strlen(result.vms[0].name), 31);
}

CASE(control_bytes_never_reach_the_terminal)
{
	plain_vm("a\x1b[2J\n\x9b"
	         "b");
	expect("/a?[2J??b: " NAME_ACCEPTED);
	assert_string_equal(result.vms[0].name, "a??2???b");
}

CASE(second_vm_of_a_name_is_refused)
{
	plain_vm("a");
	plain_vm("b");
	plain_vm("a");
	expect("/a: a second VM of this name; accepted: one\n");
	assert_int_equal(result.vm_count, 3);
	assert_false(result.vms[0].refused);
	assert_false(result.vms[1].refused);
	assert_true(result.vms[2].refused);
}

CASE(reserved_name_is_refused)
{
	plain_vm("corbel");
	open_node("chosen");
	text("bootargs", "x");
	close_node();
	plain_vm("a");
	expect("/corbel: a reserved name; accepted for a VM: another, such as \"vm-corbel\"\n"
	       "/chosen: a reserved name; accepted for a VM: another, such as \"vm-chosen\"\n");
	assert_int_equal(result.vm_count, 1);
}

CASE(sixteenth_vm_is_refused)
{
	char name[8];

	for (u32 i = 0; i < 16; i++) {
		format_text(name, sizeof(name), "vm%u", i);
		plain_vm(name);
	}
	expect("/vm15: one VM more than accepted: 15\n");
	assert_int_equal(result.vm_count, 15);
	assert_false(result.vms[14].refused);
}

CASE(no_vm_is_an_error)
{
	open_node("images");
	close_node();
	expect("/: no VM; accepted: 1 to 15 nodes, one for each\n");
}

/* --- places and totals --- */

CASE(initrd_that_does_not_fit_is_refused)
{
	static const u8 initrd[8192];

	make_linux(0, 2 * MIB - 4096, 0);
	open_node("a");
	text("memory", "4M");
	kernel();
	bytes("initrd", initrd, sizeof(initrd));
	close_node();
	expect("/a: initrd: 8192 bytes do not fit between the kernel's end 0x403ff000 and the memory's end "
	       "0x40400000; "
	       "accepted: memory = 6 MiB or more\n");
	assert_true(result.vms[0].refused);
}

CASE(raw_kernel_at_the_top_leaves_no_room)
{
	make_raw(4096);
	open_node("a");
	text("memory", "4M");
	kernel();
	cell("load", 0x403ff000);
	cell("entry", 0x403ff000);
	bytes("initrd", "12345", 5);
	close_node();
	expect("/a: initrd: 5 bytes do not fit between the kernel's end 0x40400000 and the memory's end "
	       "0x40400000; "
	       "accepted: memory = 6 MiB or more\n");
}

CASE(too_many_cpus_for_the_machine)
{
	limits.cpus = 3;
	open_node("a");
	cell("cpus", 4);
	kernel();
	close_node();
	expect("/a: cpus: 4; accepted: 3 in all, as the machine has, or class = \"fair\"\n");
}

CASE(too_much_memory_for_the_machine)
{
	limits.memory = 256 * MIB + 1;
	plain_vm("a");
	expect("/a: memory: 512 MiB; accepted: 256 MiB in all, as the machine has free\n");
}

CASE(cpus_are_summed_and_peers_named)
{
	limits.cpus = 4;
	for (u32 i = 0; i < 3; i++) {
		open_node((const char *[]){"a", "b", "c"}[i]);
		cell("cpus", 2);
		kernel();
		close_node();
	}
	expect("/c: cpus: 2, with a, b: 6; accepted: 4 in all, as the machine has, or class = \"fair\"\n");
	assert_false(result.vms[0].refused);
	assert_false(result.vms[1].refused);
	assert_true(result.vms[2].refused);
}

CASE(memory_is_summed_and_peers_named)
{
	limits.memory = 1 * GIB;
	plain_vm("a");
	open_node("b");
	text("memory", "514M");
	kernel();
	close_node();
	expect("/b: memory: 514 MiB, with a: 1026 MiB; accepted: 1024 MiB in all, as the machine has free\n");
}

CASE(refused_vm_takes_nothing_from_the_next)
{
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
	expect("/a: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under "
	       "/images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
	assert_true(result.vms[0].refused);
	assert_false(result.vms[1].refused);
}

/* --- the root --- */

CASE(tree_without_compatible_is_refused)
{
	start_bare();
	plain_vm("a");
	expect("/: compatible: \"\"; accepted: \"corbel,system\"\n");
	assert_int_equal(result.vm_count, 0);
}

CASE(tree_of_something_else_is_refused)
{
	start_bare();
	text("compatible", "linux,dummy-virt");
	plain_vm("a");
	expect("/: compatible: \"linux,dummy-virt\"; accepted: \"corbel,system\"\n");
	assert_int_equal(result.vm_count, 0);
}

CASE(compatible_has_one_string)
{
	start_bare();
	bytes("compatible", "corbel,system\0x", 16);
	plain_vm("a");
	expect("/: compatible: \"corbel,system\"; accepted: \"corbel,system\"\n");
}

CASE(unknown_property_of_the_root_spares_the_vms)
{
	cell("#address-cells", 2);
	text("compatibel", "x");
	plain_vm("a");
	expect("/: unknown property \"compatibel\"; nearest: \"compatible\"; accepted: compatible\n");
	assert_int_equal(result.vm_count, 1);
	assert_false(result.vms[0].refused);
}

static const struct CMUnitTest tests[] = {
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
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
