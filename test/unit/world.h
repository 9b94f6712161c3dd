/* SPDX-License-Identifier: Apache-2.0 */
/* A machine of eight fake CPUs with the whole monitor on it, and VMs whose guests do what a test says. */
#pragma once
#include "alone.h"
#include "fake/gich_fake.h"
#include "fake/spinlock_fake.h"
#include "fake/timer_fake.h"
#include "lib/bits.h"
#include "lib/pool.h"
#include "machine/cpu.h"
#include "machine/gic.h"
#include "machine/feature.h"
#include "machine/pmu.h"
#include "machine/sysreg.h"
#include "machine/tlb.h"
#include "monitor/console.h"
#include "monitor/dispatch.h"
#include "monitor/entropy.h"
#include "monitor/irq.h"
#include "monitor/ledger.h"
#include "monitor/memory.h"
#include "monitor/run.h"
#include "monitor/trace.h"
#include "monitor/vm.h"
#include "virtual/vid.h"
#include "virtual/vsysreg.h"

enum { WORLD_CPUS = 8, WORLD_IMAGE = 8192 };
#define WORLD_RAM  (32 * MIB)
#define WORLD_LOAD (VM_RAM_BASE + 2 * MIB)
#define WORLD_BAD  0x0f000000UL /* an IPA where no VM has anything */

/* Exception classes and fields of ESR_EL2 (Arm ARM D19.2.37). */
#define EC(class) ((u64)(class) << 26)
#define IL        BIT(25)
#define HVC       (EC(0x16) | IL)
#define SMC       (EC(0x17) | IL)
#define ABORT_IL  (EC(0x24) | IL)
#define FETCH     (EC(0x20) | IL | 0x6)
/* Data abort at level 2 with a valid syndrome: log2 of the size, register, 64-bit. */
#define LOAD(size_, rt_, sf_) \
	(ABORT_IL | BIT(24) | (u64)(size_) << 22 | (u64)(rt_) << 16 | (u64)(sf_) << 15 | 0x6)
#define STORE(size_, rt_) (LOAD(size_, rt_, 0) | BIT(6))
#define SIGNED            BIT(21)

static struct pool pool;
static u8 *ram;
static u8 image[WORLD_IMAGE];
static struct vm_description descriptions[VM_MAX];
static u32 world_vms, world_next_cpu;
static u32 world_rings = WORLD_CPUS; /* CPUs that have a trace */
static const char *world_bootargs = "";
static struct exit world_exit;
static enum exit_kind world_kind;
static struct regs world_seen; /* as the guest found them */

static inline void on_cpu(u32 cpu)
{
	fake_cpu(cpu);
	gich_fake_select(cpu);
}

static inline enum exit_kind world_play(struct regs *r, struct exit *e)
{
	world_seen = *r;
	if (world_kind != EXIT_IRQ)
		*e = world_exit;
	return world_kind;
}

/* The VMs' vCPUs that are loaded elsewhere pass their loops: what a lock's holder waits for. */
static inline void world_relax(void)
{
	u32 here = gich_fake_selected();

	for (struct vm *vm = NULL; (vm = vm_next(vm));)
		for (u32 n = 0; n < vm->vcpu_count; n++) {
			struct vcpu *v = vm->vcpus[n];

			if (v->cpu == here || !v->loaded)
				continue;
			on_cpu(v->cpu);
			spinlock_take(&v->vm->vgic.lock);
			void vgic_fold(struct vcpu *);
			vgic_fold(v);
			spinlock_give(&v->vm->vgic.lock);
		}
	on_cpu(here);
}

/* One more of the machine's CPUs has a PMU of this version and size; all of them, or none. */
static inline void world_pmu(u64 version, u64 counters)
{
	u64 own[CPU_ID_REGISTERS] = {[FEATURE_AT(5, 0)] = version << 8};

	write_sysreg(pmcr_el0, field_put(PMCR_N, counters));
	pmu_probe(own);
	if (pmu_counters())
		fake_id_register(5, 0, (u64)pmu_version() << 8);
	else
		fake_id_register(5, 0, 0);
}

static inline void world_power_on(void)
{
	static u64 affinities[WORLD_CPUS];
	enum { POOL = 2 << 20 };
	const struct gich_fake_options interface = {.lr_count = 4, .priority_bits = 5, .tdir = true};

	timer_fake_reset();
	timer_fake_set(1000000);
	gich_fake_reset(&interface);
	for (u32 i = 0; i < WORLD_CPUS; i++)
		affinities[i] = i;
	irq_init(affinities, WORLD_CPUS, 33);
	pool_init(&pool, fake_ram(POOL, 0), POOL);
	ram = fake_ram(WORLD_RAM, 0xa5);
	void *books = pool_take_run(&pool, 32);
	assert_true(ledger_cost(WORLD_RAM) <= 32 * PAGE_SIZE);
	assert_int_equal(ledger_add_bank(pa((u64)ram), WORLD_RAM, books), OK);
	for (u32 i = 0; i < world_rings; i++)
		trace_init(i, pool_take_run(&pool, 8));
	entropy_init("seed", 4);
	vsysreg_init();
	vid_init(cpu_id_register);
	vm_init();
	vmid_init(255, false);
	console_init(world_bootargs);
	spinlock_fake_relax = world_relax;
	fake_guest = world_play;
	for (u32 i = 0; i < WORLD_IMAGE; i++)
		image[i] = (u8)(i * 7 + i / 256);
}

static inline struct vm_description *world_describe(u32 cpus)
{
	struct vm_description *d = &descriptions[world_vms++];

	*d = (struct vm_description){.cpus = cpus,
	                             .memory = 4 * MIB,
	                             .kernel = {.bytes = image, .size = WORLD_IMAGE},
	                             .kind = IMAGE_RAW,
	                             .load = ipa(WORLD_LOAD),
	                             .entry = ipa(WORLD_LOAD + 0x100),
	                             .footprint = WORLD_IMAGE,
	                             .bootargs = "",
	                             .restart = RESTART_ON_RESET,
	                             .restart_limit = 5,
	                             .restart_window = 60};
	snprintf(d->name, sizeof(d->name), "vm%u", world_vms);
	return d;
}

/* One turn of the CPU's loop, in which the guest, if it is entered, is stopped by an interrupt that is nobody's. */
static inline bool turn(u32 cpu)
{
	on_cpu(cpu);
	world_kind = EXIT_IRQ;
	return run_once();
}

/* Until no CPU has anything to do, or for long. */
static inline void world_settle(void)
{
	for (u32 i = 0; i < 400; i++) {
		bool busy = false;

		for (u32 cpu = 0; cpu < world_next_cpu; cpu++)
			busy |= turn(cpu);
		if (!busy)
			return;
	}
}

/* Until the VM's memory is loaded and its first vCPU stands at its entry. */
static inline void world_boot(struct vm *vm)
{
	for (u32 i = 0; i < 200 && (vm->state != VM_RUNNING || vm->vcpus[0]->power != VCPU_ON); i++)
		turn(vm->vcpus[0]->cpu);
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(vm->vcpus[0]->power, VCPU_ON);
}

/* It is being started: until its devices are as at power-on. */
static inline void world_clear(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count + 2; i++)
		turn(vm->vcpus[0]->cpu);
	assert_int_equal(vm->state, VM_LOADING);
}

/* On CPUs of its own, `first` and those behind it. */
static inline enum status world_create(struct vm_description *d, u32 first)
{
	for (u32 i = 0; i < d->cpus; i++)
		d->vcpus[i] = (struct vcpu_terms){.class = SCHED_DEDICATED, .cpus = 1U << (first + i)};
	return vm_create(d, &pool);
}

static inline struct vm *world_vm_of(struct vm_description *d)
{
	assert_int_equal(world_create(d, world_next_cpu), OK);
	world_next_cpu += d->cpus;
	struct vm *vm = vm_named(d->name);
	life_begin(vm);
	world_boot(vm);
	return vm;
}

static inline struct vm *world_vm(u32 cpus) { return world_vm_of(world_describe(cpus)); }

/* The guest on `v` runs until this exit, and the loop deals with it. */
static inline void stops(struct vcpu *v, enum exit_kind kind, struct exit why)
{
	u64 before = fake_guest_entries;

	on_cpu(v->cpu);
	world_kind = kind;
	world_exit = why;
	assert_true(run_once());
	assert_int_equal(fake_guest_entries, before + 1);
}

static inline void traps(struct vcpu *v, u64 esr) { stops(v, EXIT_SYNC, (struct exit){.esr = esr}); }

static inline void faults(struct vcpu *v, u64 esr, u64 address, u64 at)
{
	stops(v, EXIT_SYNC, (struct exit){.esr = esr, .far = address, .hpfar = at >> 12 << 4});
}

/* A call to the guest's firmware; its answer. */
static inline u64 calls(struct vcpu *v, u64 function, u64 x1, u64 x2, u64 x3)
{
	v->regs.x[0] = function;
	v->regs.x[1] = x1;
	v->regs.x[2] = x2;
	v->regs.x[3] = x3;
	traps(v, HVC);
	return v->regs.x[0];
}

static inline bool printed(const char *text) { return strstr(fake_uart_output(NULL), text) != NULL; }
