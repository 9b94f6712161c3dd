/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: built once at boot; loaded, run, ended, loaded again. Loading is a job in
 * bounded steps on the CPU of its first vCPU, so that other VMs do not notice.
 * Lock: vm->lock guards state, end, running and the vCPUs' power.
 */
#include "monitor/vm.h"

#include "lib/bits.h"
#include "lib/require.h"
#include "machine/cpu.h"
#include "machine/pmu.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/irq.h"
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
static void (*all_ended)(void);

struct vm *vm_at(u32 index) { return index < vm_total ? vms[index] : NULL; }

void vm_when_all_ended(void (*act)(void)) { all_ended = act; }

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

/* Who shares CPUs is told of stolen time (virtual/vstolen.h). */
static enum status show_stolen(struct vm *vm, struct pool *pool)
{
	if (!describe_shares(vm->description))
		return OK;
	vm->stolen = pool_take(pool);
	return vm->stolen ? ledger_show(&vm->space, ipa(VSTOLEN_BASE), vm->stolen) : NO_MEMORY;
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
		status = show_stolen(vm, pool);
	if (status == OK)
		status = ledger_give_memory(&vm->space, vm->id, ipa(VM_RAM_BASE), vm->memory_size);
	if (status != OK)
		return status;
	ledger_register_space(vm->id, &vm->space);
	check_ledger();
	vms[vm_total++] = vm;
	take_cpus(vm);
	return OK;
}

/* On the CPU of its first vCPU, charged to that one if it shares CPUs. */
static void do_job(struct vm *vm, bool (*step)(struct job *))
{
	struct vcpu *v = vm->vcpus[0];

	vm->job = (struct job){.step = step};
	if (v->shares)
		__atomic_store_n(&v->job, &vm->job, __ATOMIC_RELEASE); /* with the step */
	else
		job_add(&vm->job, v->cpu);
	irq_kick(v);
}

/* The job of a start: scrub, copy the pristine image, then the first vCPU goes on. */
static bool load_step(struct job *j)
{
	struct vm *vm = CONTAINER_OF(j, struct vm, job);
	bool more = load_some(vm);

	if (!more)
		vm_run(vm);
	return more;
}

/* What a vCPU that is off keeps: its timers may have been left armed. */
static void reset_private(struct vcpu *v)
{
	vtimer_reset(v);
	vgic_cpu_reset(v);
}

void vm_start(struct vm *vm)
{
	vm->state = VM_LOADING;
	vm->mem_protect = false;
	load_begin(vm);
	vgic_reset(vm);
	/* Also of vCPUs that will not start: others read their state. */
	for (u32 i = 0; i < vm->vcpu_count; i++)
		reset_private(vm->vcpus[i]);
	mmu_flush(&vm->space.table); /* what the CPUs remember of the last life's own tables */
	vuart_reset(vm);
	vrtc_reset(vm);
	vgpio_reset(vm);
	vwatchdog_reset(vm);
	vstolen_reset(vm);
	do_job(vm, load_step);
}

void vm_run(struct vm *vm)
{
	u64 now = timer_now(), second = timer_frequency();

	print("%s starts, %lu.%09lu s after power-on\n", vm_name(vm), now / second,
	      now % second * 1000000000UL / second);
	console_event(vm, CONSOLE_STARTED, true);
	vm->counter_offset = timer_now(); /* its time starts at 0 */
	/* At once: a VM that runs without a CPU would be one that has turned its last CPU off. */
	spinlock_take(&vm->lock);
	vm->state = VM_RUNNING;
	vcpu_begin(vm->vcpus[0], vm->description->entry.value, VM_RAM_BASE);
	spinlock_give(&vm->lock);
	irq_kick(vm->vcpus[0]);
}

void vm_start_vcpu(struct vcpu *v)
{
	struct vm *vm = v->vm;

	spinlock_take(&vm->lock); /* whoever asked wrote them under it */
	u64 entry = v->entry, argument = v->argument;
	spinlock_give(&vm->lock);
	vcpu_reset(v, entry, argument);
	v->counters.started = timer_now();
	v->counters.waited = v->counters.stolen = 0;
	vcpu_trace(v, TRACE_START);
	spinlock_take(&vm->lock);
	v->power = VCPU_ON;
	spinlock_give(&vm->lock);
}

static void all_parked(struct vm *vm);

static u32 vcpus_on(const struct vm *vm)
{
	u32 count = 0;

	for (u32 i = 0; i < vm->vcpu_count; i++)
		count += vm->vcpus[i]->power != VCPU_OFF;
	return count;
}

/* What the reason was may be over, and another life have begun, by the time that it is told. vm->lock is held. */
static bool holds(struct vm *vm, enum vm_end why)
{
	if (why == VM_BITTEN)
		return vwatchdog_bites(vm);
	return why != VM_ALL_OFF || (!vcpus_on(vm) && !vwatchdog_counts(vm));
}

/* `by` and `reason` are for the report; without a reason there is none. False: it ends already, or does not run. */
static bool end(struct vm *vm, enum vm_end why, struct vcpu *by, const char *reason)
{
	spinlock_take(&vm->lock);
	bool first = vm->state == VM_RUNNING && holds(vm, why);

	if (first) {
		vm->state = VM_ENDING;
		vm->end = why;
		vm->running = vcpus_on(vm);
		vm_report_note(vm, by, reason);
	}
	bool off = first && !vm->running; /* all its vCPUs: none will park */
	spinlock_give(&vm->lock);
	for (u32 i = 0; first && i < vm->vcpu_count; i++)
		irq_kick(vm->vcpus[i]);
	if (off)
		all_parked(vm);
	return first;
}

void vm_end(struct vm *vm, enum vm_end why)
{
	end(vm, why, NULL, why == VM_BITTEN ? "its watchdog was not refreshed in time" : NULL);
}

void vm_fail(struct vcpu *v, const char *why) { end(v->vm, VM_CRASHED, v, why); }

bool vm_crash(struct vm *vm) { return end(vm, VM_CRASHED, NULL, "somebody at the console wanted it so"); }

bool vm_press(struct vm *vm)
{
	spinlock_take(&vm->lock); /* so that the end, which lets the button go, comes behind */
	bool runs = vm->state == VM_RUNNING;

	if (runs)
		vgpio_press(vm);
	spinlock_give(&vm->lock);
	return runs;
}

/* Whether the policy and its rate limit allow another start (doc/vm.md, restart). */
static bool may_restart(struct vm *vm)
{
	const struct vm_description *d = vm->description;
	bool wanted = false;

	switch (d->restart) {
	case RESTART_NEVER:
		break;
	case RESTART_ON_RESET:
		wanted = vm->end == VM_RESET;
		break;
	case RESTART_ON_CRASH:
		wanted = vm->end != VM_OFF && vm->end != VM_ALL_OFF;
		break;
	case RESTART_ALWAYS:
		wanted = true;
		break;
	}
	if (!wanted)
		return false;
	u64 now = timer_now();
	if (!vm->restarts || now - vm->window > (u64)d->restart_window * timer_frequency()) {
		vm->restarts = 0;
		vm->window = now;
	}
	if (vm->restarts++ < d->restart_limit)
		return true;
	print("%s: restarted %u times in %u s: it stays crashed\n", d->name, d->restart_limit,
	      d->restart_window);
	vm->end = VM_CRASHED;
	return false;
}

/* The last line of the report. */
static void tell_policy(const struct vm *vm, bool again)
{
	const struct vm_description *d = vm->description;
	const char *word = describe_restart_word(d->restart);

	if (again)
		print("  restart = \"%s\": it starts again, %u of %u times within %u s\n", word, vm->restarts,
		      d->restart_limit, d->restart_window);
	else
		print("  restart = \"%s\": it does not start again\n", word);
}

static bool everything_ended(void)
{
	for (u32 i = 0; i < vm_total; i++)
		if (__atomic_load_n(&vms[i]->state, __ATOMIC_ACQUIRE) != VM_ENDED)
			return false;
	return true;
}

/* Gives back what the VM owned. Its CPUs stay with it: nothing else could run there yet. */
static void retire(struct vm *vm)
{
	deadline_cancel(&vm->rtc.alarm);
	vgpio_reset(vm);     /* a button that is held would be let go */
	vwatchdog_reset(vm); /* it would count on */
	ledger_register_space(vm->id, NULL);
	ledger_take_memory(&vm->space, vm->id);
	check_ledger();
	__atomic_store_n(&vm->state, VM_ENDED, __ATOMIC_RELEASE);
}

static void ended(struct vm *vm)
{
	static const enum console_event events[] = {[VM_OFF] = CONSOLE_OFF,
	                                            [VM_RESET] = CONSOLE_RESET,
	                                            [VM_CRASHED] = CONSOLE_CRASHED,
	                                            [VM_BITTEN] = CONSOLE_BITTEN,
	                                            [VM_ALL_OFF] = CONSOLE_OFF};
	static const char *const words[] = {[VM_OFF] = "is off",
	                                    [VM_RESET] = "was reset",
	                                    [VM_CRASHED] = "has crashed",
	                                    [VM_BITTEN] = "was bitten by its watchdog",
	                                    [VM_ALL_OFF] = "has turned its last CPU off"};
	bool again = may_restart(vm);

	if (vm->report.why)
		tell_policy(vm, again);
	print("%s %s%s\n", vm_name(vm), words[vm->end], again ? " and starts again" : "");
	console_event(vm, events[vm->end], again);
	if (again) {
		vm_start(vm);
		return;
	}
	retire(vm);
	if (everything_ended() && all_ended)
		all_ended();
}

/* The job of an end that has a report: a line a step. */
static bool report_step(struct job *j)
{
	struct vm *vm = CONTAINER_OF(j, struct vm, job);
	bool more = vm_report_some(vm);

	if (!more)
		ended(vm);
	return more;
}

static void all_parked(struct vm *vm)
{
	if (!vm->report.why) {
		ended(vm);
		return;
	}
	do_job(vm, report_step);
}

void vm_park(struct vcpu *v)
{
	struct vm *vm = v->vm;

	vcpu_unload(v);
	vcpu_trace(v, TRACE_STOP);
	deadline_cancel(&v->alarm);
	deadline_cancel(&v->timer.alarm);
	spinlock_take(&vm->lock);
	v->power = VCPU_OFF;
	bool last = --vm->running == 0;
	spinlock_give(&vm->lock);
	if (last)
		all_parked(vm);
}
