/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of the machine's tree, what it says when something is missing, and where the pool goes. */
#include "alone.h"
#include "lib/bits.h"
#include "machine_tree.h"
#include "monitor/board.h"
#include "monitor/ledger.h"
#include "monitor/pool_plan.h"

static struct machine_tree m;
static struct board board;

static void start(void) { m = machine_tree_virt; }

/* From memory that ends where board_tree_size() says. */
static const char *reads(void)
{
	static void *tree;

	assert_true(machine_tree_write(&m));
	u64 size = board_tree_size(machine_fdt);
	free(tree);
	tree = malloc(size);
	memcpy(tree, machine_fdt, size);
	return board_read(tree, &board);
}

static void trees_of_other_shapes_are_read_whole(void **s)
{
	(void)s;
	assert_true(machine_tree_write(&m));
	u32 whole = fdt_totalsize(machine_fdt) + 4096;
	fdt_set_totalsize(machine_fdt, whole); /* as QEMU pads it */
	assert_true(board_tree_size(machine_fdt) < whole);
	fdt_set_version(machine_fdt, 16);
	assert_int_equal(board_tree_size(machine_fdt), whole);
	fdt_set_version(machine_fdt, 17);
	fdt_set_off_mem_rsvmap(machine_fdt, whole - 16);
	assert_int_equal(board_tree_size(machine_fdt), whole);
}

static void is_range(const struct board_range *r, u64 base, u64 size)
{
	assert_int_equal(r->base.value, base);
	assert_int_equal(r->size, size);
}

static void virt_board_is_understood_whole(void **s)
{
	(void)s;
	assert_null(reads());
	assert_int_equal(board.bank_count, 1);
	is_range(&board.banks[0], 0x40000000, GIB);
	assert_int_equal(board.cpu_count, 4);
	is_range(&board.gic_dist, 0x8000000, 0x10000);
	is_range(&board.gic_redist, 0x80a0000, 0xf60000);
	is_range(&board.uart, 0x9000000, 0x1000);
	assert_int_equal(board.uart_intid, 33);
	is_range(&board.rtc, 0x9010000, 0x1000);
	assert_true(board.psci);
	assert_string_equal(board.bootargs, "console=frames");
	is_range(&board.initrd, 0x48000000, 0x123456);
	assert_int_equal(board.reserved_count, 0);
}

/* One number for all CPUs: a guest's interrupt has it, too. */
static void pmus_interrupt_is_a_ppi_that_all_cpus_share(void **s)
{
	static const struct {
		const char *pmu[2];
		u32 interrupt[2][2], intid;
	} cases[] = {
		{{NULL}, {{0}}, 0},
		{{"arm,armv8-pmuv3"}, {{1, 7}}, 23},
		{{"arm,cortex-a53-pmu", "arm,cortex-a72-pmu"}, {{1, 6}, {1, 6}}, 22},
		{{"arm,cortex-a53-pmu", "arm,neoverse-n1-pmu"}, {{1, 6}, {1, 7}}, 0},
		{{"arm,cortex-a72-pmu"}, {{0, 7}}, 0},  /* an SPI */
		{{"arm,cortex-a72-pmu"}, {{1, 16}}, 0}, /* there is none */
		{{"arm,dsu-pmu"}, {{1, 7}}, 0},
		{{"arm,cortex-a72"}, {{1, 7}}, 0},
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(cases); i++) {
		memcpy(m.pmu, cases[i].pmu, sizeof(m.pmu));
		memcpy(m.pmu_interrupt, cases[i].interrupt, sizeof(m.pmu_interrupt));
		assert_null(reads());
		assert_int_equal(board.pmu_intid, cases[i].intid);
	}
}

static void affinities_are_in_the_trees_order(void **s)
{
	(void)s;
	m.cpus = 8;
	assert_null(reads());
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(board.affinity[i], i / 4 << 8 | i % 4);
}

static void disabled_cpu_is_left_out(void **s)
{
	(void)s;
	m.disabled_cpu = 2;
	assert_null(reads());
	assert_int_equal(board.cpu_count, 3);
	assert_int_equal(board.affinity[1], 2);
}

static void more_cpus_than_we_can_use_are_left_out(void **s)
{
	(void)s;
	m.cpus = CPU_MAX + 8;
	assert_null(reads());
	assert_int_equal(board.cpu_count, CPU_MAX);
}

static void several_banks_of_one_node_and_of_another(void **s)
{
	(void)s;
	m.memory[1][0] = 0x100000000;
	m.memory[1][1] = 2 * GIB;
	m.second_node[0] = 0x8000000000;
	m.second_node[1] = 512 * MIB;
	assert_null(reads());
	assert_int_equal(board.bank_count, 3);
	is_range(&board.banks[1], 0x100000000, 2 * GIB);
	is_range(&board.banks[2], 0x8000000000, 512 * MIB);
}

static void banks_beyond_our_table_are_left_out(void **s)
{
	(void)s;
	for (u64 i = 0; i < 9; i++) {
		m.memory[i][0] = 0x40000000 + i * GIB;
		m.memory[i][1] = 16 * MIB;
	}
	assert_null(reads());
	assert_int_equal(board.bank_count, BOARD_BANKS);
}

static void memory_of_the_secure_world_is_not_ours(void **s)
{
	(void)s;
	m.secure[0] = 0xe000000;
	m.secure[1] = 16 * MIB;
	assert_null(reads());
	assert_int_equal(board.bank_count, 1);
}

static void reserved_memory_reservations_and_modules_are_kept(void **s)
{
	(void)s;
	m.reserved[0] = 0x50000000;
	m.reserved[1] = MIB;
	m.reserve_entry[0] = 0x60000000;
	m.reserve_entry[1] = 0x3000;
	m.module[0] = 0x4a000000;
	m.module[1] = 0x12345;
	assert_null(reads());
	assert_int_equal(board.reserved_count, 3);
	is_range(&board.reserved[0], 0x50000000, MIB);
	is_range(&board.reserved[1], 0x4a000000, 0x12345);
	is_range(&board.reserved[2], 0x60000000, 0x3000);
}

static void initrd_may_be_named_in_one_cell(void **s)
{
	(void)s;
	m.initrd_cells = 1;
	assert_null(reads());
	is_range(&board.initrd, 0x48000000, 0x123456);
}

static void initrd_that_ends_before_it_starts_is_none(void **s)
{
	(void)s;
	m.initrd_end = 0x47000000;
	assert_null(reads());
	assert_int_equal(board.initrd.size, 0);
	m.initrd_end = 0;
	assert_null(reads());
	assert_int_equal(board.initrd.size, 0);
}

static void seeds_are_collected_up_to_our_room(void **s)
{
	(void)s;
	assert_null(reads());
	assert_int_equal(board.seed_size, 48);
	assert_int_equal(board.seed[7], 8);
	assert_int_equal(board.seed[40], 1);
	m.seeds = false;
	assert_null(reads());
	assert_int_equal(board.seed_size, 0);
}

static void no_bootargs_are_an_empty_text(void **s)
{
	(void)s;
	m.bootargs = NULL;
	assert_null(reads());
	assert_string_equal(board.bootargs, "");
}

/* --- which UART --- */

/* Nodes may come before or after /chosen: both orders of the walk. */
static void stdout_path_chooses_the_uart(void **s)
{
	(void)s;
	m.uarts = 2;
	m.stdout_path = "/pl011@9040000";
	assert_null(reads());
	is_range(&board.uart, 0x9040000, 0x1000);
	assert_int_equal(board.uart_intid, 40);
}

static void stdout_path_may_name_the_speed_too(void **s)
{
	(void)s;
	m.uarts = 2;
	m.stdout_path = "/pl011@9040000:115200n8";
	assert_null(reads());
	is_range(&board.uart, 0x9040000, 0x1000);
}

static void without_stdout_path_it_is_the_first_uart(void **s)
{
	(void)s;
	m.uarts = 2;
	m.stdout_path = NULL;
	assert_null(reads());
	is_range(&board.uart, 0x9000000, 0x1000);
}

static void disabled_uart_is_not_used(void **s)
{
	(void)s;
	m.uarts = 2;
	m.first_uart_disabled = true;
	m.stdout_path = NULL;
	assert_null(reads());
	is_range(&board.uart, 0x9040000, 0x1000);
}

static void machine_without_a_uart_is_understood(void **s)
{
	(void)s;
	m.uarts = 0;
	m.rtc = false;
	assert_null(reads());
	assert_int_equal(board.uart.size, 0);
	assert_int_equal(board.rtc.size, 0);
}

/* --- what is missing --- */

static void missing_memory_is_said(void **s)
{
	(void)s;
	m.memory[0][1] = 0;
	assert_non_null(strstr(reads(), "no memory"));
}

static void missing_cpus_are_said(void **s)
{
	(void)s;
	m.cpus = 0;
	assert_non_null(strstr(reads(), "no CPU"));
}

static void gic_of_another_version_is_said(void **s)
{
	(void)s;
	m.gic = "arm,cortex-a15-gic";
	assert_non_null(strstr(reads(), "gic-version=3"));
	m.gic = NULL;
	assert_non_null(strstr(reads(), "GICv3"));
}

static void psci_by_hvc_or_none_is_said(void **s)
{
	(void)s;
	m.method = "hvc";
	assert_non_null(strstr(reads(), "PSCI"));
	m.method = NULL;
	assert_non_null(strstr(reads(), "PSCI"));
}

/* --- the pool --- */

static bool overlaps(struct board_range a, struct board_range b)
{
	return a.base.value < b.base.value + b.size && b.base.value < a.base.value + a.size;
}

static void pool_is_aligned_inside_ram_and_beside_what_is_reserved(void **s)
{
	(void)s;
	m.reserved[0] = 0x40000000;
	m.reserved[1] = 3 * MIB;
	m.reserve_entry[0] = 0x40700000;
	m.reserve_entry[1] = 0x1000;
	assert_null(reads());
	board_reserve(&board, board.initrd);
	struct board_range plan = pool_plan(&board);
	assert_true(plan.size >= 2 * MIB && is_aligned(plan.base.value | plan.size, 2 * MIB));
	assert_true(plan.base.value >= 0x40000000 && plan.base.value + plan.size <= 0x80000000);
	for (u32 i = 0; i < board.reserved_count; i++)
		assert_false(overlaps(plan, board.reserved[i]));
}

static void pool_is_large_enough_for_the_books_of_all_banks(void **s)
{
	u64 books = 0;

	(void)s;
	m.memory[0][1] = 8 * GIB;
	m.second_node[0] = 0x8000000000;
	m.second_node[1] = 100 * GIB;
	assert_null(reads());
	for (u32 i = 0; i < board.bank_count; i++)
		books += ledger_cost(board.banks[i].size);
	assert_true(pool_plan(&board).size > books);
}

static void pool_goes_to_a_later_bank_if_the_first_is_full(void **s)
{
	(void)s;
	m.second_node[0] = 0x8000000000;
	m.second_node[1] = 512 * MIB;
	m.reserved[0] = 0x40000000;
	m.reserved[1] = GIB;
	assert_null(reads());
	assert_int_equal(pool_plan(&board).base.value, 0x8000000000);
}

static void machine_without_room_has_no_pool(void **s)
{
	(void)s;
	m.memory[0][1] = MIB;
	assert_null(reads());
	assert_int_equal(pool_plan(&board).size, 0);
	m.memory[0][1] = GIB;
	m.reserved[0] = 0x40000000;
	m.reserved[1] = GIB;
	assert_null(reads());
	assert_int_equal(pool_plan(&board).size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(virt_board_is_understood_whole),
		ALONE(pmus_interrupt_is_a_ppi_that_all_cpus_share),
		ALONE(affinities_are_in_the_trees_order),
		ALONE(disabled_cpu_is_left_out),
		ALONE(more_cpus_than_we_can_use_are_left_out),
		ALONE(several_banks_of_one_node_and_of_another),
		ALONE(banks_beyond_our_table_are_left_out),
		ALONE(memory_of_the_secure_world_is_not_ours),
		ALONE(reserved_memory_reservations_and_modules_are_kept),
		ALONE(initrd_may_be_named_in_one_cell),
		ALONE(initrd_that_ends_before_it_starts_is_none),
		ALONE(seeds_are_collected_up_to_our_room),
		ALONE(no_bootargs_are_an_empty_text),
		ALONE(stdout_path_chooses_the_uart),
		ALONE(stdout_path_may_name_the_speed_too),
		ALONE(without_stdout_path_it_is_the_first_uart),
		ALONE(disabled_uart_is_not_used),
		ALONE(machine_without_a_uart_is_understood),
		ALONE(missing_memory_is_said),
		ALONE(missing_cpus_are_said),
		ALONE(gic_of_another_version_is_said),
		ALONE(psci_by_hvc_or_none_is_said),
		ALONE(trees_of_other_shapes_are_read_whole),
		ALONE(pool_is_aligned_inside_ram_and_beside_what_is_reserved),
		ALONE(pool_is_large_enough_for_the_books_of_all_banks),
		ALONE(pool_goes_to_a_later_bank_if_the_first_is_full),
		ALONE(machine_without_room_has_no_pool),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
