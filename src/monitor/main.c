/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the world is made. */
#include "monitor/main.h"

#include <libfdt.h>

#include "lib/bits.h"
#include "lib/require.h"
#include "lib/string.h"
#include "machine/cache.h"
#include "machine/cpu.h"
#include "machine/gic.h"
#include "machine/gich.h"
#include "machine/layout.h"
#include "machine/mmu.h"
#include "machine/pmu.h"
#include "machine/psci.h"
#include "machine/rtc.h"
#include "machine/smccc.h"
#include "machine/timer.h"
#include "machine/uart.h"
#include "monitor/board.h"
#include "monitor/console.h"
#include "monitor/console_view.h"
#include "monitor/entropy.h"
#include "monitor/irq.h"
#include "monitor/ledger.h"
#include "monitor/panic.h"
#include "monitor/pool_plan.h"
#include "monitor/run.h"
#include "monitor/serror.h"
#include "monitor/system.h"
#include "monitor/trace.h"
#include "monitor/vm.h"
#include "virtual/vid.h"
#include "virtual/vsysreg.h"

extern u64 __stack_chk_guard;
extern u8 image_start[], data_end[];

static struct board board;
static struct pool pool;
static u64 stack_top[CPU_MAX];
static struct cpu_boot cpu_boot[CPU_MAX];
static u32 cpus_up = 1;
static bool all_known; /* every CPU has been looked at */
static u64 to_pool;    /* bytes of the image that only the boot needed */

/* A machine that cannot be run on: says why, as far as anyone can hear, and stops. */
_Noreturn static void give_up(const char *why)
{
	if (!uart_ready())
		uart_init(mmu_map_linear(uart_default(), PAGE_SIZE, MMU_EL2_DEVICE));
	print("%s\n", why);
	console_flush();
	psci_system_off();
	cpu_halt();
}

static void power_off(void)
{
	console_flush();
	psci_system_off();
	cpu_halt();
}

static void read_board(pa_t tree)
{
	const void *fdt = NULL;

	if (tree.value && is_aligned(tree.value, 8) && tree.value >> LAYOUT_PA_BITS == 0)
		fdt = mmu_map_linear(tree, sizeof(struct fdt_header), MMU_EL2_CONST);
	if (!fdt || fdt_check_header(fdt) != 0)
		give_up("no device tree: the boot loader must pass its address in x0 "
		        "(QEMU does so for -M virt; for other boards add -dtb FILE)");
	mmu_map_linear(tree, board_tree_size(fdt), MMU_EL2_CONST);
	const char *missing = board_read(fdt, &board);
	if (board.uart.size)
		uart_init(mmu_map_linear(board.uart.base, board.uart.size, MMU_EL2_DEVICE));
	if (board.psci)
		psci_init();
	if (missing)
		give_up(missing);
	board_put_first(&board, cpu_affinity());
	board_reserve(&board, (struct board_range){tree, fdt_totalsize(fdt)});
}

/* A misspelt value is said, and the default is used: a machine without a console could not complain. */
static void check_boot_word(const char *name, const char *usual, const char *other, const char *third)
{
	const char *value = console_word(board.bootargs, name, usual);

	if (strcmp(value, usual) != 0 && strcmp(value, other) != 0 && strcmp(value, third) != 0)
		print("boot word %s%s: accepted: %s, %s%s%s; %s is used\n", name, value, usual, other,
		      third == other ? "" : ", ", third == other ? "" : third, usual);
}

static void greet(void)
{
	u64 memory = 0;

	for (u32 i = 0; i < board.bank_count; i++)
		memory += board.banks[i].size;
	print("Corbel %s on %u CPU%s, %lu MiB, GICv3 with %u list registers\n", CORBEL_VERSION,
	      board.cpu_count, board.cpu_count == 1 ? "" : "s", memory / MIB, gich_lr_count());
}

/*
 * The books of the ledger, the pool, the traces: these at the end, where they lay before a reset, for the
 * beginning of RAM is where boot loaders put things of their own (QEMU does at every reset).
 */
static void take_memory(struct board_range own)
{
	u8 *memory = mmu_map_linear(own.base, own.size, MMU_EL2_DATA), *end = memory + own.size;

	for (u32 cpu = 0; cpu < board.cpu_count; cpu++)
		trace_init(cpu, end -= (u64)TRACE_PAGES * PAGE_SIZE);
	for (u32 i = 0; i < board.bank_count; i++) {
		const struct board_range *b = &board.banks[i];

		cache_zero(memory, ledger_cost(b->size));
		require(ledger_add_bank(b->base, b->size, memory) == OK);
		memory += ledger_cost(b->size);
	}
	pool_init(&pool, memory, (u64)(end - memory));
	mmu_use_pool(&pool);
}

/* RAM: what is ours and the loader's is marked; the rest is free for VMs. */
static void init_memory(void)
{
	struct board_range image = {mmu_physical(image_start), (u64)data_end - (u64)image_start};

	board_reserve(&board, image);
	board_reserve(&board, board.initrd);
	struct board_range own = pool_plan(&board);
	if (!own.size)
		give_up("the machine has too little memory for the hypervisor itself");
	take_memory(own);
	for (u32 i = 0; i < board.reserved_count; i++)
		ledger_reserve(board.reserved[i].base, board.reserved[i].size, PAGE_MODULE);
	ledger_reserve(image.base, image.size, PAGE_HYPERVISOR);
	ledger_reserve(own.base, own.size, PAGE_HYPERVISOR);
}

/* `few`: as many as there are CPUs, the least there must be. */
static void init_vmids(void)
{
	bool few = strcmp(console_word(board.bootargs, "vmids=", "all"), "few") == 0;

	vmid_init(few ? board.cpu_count : (1U << cpu_vmid_bits()) - 1, few);
}

static void init_cpu(void)
{
	timer_init_cpu();
	if (!gic_init_cpu())
		give_up("a CPU has no redistributor in the GIC");
	irq_init_cpu();
}

static void init_devices(void)
{
	pmu_set_interrupt(board.pmu_intid);
	gic_init(mmu_map_linear(board.gic_dist.base, board.gic_dist.size, MMU_EL2_DEVICE),
	         mmu_map_linear(board.gic_redist.base, board.gic_redist.size, MMU_EL2_DEVICE),
	         board.gic_redist.size);
	init_cpu();
	if (board.rtc.size) {
		u64 now = rtc_read(mmu_map_linear(board.rtc.base, board.rtc.size, MMU_EL2_DEVICE));

		vrtc_set_epoch(now - timer_now() / timer_frequency());
	}
}

/* Waits until CPU `cpu` is in its loop. False: firmware refuses it. */
static bool start_cpu(u32 cpu)
{
	u32 before = __atomic_load_n(&cpus_up, __ATOMIC_ACQUIRE);

	cpu_boot[cpu] = (struct cpu_boot){boot_ttbr, (u64)start_virtual_secondary, stack_top[cpu], cpu};
	cache_clean_invalidate(&cpu_boot[cpu], sizeof(cpu_boot[cpu])); /* read with the MMU off */
	s32 refused = psci_cpu_on(board.affinity[cpu], mmu_physical(start_secondary),
	                          mmu_physical(&cpu_boot[cpu]).value);
	if (refused) {
		print("the CPU with affinity %lx does not start: firmware answers %d; it is left out\n",
		      board.affinity[cpu], refused);
		return false;
	}
	while (__atomic_load_n(&cpus_up, __ATOMIC_ACQUIRE) == before)
		cpu_relax();
	return true;
}

/* Each CPU gets a stack and a window before it runs; they come up one after the other, without a gap in the numbers. */
static void start_cpus(void)
{
	for (u32 cpu = 1; cpu < board.cpu_count; cpu++)
		if (!(stack_top[cpu] = mmu_prepare_cpu(cpu)))
			give_up("the machine has too little memory for the stacks of its CPUs");
	for (u32 cpu = 1; cpu < board.cpu_count;)
		if (start_cpu(cpu))
			cpu++;
		else
			board.affinity[cpu] = board.affinity[--board.cpu_count];
	irq_init(board.affinity, board.cpu_count, board.uart_intid);
}

/* What guests are given is what all CPUs have, so none is set up for guests before the last has been looked at. */
void main_secondary(u64 cpu)
{
	(void)cpu;
	cpu_probe();
	smccc_probe();
	init_cpu();
	__atomic_fetch_add(&cpus_up, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&all_known, __ATOMIC_ACQUIRE))
		cpu_relax();
	cpu_init();
	serror_begin();
	run_forever();
}

/* A boot module is in RAM that the ledger keeps for the loader: then it may be read. */
static const u8 *module_bytes(pa_t at, u64 size)
{
	for (u32 i = 0; i < board.reserved_count; i++) {
		const struct board_range *r = &board.reserved[i];

		if (at.value >= r->base.value && at.value - r->base.value <= r->size &&
		    size <= r->size - (at.value - r->base.value))
			return mmu_map_linear(at, size, MMU_EL2_CONST);
	}
	return NULL;
}

/*
 * What we take of the machine ourselves, less the history of the consoles: known once all VMs are made. What of
 * the image went to the pool counts there, once it is used again.
 */
static void tell_memory(void)
{
	u64 books = 0, image = (u64)data_end - (u64)image_start - console_history() - to_pool;
	u64 traces = (u64)board.cpu_count * TRACE_PAGES * PAGE_SIZE;

	for (u32 i = 0; i < board.bank_count; i++)
		books += ledger_cost(board.banks[i].size);
	print("Corbel takes %lu KiB of memory, its ledger %lu KiB\n",
	      (image + traces + pool.used * PAGE_SIZE) / KIB, books / KIB);
}

static void start_vms(void)
{
	struct describe_limits limits = {
		.cpus = cpus_up, .memory = ledger_free(), .module_bytes = module_bytes, .lacks = vid_lacks};

	if (!board.initrd.size)
		give_up("no description of the machines to run: pass one as the initrd (doc/vm.md)");
	const void *text = mmu_map_linear(board.initrd.base, board.initrd.size, MMU_EL2_CONST);
	if (!system_create_all(text, board.initrd.size, &limits, &pool))
		give_up("there is no machine to run");
	tell_memory();
	for (struct vm *vm = NULL; (vm = vm_next(vm));)
		life_begin(vm);
	/* Only now: who types could begin a life, too. */
	irq_route_uart(board.affinity[run_first_open(cpus_up)]);
}

/* On this CPU's own stack. */
static void main_on_stack(void)
{
	to_pool = mmu_end_boot(&pool);
	start_cpus();
	vid_init(cpu_id_register);
	__atomic_store_n(&all_known, true, __ATOMIC_RELEASE);
	cpu_init();
	serror_begin();
	console_when_quit(power_off);
	life_when_all_ended(power_off);
	start_vms();
	run_forever();
}

void main_primary(u64 tree, u64 load_address)
{
	(void)load_address;
	cpu_probe();
	timer_init_cpu();
	read_board(pa(tree));
	smccc_probe();
	console_init(board.bootargs);
	cpu_probe_cntpoff(strcmp(console_word(board.bootargs, "cntpoff=", "auto"), "on") == 0);
	panic_init(board.bootargs, board.cpu_count);
	init_memory();
	entropy_init(board.seed, board.seed_size);
	u64 guard;
	entropy_bytes(&guard, sizeof(guard));
	__stack_chk_guard = guard; /* here, in a function that never returns: others would miss the old one */
	init_devices();
	vsysreg_init();
	vm_init();
	sched_init(SCHED_SLICE_US * timer_frequency() / 1000000);
	init_vmids();
	check_boot_word("console=", "plain", "frames", "frames");
	check_boot_word("panic=", "off", "reboot", "halt");
	check_boot_word("cntpoff=", "auto", "on", "on");
	check_boot_word("vmids=", "all", "few", "few");
	greet();
	if (!(stack_top[0] = mmu_prepare_cpu(0)))
		give_up("the machine has too little memory for the stacks of its CPUs");
	cpu_switch_stack(stack_top[0], main_on_stack);
}
