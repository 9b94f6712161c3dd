/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM is made of. It is in a place, its description's, which keeps its pages when it goes: whoever still looks at one that is
 * gone sees a VM, whose lock and state say the rest. The pool has room for every place (pool_plan.c), so nothing is lost by that.
 * No lock: what is built is published by vm->state and never changes, but for its memory.
 */
#include "monitor/vm.h"

#include "lib/bits.h"
#include "lib/require.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/pmu.h"
#include "machine/timer.h"
#include "monitor/ledger.h"
#include "monitor/pool_plan.h"
#include "monitor/run.h"
#include "monitor/share.h"
#include "virtual/vid.h"
#include "virtual/vsmccc.h"

_Static_assert(sizeof(struct vm) <= VM_PAGES * (u64)PAGE_SIZE, "VM_PAGES");
_Static_assert(sizeof(struct vcpu) <= VM_VCPU_PAGES * (u64)PAGE_SIZE, "VM_VCPU_PAGES");

enum { CAP_PERIOD_US = 100000 };

static struct vm *places[VM_MAX]; /* by id - 1 */

static bool is_gone(const struct vm *vm) { return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == VM_GONE; }

struct vm *vm_of(u32 id)
{
	struct vm *vm = id - 1 < VM_MAX ? __atomic_load_n(&places[id - 1], __ATOMIC_ACQUIRE) : NULL;

	return vm && !is_gone(vm) ? vm : NULL;
}

struct vm *vm_next(const struct vm *before)
{
	struct vm *vm = NULL;

	for (u32 id = before ? before->id + 1 : 1; id <= VM_MAX && !vm; id++)
		vm = vm_of(id);
	return vm;
}

struct vm *vm_named(const char *name)
{
	struct vm *vm = NULL;

	while ((vm = vm_next(vm)) && strcmp(vm_name(vm), name) != 0)
		;
	return vm;
}

const char *vm_name_of(u32 id) { return vm_name(places[id - 1]); }

u64 vm_kept_pages(void)
{
	u64 kept = 0, vcpu_pages = VM_VCPU_PAGES;

	for (u32 i = 0; i < VM_MAX && places[i]; i++) {
		const struct vm *vm = places[i];

		kept += is_gone(vm) ? VM_PAGES + (vm->space.table.root ? vm->space.table.root_pages : 0) : 0;
		for (u32 n = is_gone(vm) ? 0 : vm->vcpu_count; n < VM_VCPU_MAX && vm->vcpus[n]; n++)
			kept += vcpu_pages + (vm->vcpus[n]->vectors_kept ? pool_plan_vector_pages() : 0);
	}
	return kept;
}

/* `make DEBUG=1`: the ledger's invariant after every change of it. */
static void check_ledger(void)
{
#ifdef CORBEL_DEBUG
	require(ledger_check() == NULL);
#endif
}

void vm_init(void)
{
	static const struct reg_table *const tables[] = {
		&vgic_dist_table,         &vgic_redist_table,      &vuart_table, &vrtc_table, &vgpio_table,
		&vwatchdog_control_table, &vwatchdog_refresh_table};

	for (u32 i = 0; i < ARRAY_COUNT(tables); i++) {
#ifdef CORBEL_DEBUG
		require(reg_table_check(tables[i]) == NULL); /* a host test says which row */
#endif
		reg_table_index(tables[i]);
	}
	vsmccc_init();
}

/*
 * Bits of HCR_EL2. Who waits gives a shared CPU away, so WFI and WFE trap there. Who may move has its own maintenance and
 * barriers reach all CPUs (FB, BSU). Without APK and API, or ATA, keys and authentication, or tags and their registers, trap.
 */
static u64 controls_of(const struct vm *vm, const struct vcpu *v)
{
	bool shares = v->shares, moves = shares && v->sched.cpus & (v->sched.cpus - 1);
	bool has_pauth = vid_has_pauth(vm->id_registers) && cpu_has_pauth();

	return (vm->description->wfi == WAIT_TRAP || shares ? HCR_TWI : 0) |
	       (vm->description->wfe == WAIT_TRAP || shares ? HCR_TWE : 0) | (moves ? HCR_FB | HCR_BSU : 0) |
	       (has_pauth ? HCR_API | HCR_APK : 0) | (vm->gmid ? HCR_ATA : 0);
}

static u64 ticks_of(u64 us) { return us * timer_frequency() / 1000000; }

/* The terms of its description, in ticks. A cap is a budget of each tenth of a second. */
static void promise(struct vcpu *v, const struct vcpu_terms *terms)
{
	u64 period = terms->cap ? CAP_PERIOD_US : terms->period_us;
	u64 budget = terms->cap ? CAP_PERIOD_US * terms->cap / 100 : terms->budget_us;

	v->sched = (struct sched){.class = terms->class,
	                          .priority = terms->priority,
	                          .weight = terms->weight,
	                          .cpus = terms->cpus,
	                          .budget = ticks_of(budget),
	                          .period = ticks_of(period)};
	v->shares = true;
}

/* As it comes from the pool, but for what its place has kept. NULL: the pool has too little. */
static struct vcpu *take_vcpu(struct vm *vm, u32 id, struct pool *pool)
{
	struct vcpu *v = vm->vcpus[id];
	u8 *vectors = v ? v->vectors_kept : NULL;
	bool has_sve = vid_has_sve(vm->id_registers);

	if (v)
		memset(v, 0, sizeof(*v));
	else
		v = vm->vcpus[id] = ledger_take_pages(pool, VM_VCPU_PAGES);
	if (!v)
		return NULL;
	if (has_sve && !vectors)
		vectors = ledger_take_pages(pool, pool_plan_vector_pages());
	v->vectors_kept = vectors;
	v->vectors = has_sve ? vectors : NULL;
	return has_sve && !vectors ? NULL : v;
}

static bool make_vcpu(struct vm *vm, u32 id, struct pool *pool)
{
	const struct vcpu_terms *terms = &vm->description->vcpus[id];
	struct vcpu *v = take_vcpu(vm, id, pool);

	if (!v)
		return false;
	v->vm = vm;
	v->id = id;
	v->cpu = lowest_bit(terms->cpus);
	v->power = VCPU_OFF;
	v->who = trace_who(vm->id, id, TRACE_EXIT);
	if (terms->class != SCHED_DEDICATED)
		promise(v, terms);
	v->controls = controls_of(vm, v);
	v->timer.vcpu = v;
	vgic_link_hardware(v, TIMER_VIRTUAL_PPI);
	if (cpu_has_cntpoff())
		vgic_link_hardware(v, TIMER_PHYSICAL_PPI);
	if (vm->has_pmu && pmu_interrupt())
		vgic_link_hardware(v, pmu_interrupt());
	return true;
}

/* Sorted by address; the look-up wants no order, the reader does. */
static void add_devices(struct vm *vm)
{
	const struct device devices[] = {
		{ipa(VGIC_DIST_BASE), 0, 1, &vgic_dist_table},
		{ipa(VGIC_REDIST_BASE), 0, vm->vcpu_count, &vgic_redist_table},
		{ipa(VUART_BASE), 0, 1, &vuart_table},
		{ipa(VRTC_BASE), 0, 1, &vrtc_table},
		{ipa(VGPIO_BASE), 0, 1, &vgpio_table},
		{ipa(VWATCHDOG_CONTROL_BASE), 0, 1, &vwatchdog_control_table},
		{ipa(VWATCHDOG_REFRESH_BASE), 0, 1, &vwatchdog_refresh_table},
	};

	vm->device_count = 0;
	for (u32 i = 0; i < ARRAY_COUNT(devices); i++) {
		struct device *d = &vm->devices[vm->device_count++];

		*d = devices[i];
		d->size = (u64)d->frames * d->table->size;
		require(is_aligned(d->base.value | d->size, PAGE_SIZE));
	}
}

/* Whose CPUs its dedicated ones want; and then they have them. */
static bool cpus_are_free(const struct vm_description *d)
{
	for (u32 i = 0; i < d->cpus; i++)
		if (d->vcpus[i].class == SCHED_DEDICATED &&
		    ledger_cpu_owner(lowest_bit(d->vcpus[i].cpus)) != LEDGER_NOBODY)
			return false;
	return true;
}

static void take_cpus(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *v = vm->vcpus[i];

		if (v->shares)
			continue;
		require(ledger_give_cpu(v->cpu, vm->id) == OK);
		run_assign(v->cpu, v);
	}
}

enum status vm_take_memory(struct vm *vm)
{
	enum status status = OK;

	if (vm->has_memory)
		return OK;
	status = ledger_give_memory(&vm->space, vm->id, ipa(VM_RAM_BASE), vm->memory_size);
	if (status != OK)
		return status;
	if (vm->stolen)
		status = ledger_show(&vm->space, ipa(VSTOLEN_BASE), vm->stolen);
	vm->has_memory = true;
	ledger_register_space(vm->id, &vm->space);
	check_ledger();
	if (status != OK)
		vm_give_memory(vm);
	return status;
}

void vm_give_memory(struct vm *vm)
{
	ledger_register_space(vm->id, NULL);
	ledger_take_memory(&vm->space, vm->id);
	vm->has_memory = false;
	check_ledger();
}

/* Who shares CPUs is told of stolen time (virtual/vstolen.h). */
static enum status add_stolen(struct vm *vm, struct pool *pool)
{
	if (!describe_shares(vm->description))
		return OK;
	vm->stolen = ledger_take_pages(pool, 1);
	return vm->stolen ? OK : NO_MEMORY;
}

/*
 * The one that this description had, or a new one, with its locks and itself in it: so a number is the same VM's for ever, on
 * consoles and in logs. NULL: there is none, or the pool has too little.
 */
static struct vm *take_place(const struct vm_description *d, struct pool *pool)
{
	u32 i = 0;

	while (i < VM_MAX && places[i] && places[i]->description != d)
		i++;
	if (i == VM_MAX || places[i])
		return i < VM_MAX && is_gone(places[i]) ? places[i] : NULL;
	struct vm *vm = ledger_take_pages(pool, VM_PAGES);
	if (!vm)
		return NULL;
	*vm = (struct vm){
		.id = i + 1,
		.lock = SPINLOCK(RANK_VM),
		.vgic.lock = SPINLOCK(RANK_VGIC),
		.uart.lock = SPINLOCK(RANK_DEVICE),
		.rtc.lock = SPINLOCK(RANK_DEVICE),
		.rtc.vm = vm,
		.gpio.lock = SPINLOCK(RANK_DEVICE),
		.gpio.vm = vm,
		.watchdog.lock = SPINLOCK(RANK_DEVICE),
		.watchdog.vm = vm,
		.state = VM_GONE,
	};
	__atomic_store_n(&places[i], vm, __ATOMIC_RELEASE);
	return vm;
}

/* All but the place's own. The devices are as at power-on from the first start on (life.c). */
static void move_in(struct vm *vm, const struct vm_description *d)
{
	const u64 *shown = vid_shown(d->cpu);

	vm->description = d;
	vm->memory_size = d->memory;
	vm->id_registers = shown;
	vm->has_ras = vid_has_ras(shown);
	vm->has_pmu = vid_has_pmu(shown);
	vm->gmid = vid_has_mte(shown) ? cpu_gmid() : 0;
	vm->vcpu_count = d->cpus;
	vm->vgic.software = d->gic == GIC_SOFTWARE;
	vm->wish = WISH_POLICY;
	vm->lives = vm->restarts = 0;
}

static enum status build(struct vm *vm, struct pool *pool)
{
	for (u32 i = 0; i < vm->vcpu_count; i++)
		if (!make_vcpu(vm, i, pool))
			return NO_MEMORY;
	add_devices(vm);
	enum status status = space_init(&vm->space, pool);
	if (status == OK)
		status = add_stolen(vm, pool);
	return status == OK ? vm_take_memory(vm) : status;
}

void vm_take_apart(struct vm *vm)
{
	if (vm->stolen)
		ledger_give_page(vm->space.table.pool, vm->stolen);
	vm->stolen = NULL;
	__atomic_store_n(&vm->state, VM_GONE, __ATOMIC_RELEASE);
}

enum status vm_create(const struct vm_description *description, struct pool *pool)
{
	if (!cpus_are_free(description))
		return BUSY;
	struct vm *vm = take_place(description, pool);
	if (!vm)
		return NO_MEMORY;
	move_in(vm, description);
	enum status status = build(vm, pool);
	if (status != OK) {
		vm_take_apart(vm);
		return status;
	}
	for (u32 i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i]->shares)
			share_add(vm->vcpus[i]);
	take_cpus(vm);
	__atomic_store_n(&vm->state, VM_ENDED, __ATOMIC_RELEASE);
	return OK;
}
