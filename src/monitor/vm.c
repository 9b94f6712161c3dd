/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM is made of: built once, at boot. No lock: what is built is published by vms[] and never changes, but for its memory. */
#include "monitor/vm.h"

#include "lib/bits.h"
#include "lib/require.h"
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

static struct vm *vms[VM_MAX];
static u32 vm_total;

struct vm *vm_at(u32 index) { return index < vm_total ? vms[index] : NULL; }

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
		require(reg_table_check(tables[i]) == NULL); /* a host test says which row */
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
	share_add(v);
}

static struct vcpu *make_vcpu(struct vm *vm, u32 id, struct pool *pool)
{
	const struct vcpu_terms *terms = &vm->description->vcpus[id];
	struct vcpu *v = pool_take_run(pool, VM_VCPU_PAGES);

	if (v && vid_has_sve(vm->id_registers))
		v->vectors = pool_take_run(pool, pool_plan_vector_pages());
	if (!v || (vid_has_sve(vm->id_registers) && !v->vectors))
		return NULL;
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
	return v;
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
	vm->stolen = pool_take(pool);
	return vm->stolen ? OK : NO_MEMORY;
}

enum status vm_create(const struct vm_description *description, struct pool *pool)
{
	struct vm *vm = vm_total < VM_MAX ? pool_take_run(pool, VM_PAGES) : NULL;

	if (!vm)
		return NO_MEMORY;
	*vm = (struct vm){
		.id = vm_total + 1,
		.description = description,
		.memory_size = description->memory,
		.id_registers = vid_shown(description->cpu),
		.has_ras = vid_has_ras(vid_shown(description->cpu)),
		.has_pmu = vid_has_pmu(vid_shown(description->cpu)),
		.gmid = vid_has_mte(vid_shown(description->cpu)) ? cpu_gmid() : 0,
		.vcpu_count = description->cpus,
		.lock = SPINLOCK(RANK_VM),
		.vgic.lock = SPINLOCK(RANK_VGIC),
		.vgic.software = description->gic == GIC_SOFTWARE,
		.uart.lock = SPINLOCK(RANK_DEVICE),
		.rtc.lock = SPINLOCK(RANK_DEVICE),
		.rtc.vm = vm,
		.gpio.lock = SPINLOCK(RANK_DEVICE),
		.gpio.vm = vm,
		.watchdog.lock = SPINLOCK(RANK_DEVICE),
		.watchdog.vm = vm,
		.state = VM_ENDED,
	};
	if (!cpus_are_free(description))
		return BUSY;
	for (u32 i = 0; i < vm->vcpu_count; i++)
		if (!(vm->vcpus[i] = make_vcpu(vm, i, pool)))
			return NO_MEMORY;
	add_devices(vm);
	enum status status = space_init(&vm->space, pool);
	if (status == OK)
		status = add_stolen(vm, pool);
	if (status == OK)
		status = vm_take_memory(vm);
	if (status != OK)
		return status;
	vms[vm_total++] = vm;
	take_cpus(vm);
	return OK;
}
