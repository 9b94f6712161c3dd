/* SPDX-License-Identifier: Apache-2.0 */
/* tree_write(): what a guest finds in its device tree, read back by all of libfdt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <libfdt.h>
#include "lib/bits.h"
#include "monitor/describe.h"
#include "monitor/tree.h"

#define CASE(name) static void name(void **state __attribute__((unused)))
#define TEST(name) cmocka_unit_test_setup(name, start)

static u8 fdt[TREE_SIZE_MAX] __attribute__((aligned(8)));
static struct tree_machine machine;

static int start(void **state)
{
	(void)state;
	machine = (struct tree_machine){
		.name = "linux",
		.cpus = 2,
		.mpidr = {0x80000000, 0x80000001},
		.memory = 512 * MIB,
		.bootargs = "console=ttyAMA0 quiet",
		.initrd_start = ipa(0x42d20000),
		.initrd_end = ipa(0x42e4d687),
		.seeded = true,
		.kaslr_seed = 0x0123456789abcdef,
	};
	for (u32 i = 0; i < TREE_SEED_SIZE; i++)
		machine.rng_seed[i] = (u8)(i + 1);
	memset(fdt, 0xa5, sizeof(fdt));
	return 0;
}

static void write_tree(void) { assert_int_equal(tree_write(&machine, fdt, sizeof(fdt)), OK); }

static int node_at(const char *path)
{
	int node = fdt_path_offset(fdt, path);

	assert_true(node >= 0);
	return node;
}

/* The property has exactly these bytes. */
static void has_bytes(const char *path, const char *name, const void *wanted, size_t size)
{
	int found;
	const void *value = fdt_getprop(fdt, node_at(path), name, &found);

	assert_non_null(value);
	assert_int_equal(found, size);
	assert_memory_equal(value, wanted, size);
}

#define HAS_TEXT(path, name, wanted) has_bytes(path, name, wanted, sizeof(wanted))

static void has_cells(const char *path, const char *name, const u32 *wanted, u32 count)
{
	fdt32_t big[16];

	for (u32 i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(wanted[i]);
	has_bytes(path, name, big, count * 4);
}

#define HAS_CELLS(path, name, ...) \
	has_cells(path, name, (u32[]){__VA_ARGS__}, sizeof((u32[]){__VA_ARGS__}) / sizeof(u32))

static void lacks(const char *path, const char *name)
{
	assert_null(fdt_getprop(fdt, node_at(path), name, NULL));
}

CASE(tree_is_sound)
{
	write_tree();
	assert_int_equal(fdt_check_full(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_num_mem_rsv(fdt), 0);
	assert_true(fdt_totalsize(fdt) < 4096);
}

CASE(root_is_virt_by_compatible)
{
	write_tree();
	HAS_TEXT("/", "compatible", "linux,dummy-virt");
	HAS_TEXT("/", "model", "Corbel");
	HAS_CELLS("/", "#address-cells", 2);
	HAS_CELLS("/", "#size-cells", 2);
	HAS_CELLS("/", "interrupt-parent", fdt_get_phandle(fdt, node_at("/intc@8000000")));
}

CASE(pmu_is_there_if_it_is_given_with_its_interrupt_if_it_has_one)
{
	write_tree();
	assert_true(fdt_path_offset(fdt, "/pmu") < 0);
	machine.pmu = true;
	write_tree();
	HAS_TEXT("/pmu", "compatible", "arm,armv8-pmuv3");
	lacks("/pmu", "interrupts");
	machine.pmu_intid = 23;
	write_tree();
	HAS_CELLS("/pmu", "interrupts", 1, 7, 4);
}

CASE(console_is_the_uart)
{
	write_tree();
	HAS_TEXT("/aliases", "serial0", "/pl011@9000000");
	HAS_TEXT("/chosen", "stdout-path", "/pl011@9000000");
	assert_true(fdt_path_offset(fdt, "serial0") == node_at("/pl011@9000000"));
}

CASE(bootargs_are_handed_on)
{
	write_tree();
	HAS_TEXT("/chosen", "bootargs", "console=ttyAMA0 quiet");
	HAS_TEXT("/chosen", "corbel,name", "linux");
}

CASE(empty_bootargs_are_an_empty_string)
{
	machine.bootargs = "";
	write_tree();
	HAS_TEXT("/chosen", "bootargs", "");
}

CASE(initrd_has_start_and_end)
{
	write_tree();
	HAS_CELLS("/chosen", "linux,initrd-start", 0, 0x42d20000);
	HAS_CELLS("/chosen", "linux,initrd-end", 0, 0x42e4d687);
}

CASE(no_initrd_is_not_mentioned)
{
	machine.initrd_start = machine.initrd_end = ipa(0);
	write_tree();
	lacks("/chosen", "linux,initrd-start");
	lacks("/chosen", "linux,initrd-end");
}

CASE(initrd_above_4_gib_keeps_its_high_cells)
{
	machine.initrd_start = ipa(0x123456000);
	machine.initrd_end = ipa(0x223456000);
	write_tree();
	HAS_CELLS("/chosen", "linux,initrd-start", 1, 0x23456000);
	HAS_CELLS("/chosen", "linux,initrd-end", 2, 0x23456000);
}

CASE(seeds_are_handed_on)
{
	write_tree();
	has_bytes("/chosen", "rng-seed", machine.rng_seed, TREE_SEED_SIZE);
	HAS_CELLS("/chosen", "kaslr-seed", 0x01234567, 0x89abcdef);
}

CASE(without_entropy_there_is_no_seed)
{
	machine.seeded = false;
	write_tree();
	lacks("/chosen", "rng-seed");
	lacks("/chosen", "kaslr-seed");
}

CASE(memory_is_one_range)
{
	machine.memory = 5 * GIB;
	write_tree();
	HAS_TEXT("/memory@40000000", "device_type", "memory");
	HAS_CELLS("/memory@40000000", "reg", 0, 0x40000000, 1, 0x40000000);
}

CASE(cpus_are_named_by_affinity)
{
	machine.mpidr[1] = 0x80010203; /* only the affinity counts */
	write_tree();
	HAS_CELLS("/cpus", "#address-cells", 1);
	HAS_CELLS("/cpus", "#size-cells", 0);
	HAS_CELLS("/cpus/cpu@0", "reg", 0);
	HAS_CELLS("/cpus/cpu@10203", "reg", 0x10203);
	HAS_TEXT("/cpus/cpu@10203", "device_type", "cpu");
	HAS_TEXT("/cpus/cpu@10203", "compatible", "arm,armv8");
	HAS_TEXT("/cpus/cpu@10203", "enable-method", "psci");
}

CASE(there_are_as_many_cpus_as_said)
{
	for (machine.cpus = 1; machine.cpus <= TREE_CPUS_MAX; machine.cpus++) {
		int node;
		u32 count = 0;

		for (u32 i = 0; i < machine.cpus; i++)
			machine.mpidr[i] = 0x80000000 + i;
		write_tree();
		fdt_for_each_subnode (node, fdt, node_at("/cpus"))
			count++;
		assert_int_equal(count, machine.cpus);
	}
}

CASE(psci_is_called_by_hvc)
{
	write_tree();
	HAS_TEXT("/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2");
	HAS_TEXT("/psci", "method", "hvc");
}

CASE(interrupt_controller_has_a_frame_for_each_cpu)
{
	write_tree();
	HAS_TEXT("/intc@8000000", "compatible", "arm,gic-v3");
	HAS_CELLS("/intc@8000000", "#interrupt-cells", 3);
	HAS_CELLS("/intc@8000000", "#address-cells", 0);
	HAS_CELLS("/intc@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 0x40000);
	has_bytes("/intc@8000000", "interrupt-controller", "", 0);
}

CASE(timer_has_virts_four_interrupts)
{
	write_tree();
	HAS_TEXT("/timer", "compatible", "arm,armv8-timer");
	HAS_CELLS("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	has_bytes("/timer", "always-on", "", 0);
}

CASE(clock_ticks_at_24_mhz)
{
	write_tree();
	HAS_TEXT("/apb-pclk", "compatible", "fixed-clock");
	HAS_CELLS("/apb-pclk", "#clock-cells", 0);
	HAS_CELLS("/apb-pclk", "clock-frequency", 24000000);
}

CASE(uart_is_a_pl011_on_spi_1)
{
	u32 clock;

	write_tree();
	clock = fdt_get_phandle(fdt, node_at("/apb-pclk"));
	HAS_TEXT("/pl011@9000000", "compatible", "arm,pl011\0arm,primecell");
	HAS_CELLS("/pl011@9000000", "reg", 0, 0x09000000, 0, 0x1000);
	HAS_CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
	HAS_CELLS("/pl011@9000000", "clocks", clock, clock);
	HAS_TEXT("/pl011@9000000", "clock-names", "uartclk\0apb_pclk");
}

CASE(rtc_is_a_pl031_on_spi_2)
{
	write_tree();
	HAS_TEXT("/pl031@9010000", "compatible", "arm,pl031\0arm,primecell");
	HAS_CELLS("/pl031@9010000", "reg", 0, 0x09010000, 0, 0x1000);
	HAS_CELLS("/pl031@9010000", "interrupts", 0, 2, 4);
	HAS_CELLS("/pl031@9010000", "clocks", fdt_get_phandle(fdt, node_at("/apb-pclk")));
	HAS_TEXT("/pl031@9010000", "clock-names", "apb_pclk");
}

CASE(watchdog_is_on_the_first_spi_of_the_platform_bus)
{
	write_tree();
	HAS_TEXT("/watchdog@c000000", "compatible", "arm,sbsa-gwdt");
	HAS_CELLS("/watchdog@c000000", "reg", 0, 0x0c000000, 0, 0x1000, 0, 0x0c010000, 0, 0x1000);
	HAS_CELLS("/watchdog@c000000", "interrupts", 0, 112, 4);
}

CASE(gpio_is_a_pl061_on_spi_7)
{
	write_tree();
	HAS_TEXT("/pl061@9030000", "compatible", "arm,pl061\0arm,primecell");
	HAS_CELLS("/pl061@9030000", "reg", 0, 0x09030000, 0, 0x1000);
	HAS_CELLS("/pl061@9030000", "interrupts", 0, 7, 4);
	HAS_CELLS("/pl061@9030000", "#gpio-cells", 2);
	has_bytes("/pl061@9030000", "gpio-controller", "", 0);
	HAS_CELLS("/pl061@9030000", "clocks", fdt_get_phandle(fdt, node_at("/apb-pclk")));
	HAS_TEXT("/pl061@9030000", "clock-names", "apb_pclk");
}

CASE(power_button_is_a_key_on_its_pin_3)
{
	write_tree();
	HAS_TEXT("/gpio-keys", "compatible", "gpio-keys");
	HAS_TEXT("/gpio-keys/poweroff", "label", "GPIO Key Poweroff");
	HAS_CELLS("/gpio-keys/poweroff", "linux,code", 116);
	HAS_CELLS("/gpio-keys/poweroff", "gpios", fdt_get_phandle(fdt, node_at("/pl061@9030000")), 3, 0);
}

CASE(every_room_too_small_is_told)
{
	u32 needed;

	write_tree();
	needed = fdt_totalsize(fdt);
	for (u32 room = 0; room < needed; room += 7) {
		u8 *exact = aligned_alloc(8, align_up(room + 1, 8));

		assert_non_null(exact);
		assert_int_equal(tree_write(&machine, exact, room), NO_ROOM);
		free(exact);
	}
}

CASE(longest_bootargs_and_most_cpus_fit)
{
	static char bootargs[2048];

	memset(bootargs, 'x', sizeof(bootargs) - 1);
	machine.bootargs = bootargs;
	machine.name = "a234567890123456789012345678901";
	machine.cpus = TREE_CPUS_MAX;
	for (u32 i = 0; i < TREE_CPUS_MAX; i++)
		machine.mpidr[i] = i;
	write_tree();
	assert_int_equal(fdt_check_full(fdt, sizeof(fdt)), 0);
}

CASE(same_machine_gives_the_same_tree)
{
	static u8 first[TREE_SIZE_MAX];

	write_tree();
	memcpy(first, fdt, sizeof(first));
	memset(fdt, 0x5a, sizeof(fdt));
	write_tree();
	assert_memory_equal(first, fdt, fdt_totalsize(fdt));
}

CASE(no_cpu_or_too_many_is_a_bad_value)
{
	machine.cpus = 0;
	assert_int_equal(tree_write(&machine, fdt, sizeof(fdt)), BAD_VALUE);
	machine.cpus = TREE_CPUS_MAX + 1;
	assert_int_equal(tree_write(&machine, fdt, sizeof(fdt)), BAD_VALUE);
}

CASE(initrd_that_ends_before_it_starts_is_a_bad_value)
{
	machine.initrd_end = ipa(machine.initrd_start.value - 1);
	assert_int_equal(tree_write(&machine, fdt, sizeof(fdt)), BAD_VALUE);
}

CASE(affinity_3_is_a_bad_value)
{
	machine.mpidr[1] = 1UL << 32;
	assert_int_equal(tree_write(&machine, fdt, sizeof(fdt)), BAD_VALUE);
}

CASE(tree_off_its_alignment_is_a_bad_value)
{
	assert_int_equal(tree_write(&machine, fdt + 4, sizeof(fdt) - 4), BAD_VALUE);
}

static const struct CMUnitTest tests[] = {
	TEST(tree_is_sound),
	TEST(root_is_virt_by_compatible),
	TEST(pmu_is_there_if_it_is_given_with_its_interrupt_if_it_has_one),
	TEST(console_is_the_uart),
	TEST(bootargs_are_handed_on),
	TEST(empty_bootargs_are_an_empty_string),
	TEST(initrd_has_start_and_end),
	TEST(no_initrd_is_not_mentioned),
	TEST(initrd_above_4_gib_keeps_its_high_cells),
	TEST(seeds_are_handed_on),
	TEST(without_entropy_there_is_no_seed),
	TEST(memory_is_one_range),
	TEST(cpus_are_named_by_affinity),
	TEST(there_are_as_many_cpus_as_said),
	TEST(psci_is_called_by_hvc),
	TEST(interrupt_controller_has_a_frame_for_each_cpu),
	TEST(timer_has_virts_four_interrupts),
	TEST(clock_ticks_at_24_mhz),
	TEST(uart_is_a_pl011_on_spi_1),
	TEST(rtc_is_a_pl031_on_spi_2),
	TEST(watchdog_is_on_the_first_spi_of_the_platform_bus),
	TEST(gpio_is_a_pl061_on_spi_7),
	TEST(power_button_is_a_key_on_its_pin_3),
	TEST(every_room_too_small_is_told),
	TEST(longest_bootargs_and_most_cpus_fit),
	TEST(same_machine_gives_the_same_tree),
	TEST(no_cpu_or_too_many_is_a_bad_value),
	TEST(initrd_that_ends_before_it_starts_is_a_bad_value),
	TEST(affinity_3_is_a_bad_value),
	TEST(tree_off_its_alignment_is_a_bad_value),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
