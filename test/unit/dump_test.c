/* SPDX-License-Identifier: Apache-2.0 */
/* dump.c: what is written of a description and what is not, which VMs, how long it may be, in which steps. */
#include "unit/dumped.h"

/* The description that is being made in `tree` is closed, accepted, and dumped to a tree of its own. */
static u8 dumped[TREE_ROOM] __attribute__((aligned(16)));

static void dump_tree(void)
{
	struct written w;

	finish();
	read_tree(&said, tree, fdt_totalsize(tree));
	assert_string_equal(errors, "");
	w = write_in_pieces(said.system.vms, said.system.vm_count, 100);
	assert_int_equal(fdt_check_full(w.bytes, w.size), 0);
	assert_true(w.size <= sizeof(dumped));
	memcpy(dumped, w.bytes, w.size);
	free(w.bytes);
}

/* Its value is these bytes, or it is not there. */
static void assert_property(const char *path, const char *name, const void *wanted, u32 size)
{
	int length, node = fdt_path_offset(dumped, path);
	const void *found = fdt_getprop(dumped, node, name, &length);

	assert_true(node >= 0);
	if (wanted) {
		assert_int_equal(length, size);
		assert_memory_equal(found, wanted, size);
	} else {
		assert_null(found);
	}
}
#define PROPERTY(path, name, value) assert_property(path, name, value, sizeof(value))
#define NO_PROPERTY(path, name)     assert_property(path, name, NULL, 0)
#define NO_NODE(path)               assert_int_equal(fdt_path_offset(dumped, path), -FDT_ERR_NOTFOUND)
#define CELLS(...)                  ((const u8[]){__VA_ARGS__})

CASE(header_says_where_all_is)
{
	plain_vm("a");
	dump_tree();
	assert_int_equal(fdt_version(dumped), 17);
	assert_int_equal(fdt_last_comp_version(dumped), 16);
	assert_int_equal(fdt_boot_cpuid_phys(dumped), 0);
	assert_int_equal(fdt_num_mem_rsv(dumped), 0);
	assert_int_equal(fdt_off_mem_rsvmap(dumped), 40);
	assert_int_equal(fdt_off_dt_struct(dumped), 56);
	assert_int_equal(fdt_off_dt_strings(dumped), 56 + fdt_size_dt_struct(dumped));
	assert_int_equal(fdt_totalsize(dumped), fdt_off_dt_strings(dumped) + fdt_size_dt_strings(dumped));
}

CASE(defaults_are_said)
{
	plain_vm("a");
	dump_tree();
	PROPERTY("/", "compatible", "corbel,system");
	PROPERTY("/a", "cpus", CELLS(0, 0, 0, 1));
	PROPERTY("/a", "cpu", "host");
	PROPERTY("/a", "memory", CELLS(0, 0, 0, 0, 0x20, 0, 0, 0));
	PROPERTY("/a", "restart", "on-reset");
	PROPERTY("/a", "restart-limit", CELLS(0, 0, 0, 5));
	PROPERTY("/a", "restart-window", CELLS(0, 0, 0, 60));
	PROPERTY("/a", "wfi", "native");
	PROPERTY("/a", "wfe", "native");
	PROPERTY("/a", "gic", "hardware");
	PROPERTY("/a", "class", "dedicated");
	assert_property("/a", "kernel", image, image_size);
}

CASE(what_was_not_said_is_not_said)
{
	plain_vm("a");
	dump_tree();
	NO_PROPERTY("/a", "initrd");
	NO_PROPERTY("/a", "bootargs");
	NO_PROPERTY("/a", "load");
	NO_PROPERTY("/a", "entry");
	NO_PROPERTY("/a", "affinity");
	NO_PROPERTY("/a", "weight");
	NO_PROPERTY("/a", "cap");
	NO_PROPERTY("/a", "priority");
	NO_PROPERTY("/a", "budget-us");
	NO_PROPERTY("/a", "period-us");
	NO_NODE("/images");
	assert_int_equal(fdt_first_subnode(dumped, fdt_path_offset(dumped, "/a")), -FDT_ERR_NOTFOUND);
}

CASE(raw_image_has_its_places)
{
	make_raw(64);
	open_node("a");
	kernel();
	cell("load", 0x48000000);
	cell("entry", 0x48000010);
	close_node();
	dump_tree();
	PROPERTY("/a", "load", CELLS(0, 0, 0, 0, 0x48, 0, 0, 0));
	PROPERTY("/a", "entry", CELLS(0, 0, 0, 0, 0x48, 0, 0, 0x10));
}

CASE(shared_image_is_written_once)
{
	open_node("images");
	shared_image("linux", 7);
	shared_image("unused", 8);
	open_node("initrd");
	bytes("data", "initrd", 6);
	cell("phandle", 9);
	close_node();
	close_node();
	for (u32 i = 0; i < 2; i++) {
		open_node(i ? "b" : "a");
		cell("kernel", 7);
		if (i)
			cell("initrd", 9);
		close_node();
	}
	plain_vm("c");
	dump_tree();
	assert_property("/images/image-1", "data", image, image_size);
	PROPERTY("/images/image-1", "phandle", CELLS(0, 0, 0, 1));
	NO_NODE("/images/image-2");
	PROPERTY("/a", "kernel", CELLS(0, 0, 0, 1));
	PROPERTY("/b", "kernel", CELLS(0, 0, 0, 1));
	assert_property("/b", "initrd", "initrd", 6);
	assert_property("/c", "kernel", image, image_size);
}

CASE(image_of_4_bytes_would_be_a_phandle)
{
	open_node("images");
	open_node("four");
	bytes("data", "four", 4);
	cell("phandle", 1);
	close_node();
	close_node();
	open_node("a");
	kernel();
	cell("initrd", 1);
	close_node();
	dump_tree();
	assert_property("/images/image-1", "data", "four", 4);
	PROPERTY("/a", "initrd", CELLS(0, 0, 0, 1));
	read_tree(&again, dumped, fdt_totalsize(dumped));
	assert_memory_equal(again.system.vms[0].initrd.bytes, "four", 4);
}

CASE(most_images_are_thirty)
{
	char name[8];

	for (u32 i = 0; i < DUMP_IMAGES_MAX; i++) {
		if (i == 0)
			open_node("images");
		format_text(name, sizeof(name), "i%u", i);
		open_node(name);
		bytes("data", (u8[]){0, 0, 0, (u8)i}, 4);
		cell("phandle", 1 + i);
		close_node();
	}
	close_node();
	for (u32 i = 0; i < DESCRIBE_VM_MAX; i++) {
		format_text(name, sizeof(name), "vm%u", i);
		open_node(name);
		cell("kernel", 1 + 2 * i);
		cell("initrd", 2 + 2 * i);
		cell("load", 0x48000000);
		cell("entry", 0x48000000);
		close_node();
	}
	dump_tree();
	PROPERTY("/images/image-30", "data", CELLS(0, 0, 0, 29));
	PROPERTY("/vm14", "initrd", CELLS(0, 0, 0, 30));
	NO_NODE("/images/image-31");
	read_tree(&again, dumped, fdt_totalsize(dumped));
	assert_said_again();
}

CASE(bootargs_may_have_any_byte)
{
	char value[2048];

	for (u32 i = 0; i < 2047; i++)
		value[i] = (char)(1 + i % 255);
	value[2047] = 0;
	open_node("a");
	kernel();
	text("bootargs", value);
	close_node();
	dump_tree();
	assert_property("/a", "bootargs", value, sizeof(value));
}

/* --- CPUs: what was said, not what was given --- */

static void open_vm(const char *class, u32 cpus)
{
	open_node("a");
	kernel();
	cell("cpus", cpus);
	text("class", class);
}

CASE(given_cpus_are_not_said)
{
	limits.cpus = 4;
	plain_vm("a");
	open_node("b");
	kernel();
	bytes("affinity", CELLS(0, 0, 0, 3, 0, 0, 0, 1), 8);
	close_node();
	dump_tree();
	assert_int_equal(said.system.vms[0].vcpus[0].cpus, 1);
	NO_PROPERTY("/a", "affinity");
	assert_int_equal(said.system.vms[1].vcpus[0].cpus, 2);
	PROPERTY("/b", "affinity", CELLS(0, 0, 0, 1, 0, 0, 0, 3));
}

CASE(only_a_vcpu_that_differs_has_a_node)
{
	open_vm("fair", 4);
	cell("weight", 300);
	open_node("vcpu@2");
	text("class", "real-time");
	cell("priority", 7);
	cell("budget-us", 100);
	cell("period-us", 1000);
	close_node();
	open_node("vcpu@3");
	cell("weight", 300);
	close_node();
	close_node();
	dump_tree();
	PROPERTY("/a", "class", "fair");
	PROPERTY("/a", "weight", CELLS(0, 0, 1, 44));
	NO_NODE("/a/vcpu@0");
	NO_NODE("/a/vcpu@1");
	NO_NODE("/a/vcpu@3");
	PROPERTY("/a/vcpu@2", "class", "real-time");
	PROPERTY("/a/vcpu@2", "priority", CELLS(0, 0, 0, 7));
	PROPERTY("/a/vcpu@2", "budget-us", CELLS(0, 0, 0, 100));
	PROPERTY("/a/vcpu@2", "period-us", CELLS(0, 0, 3, 232));
	NO_PROPERTY("/a/vcpu@2", "weight");
	NO_PROPERTY("/a/vcpu@2", "affinity");
}

/* A node can say another, but not that nothing was said. */
CASE(affinity_of_some_is_not_the_vms)
{
	open_vm("fair", 2);
	open_node("vcpu@0");
	bytes("affinity", CELLS(0, 0, 0, 5), 4);
	close_node();
	close_node();
	dump_tree();
	NO_PROPERTY("/a", "affinity");
	PROPERTY("/a/vcpu@0", "affinity", CELLS(0, 0, 0, 5));
	NO_PROPERTY("/a/vcpu@0", "class");
	NO_NODE("/a/vcpu@1");
}

CASE(affinity_of_another_is_a_nodes)
{
	open_vm("fair", 3);
	bytes("affinity", CELLS(0, 0, 0, 31, 0, 0, 0, 0), 8);
	open_node("vcpu@1");
	bytes("affinity", CELLS(0, 0, 0, 5), 4);
	close_node();
	open_node("vcpu@2");
	cell("cap", 50);
	close_node();
	close_node();
	dump_tree();
	PROPERTY("/a", "affinity", CELLS(0, 0, 0, 0, 0, 0, 0, 31));
	NO_NODE("/a/vcpu@0");
	PROPERTY("/a/vcpu@1", "affinity", CELLS(0, 0, 0, 5));
	NO_PROPERTY("/a/vcpu@1", "class");
	NO_PROPERTY("/a/vcpu@2", "affinity");
	PROPERTY("/a/vcpu@2", "cap", CELLS(0, 0, 0, 50));
}

/* --- which VMs --- */

CASE(refused_vm_is_left_out)
{
	struct written w;

	plain_vm("a");
	open_node("b");
	close_node();
	plain_vm("c");
	finish();
	read_tree(&said, tree, fdt_totalsize(tree));
	assert_true(said.system.vms[1].refused);
	w = write_in_pieces(said.system.vms, 3, 64);
	read_tree(&again, w.bytes, w.size);
	free(w.bytes);
	assert_int_equal(again.errors, 0);
	assert_int_equal(again.system.vm_count, 2);
	assert_string_equal(again.system.vms[0].name, "a");
	assert_string_equal(again.system.vms[1].name, "c");
}

/* What it shared with the others is then its own. */
CASE(one_vm_of_several)
{
	struct written w;

	open_node("images");
	shared_image("linux", 7);
	close_node();
	for (u32 i = 0; i < 2; i++) {
		open_node(i ? "b" : "a");
		cell("kernel", 7);
		close_node();
	}
	finish();
	read_tree(&said, tree, fdt_totalsize(tree));
	w = write_in_pieces(&said.system.vms[1], 1, 64);
	memcpy(dumped, w.bytes, w.size);
	read_tree(&again, w.bytes, w.size);
	free(w.bytes);
	assert_int_equal(again.errors, 0);
	assert_int_equal(again.system.vm_count, 1);
	assert_true(is_same_vm(&said.system.vms[1], &again.system.vms[0]));
	assert_property("/b", "kernel", image, image_size);
}

CASE(there_must_be_a_vm)
{
	struct vm_description vms[DESCRIBE_VM_MAX + 1] = {0};
	struct dump d;

	assert_int_equal(dump_begin(&d, vms, 0), BAD_VALUE);
	vms[0].refused = true;
	assert_int_equal(dump_begin(&d, vms, 1), BAD_VALUE);
	assert_int_equal(dump_begin(&d, vms, DESCRIBE_VM_MAX + 1), BAD_VALUE);
}

/* --- sizes --- */

/* As a loader's module may be: so long that nobody has such a tree. */
static enum status measure_initrd(const u8 *initrd, u64 size)
{
	struct vm_description vm = said.system.vms[0];
	struct dump d;

	vm.initrd = (struct blob){.bytes = initrd, .size = size};
	if (dump_begin(&d, &vm, 1) != OK)
		return BAD_VALUE;
	return measure(&d);
}

CASE(image_must_be_readable)
{
	plain_vm("a");
	dump_tree();
	assert_int_equal(measure_initrd(NULL, 1), BAD_VALUE);
	assert_int_equal(measure_initrd(NULL, 0), OK);
}

CASE(tree_is_shorter_than_2_gib)
{
	u32 rest;

	plain_vm("a");
	dump_tree();
	/* A property of its own: its token, size and name. */
	rest = INT32_MAX - fdt_totalsize(dumped) - 12;
	rest -= rest % 4;
	assert_int_equal(measure_initrd(image, rest), OK);
	assert_int_equal(measure_initrd(image, rest + 1), NO_ROOM);
	assert_int_equal(measure_initrd(image, 255 * GIB), NO_ROOM);
}

CASE(no_room_is_said_as_often_as_asked)
{
	struct vm_description vm;
	struct dump d;
	u8 byte;

	plain_vm("a");
	dump_tree();
	vm = said.system.vms[0];
	vm.kernel.size = 4 * GIB;
	assert_int_equal(dump_begin(&d, &vm, 1), OK);
	assert_int_equal(measure(&d), NO_ROOM);
	for (u32 i = 0; i < STEPS_MAX; i++)
		assert_int_equal(dump_measure(&d), NO_ROOM);
	assert_int_equal(dump_some(&d, &byte, 1), 0);
}

/* --- steps --- */

/* A step goes over one node at most, whatever the room. */
CASE(step_ends_with_its_node)
{
	static u8 room[TREE_ROOM];
	struct dump d;
	u32 steps = 0;

	plain_vm("a");
	plain_vm("b");
	dump_tree();
	assert_int_equal(dump_begin(&d, said.system.vms, 2), OK);
	assert_int_equal(measure(&d), OK);
	while (dump_some(&d, room, sizeof(room)))
		steps++;
	/* The head, each VM and its end, the tail. */
	assert_int_equal(steps, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_says_where_all_is),
		TEST(defaults_are_said),
		TEST(what_was_not_said_is_not_said),
		TEST(raw_image_has_its_places),
		TEST(shared_image_is_written_once),
		TEST(image_of_4_bytes_would_be_a_phandle),
		TEST(most_images_are_thirty),
		TEST(bootargs_may_have_any_byte),
		TEST(given_cpus_are_not_said),
		TEST(only_a_vcpu_that_differs_has_a_node),
		TEST(affinity_of_some_is_not_the_vms),
		TEST(affinity_of_another_is_a_nodes),
		TEST(refused_vm_is_left_out),
		TEST(one_vm_of_several),
		TEST(there_must_be_a_vm),
		TEST(image_must_be_readable),
		TEST(tree_is_shorter_than_2_gib),
		TEST(no_room_is_said_as_often_as_asked),
		TEST(step_ends_with_its_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
