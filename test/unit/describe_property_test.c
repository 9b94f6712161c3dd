/* SPDX-License-Identifier: Apache-2.0 */
/* describe(): each defect of a VM's properties, with its whole sentence. */
#include "unit/description.h"

#define VM_WORDS                                                                                             \
	"cpus, cpu, memory, kernel, initrd, load, entry, bootargs, restart, restart-limit, restart-window, " \
	"wfi, "                                                                                              \
	"wfe, gic, affinity, class, weight, cap, priority, budget-us, period-us\n"
#define SIZE_ACCEPTED   "accepted: \"512M\", \"1G\", \"256MiB\" or two cells, such as <0x0 0x20000000>\n"
#define MEMORY_ACCEPTED "accepted: a multiple of 2 MiB from 4 MiB to 255 GiB\n"
#define IMAGE_ACCEPTED  "accepted: /incbin/(\"file\"), or <&label> of a node under /images\n"

/* --- properties --- */

CASE(misspelt_property_names_the_nearest)
{
	open_node("a");
	cell("cpuz", 2);
	text("memroy", "1G");
	kernel();
	bytes("initramfs", "x", 1);
	text("restart_limit", "x");
	close_node();
	expect("/a: unknown property \"cpuz\"; nearest: \"cpus\"; accepted: " VM_WORDS
	       "/a: unknown property \"memroy\"; nearest: \"memory\"; accepted: " VM_WORDS
	       "/a: unknown property \"initramfs\"; nearest: \"initrd\"; accepted: " VM_WORDS
	       "/a: unknown property \"restart_limit\"; nearest: \"restart-limit\"; accepted: " VM_WORDS);
	assert_true(result.vms[0].refused);
}

CASE(misspelt_baseline_names_the_nearest)
{
	open_node("a");
	text("cpu", "armv8.1");
	kernel();
	close_node();
	expect("/a: cpu \"armv8.1\"; nearest: \"armv8.0\"; accepted: host, armv8.0, armv8.2\n");
	assert_true(result.vms[0].refused);
}

CASE(baseline_is_kept_and_the_machines_own_is_the_default)
{
	open_node("a");
	text("cpu", "armv8.2");
	kernel();
	close_node();
	open_node("b");
	kernel();
	close_node();
	expect("");
	assert_int_equal(result.vms[0].cpu, VID_ARMV8_2);
	assert_int_equal(result.vms[1].cpu, VID_HOST);
}

/* A machine of Armv8.0, or with less than that. */
static enum vid_baseline most;
static bool machine_lacks(enum vid_baseline baseline, struct vid_lack *lack)
{
	*lack = (struct vid_lack){"ID_AA64ISAR0_EL1", "Atomic", 0, 2};
	return baseline > most;
}

CASE(baseline_that_the_machine_cannot_give_is_refused_with_the_field_it_lacks)
{
	most = VID_ARMV8_0;
	limits.lacks = machine_lacks;
	open_node("a");
	text("cpu", "armv8.2");
	kernel();
	close_node();
	open_node("b");
	text("cpu", "armv8.0");
	kernel();
	close_node();
	expect("/a: cpu: \"armv8.2\" has ID_AA64ISAR0_EL1.Atomic = 2, this machine 0; accepted: \"host\", "
	       "\"armv8.0\"\n");
	assert_true(result.vms[0].refused);
	assert_false(result.vms[1].refused);
}

CASE(baseline_is_not_offered_where_the_machine_cannot_give_it_either)
{
	most = VID_HOST;
	limits.lacks = machine_lacks;
	open_node("a");
	text("cpu", "armv8.2");
	kernel();
	close_node();
	expect("/a: cpu: \"armv8.2\" has ID_AA64ISAR0_EL1.Atomic = 2, this machine 0; accepted: \"host\"\n");
}

CASE(long_unknown_property_is_survived)
{
	open_node("a");
	kernel();
	text("restart-windowrestart-windowrestart-windowrestart-window", "x");
	close_node();
	expect("/a: unknown property \"restart-windowrestart-windowrestart-windowrestart-window\"; nearest: "
	       "\"restart-window\"; accepted: " VM_WORDS);
}

CASE(second_property_of_a_name_is_refused)
{
	open_node("a");
	cell("cpus", 1);
	kernel();
	cell("cpus", 2);
	close_node();
	expect("/a: a second property \"cpus\"; accepted: one\n");
}

CASE(no_cpus_is_refused)
{
	open_node("a");
	cell("cpus", 0);
	kernel();
	close_node();
	expect("/a: cpus: <0>; accepted: <1> to <8>\n");
	assert_true(result.vms[0].refused);
}

CASE(nine_cpus_are_refused)
{
	open_node("a");
	cell("cpus", 9);
	kernel();
	close_node();
	expect("/a: cpus: <9>; accepted: <1> to <8>\n");
}

CASE(cpus_as_text_is_refused)
{
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

CASE(memory_without_a_known_unit_is_refused)
{
	bad_memory("512", "/a: memory: \"512\" is not a size; " SIZE_ACCEPTED);
	bad_memory("512MB", "/a: memory: \"512MB\" is not a size; " SIZE_ACCEPTED);
	bad_memory("512 M", "/a: memory: \"512 M\" is not a size; " SIZE_ACCEPTED);
	bad_memory("M", "/a: memory: \"M\" is not a size; " SIZE_ACCEPTED);
	bad_memory("-1G", "/a: memory: \"-1G\" is not a size; " SIZE_ACCEPTED);
	bad_memory("0M", "/a: memory: \"0M\" is not a size; " SIZE_ACCEPTED);
	bad_memory("1.5G", "/a: memory: \"1.5G\" is not a size; " SIZE_ACCEPTED);
	bad_memory("", "/a: memory: \"\" is not a size; " SIZE_ACCEPTED);
	bad_memory("99999999999999999999G",
	           "/a: memory: \"99999999999999999999G\" is not a size; " SIZE_ACCEPTED);
}

CASE(memory_of_one_cell_is_refused)
{
	open_node("a");
	cell("memory", 0x20000000);
	kernel();
	close_node();
	expect("/a: memory: a value of 4 bytes is not a size; " SIZE_ACCEPTED);
}

CASE(memory_of_three_cells_is_refused)
{
	static const u8 value[12];

	open_node("a");
	bytes("memory", value, sizeof(value));
	kernel();
	close_node();
	expect("/a: memory: a value of 12 bytes is not a size; " SIZE_ACCEPTED);
}

CASE(memory_off_its_step_is_refused)
{
	bad_memory("5M", "/a: memory: 5 MiB; " MEMORY_ACCEPTED);
	bad_memory("8193K", "/a: memory: 8193 KiB; " MEMORY_ACCEPTED);
}

CASE(memory_too_small_is_refused) { bad_memory("2M", "/a: memory: 2 MiB; " MEMORY_ACCEPTED); }

CASE(memory_too_large_is_refused)
{
	bad_memory("256G", "/a: memory: 256 GiB; " MEMORY_ACCEPTED);
	bad_memory("4294967295G", "/a: memory: 4294967295 GiB; " MEMORY_ACCEPTED);
}

CASE(memory_in_cells_is_bounded_too)
{
	open_node("a");
	pair("memory", 0x1fffffffffffffff);
	kernel();
	close_node();
	expect("/a: memory: 2305843009213693951 bytes; " MEMORY_ACCEPTED);
}

CASE(address_of_three_bytes_is_refused)
{
	make_raw(64);
	open_node("a");
	kernel();
	bytes("load", "abc", 3);
	cell("entry", 0x40200000);
	close_node();
	expect("/a: load: a value of 3 bytes; accepted: an address in one or two cells, such as "
	       "<0x40200000>\n");
}

CASE(bootargs_as_cells_is_refused)
{
	open_node("a");
	kernel();
	cell("bootargs", 0x61626364);
	close_node();
	expect("/a: bootargs: a value of 4 bytes is not a text; accepted: one string\n");
	assert_string_equal(result.vms[0].bootargs, "");
}

CASE(bootargs_of_two_strings_is_refused)
{
	open_node("a");
	kernel();
	bytes("bootargs", "a\0b", 4);
	close_node();
	expect("/a: bootargs: a value of 4 bytes is not a text; accepted: one string\n");
}

CASE(bootargs_of_2048_bytes_is_refused)
{
	char value[2049];

	memset(value, 'x', sizeof(value));
	value[2048] = 0;
	open_node("a");
	kernel();
	text("bootargs", value);
	close_node();
	expect("/a: bootargs: a text of 2048 bytes; accepted: at most 2047\n");
}

CASE(unknown_restart_names_the_nearest)
{
	open_node("a");
	kernel();
	text("restart", "on-rest");
	close_node();
	expect("/a: restart \"on-rest\"; nearest: \"on-reset\"; accepted: never, on-reset, on-crash, "
	       "always\n");
}

CASE(unknown_wait_names_the_nearest)
{
	open_node("a");
	kernel();
	text("wfi", "traps");
	cell("wfe", 1);
	close_node();
	expect("/a: wfi \"traps\"; nearest: \"trap\"; accepted: native, trap\n"
	       "/a: wfe: a value of 4 bytes is not a text; accepted: one string\n");
}

CASE(unknown_interrupt_controller_names_the_nearest)
{
	open_node("a");
	kernel();
	text("gic", "softwar");
	close_node();
	open_node("b");
	kernel();
	cell("gic", 3);
	close_node();
	expect("/a: gic \"softwar\"; nearest: \"software\"; accepted: hardware, software\n"
	       "/b: gic: a value of 4 bytes is not a text; accepted: one string\n");
}

CASE(restart_limit_has_bounds)
{
	open_node("a");
	kernel();
	cell("restart-limit", 0);
	cell("restart-window", 86401);
	close_node();
	expect("/a: restart-limit: <0>; accepted: <1> to <1000>\n"
	       "/a: restart-window: <86401>; accepted: <1> to <86400>\n");
}

CASE(phandle_property_is_judged)
{
	open_node("a");
	kernel();
	cell("phandle", 0xffffffff);
	close_node();
	expect("/a: phandle: <4294967295>; accepted: <1> to <4294967294>\n");
}

CASE(vm_without_kernel_is_refused)
{
	open_node("a");
	text("bootargs", "x");
	close_node();
	expect("/a: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under "
	       "/images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
	assert_true(result.vms[0].refused);
}

CASE(empty_kernel_is_refused)
{
	open_node("a");
	bytes("kernel", "", 0);
	close_node();
	expect("/a: kernel: 0 bytes; " IMAGE_ACCEPTED);
}

CASE(empty_initrd_is_refused)
{
	open_node("a");
	kernel();
	bytes("initrd", "", 0);
	close_node();
	expect("/a: initrd: 0 bytes; " IMAGE_ACCEPTED);
}

CASE(all_errors_of_a_vm_are_told_at_once)
{
	open_node("a");
	cell("cpus", 9);
	text("memory", "lots");
	text("kernle", "x");
	close_node();
	expect("/a: cpus: <9>; accepted: <1> to <8>\n"
	       "/a: memory: \"lots\" is not a size; " SIZE_ACCEPTED
	       "/a: unknown property \"kernle\"; nearest: \"kernel\"; accepted: " VM_WORDS
	       "/a: no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under "
	       "/images, "
	       "or a node compatible \"multiboot,module\", \"multiboot,kernel\"\n");
}

static const struct CMUnitTest tests[] = {
	TEST(misspelt_property_names_the_nearest),
	TEST(misspelt_baseline_names_the_nearest),
	TEST(baseline_is_kept_and_the_machines_own_is_the_default),
	TEST(baseline_that_the_machine_cannot_give_is_refused_with_the_field_it_lacks),
	TEST(baseline_is_not_offered_where_the_machine_cannot_give_it_either),
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
	TEST(unknown_wait_names_the_nearest),
	TEST(unknown_interrupt_controller_names_the_nearest),
	TEST(restart_limit_has_bounds),
	TEST(phandle_property_is_judged),
	TEST(vm_without_kernel_is_refused),
	TEST(empty_kernel_is_refused),
	TEST(empty_initrd_is_refused),
	TEST(all_errors_of_a_vm_are_told_at_once),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
