/* SPDX-License-Identifier: Apache-2.0 */
/* An answer is made line by line while its VM goes on, so two lines may be of two moments. No state, no locks of its own. */
#include "monitor/command.h"

#include "lib/bits.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/console_view.h"
#include "monitor/ledger.h"
#include "monitor/system.h"
#include "monitor/vm.h"
#include "monitor/watch.h"

/* --- acts --- */

static void tell_refusal(struct vm *vm)
{
	enum life life = life_of(vm);
	char words[64] = "";
	size_t length = 0;

	for (enum life_act act = 0; act < LIFE_ACTS; act++)
		if (life_allows(life, act))
			length += format_text(words + length, sizeof(words) - length, "%s%s",
			                      length ? ", " : "", life_act_word(act));
	print("%s is %s%s%s\n", vm_name(vm), life_word(life), length ? "; it takes: " : ": wait a moment",
	      words);
}

static bool act_on(const char *name, enum life_act act, const char *done)
{
	struct vm *vm = vm_named(name);

	if (!vm)
		return false;
	/* First: what it does may be quicker than this line, and end the machine. But whether there is memory only a start can tell. */
	bool told = act != LIFE_START && life_allows(life_of(vm), act);
	if (told)
		print("%s: %s\n", vm_name(vm), done);
	enum status status = life_ask(vm, act);
	if (status == OK && !told)
		print("%s: %s\n", vm_name(vm), done);
	else if (status == NO_MEMORY)
		print("%s wants %lu MiB of memory, and %lu MiB are free\n", vm_name(vm),
		      vm->memory_size / MIB, ledger_free() / MIB);
	else if (status != OK)
		tell_refusal(vm);
	return true;
}

#define ACT(does, act, done) \
	static bool does(const char *name, u32 line) { return line == 0 && act_on(name, act, done); }
ACT(start, LIFE_START, "it is being loaded")
ACT(shut_down, LIFE_SHUTDOWN, "its power button is pressed")
ACT(reset, LIFE_RESET, "it ends, and starts again")
ACT(pause, LIFE_PAUSE, "it stands still")
ACT(resume, LIFE_RESUME, "it goes on")
ACT(stop, LIFE_STOP, "it ends")
ACT(crash, LIFE_CRASH, "it crashes")
ACT(destroy, LIFE_DESTROY, "it ends, and is no more")

static bool create(const char *name, u32 line)
{
	if (line > 0)
		return false;
	const char *why = system_create(name);

	print("%s%s%s\n", name, why ? " is not created: " : " is created", why ? why : "");
	return true;
}

/* --- what is there --- */

static bool help(const char *unused, u32 line)
{
	const struct command *c = command_at(line);

	(void)unused;
	if (c)
		print("  %-8s %-3s %s\n", c->name, c->wants ? "VM" : "", c->does);
	return c;
}

static bool list(const char *unused, u32 line)
{
	struct vm *vm = line ? vm_of(line) : NULL;

	(void)unused;
	if (line == 0)
		print("     VM                state     CPUs  memory MiB  starts\n");
	else if (vm)
		print("  %2u %-16s  %-9s %4u  %10lu  %6u\n", vm->id, vm_name(vm), life_word(life_of(vm)),
		      vm->vcpu_count, vm->memory_size / MIB, vm->lives);
	return line <= VM_MAX;
}

/* CPUs as "0,2,3". */
static void name_cpus(char *to, size_t size, u32 cpus)
{
	size_t length = 0;

	for (; cpus; cpus &= cpus - 1)
		length +=
			format_text(to + length, size - length, "%s%u", length ? "," : "", lowest_bit(cpus));
}

static void tell_promise(const struct vcpu *v)
{
	const struct vcpu_terms *terms = &v->vm->description->vcpus[v->id];
	char cpus[3 * BOUND_CPUS] = "", terms_text[64] = "";

	name_cpus(cpus, sizeof(cpus), terms->cpus);
	if (terms->class == SCHED_FAIR && terms->cap)
		format_text(terms_text, sizeof(terms_text), ", weight %u, cap %u %%", terms->weight,
		            terms->cap);
	else if (terms->class == SCHED_FAIR)
		format_text(terms_text, sizeof(terms_text), ", weight %u", terms->weight);
	else if (terms->class == SCHED_REAL_TIME)
		format_text(terms_text, sizeof(terms_text), ", priority %u, %u of %u us, late %lu times",
		            terms->priority, terms->budget_us, terms->period_us,
		            __atomic_load_n(&v->sched.postponed, __ATOMIC_RELAXED));
	print("  %s.%u  %s%s, on CPU %s\n", vm_name(v->vm), v->id, describe_class_word(terms->class),
	      terms_text, cpus);
}

/* Of all VMs, one after the other. */
static const struct vcpu *vcpu_at(u32 index)
{
	struct vm *vm = NULL;

	while ((vm = vm_next(vm))) {
		if (index < vm->vcpu_count)
			return vm->vcpus[index];
		index -= vm->vcpu_count;
	}
	return NULL;
}

static bool tell_of(u32 index, void (*tell)(const struct vcpu *v))
{
	const struct vcpu *v = vcpu_at(index);

	if (v)
		tell(v);
	return v;
}

static bool sched(const char *unused, u32 line)
{
	(void)unused;
	return tell_of(line, tell_promise);
}

static bool info(const char *name, u32 line)
{
	const struct vm *vm = vm_named(name);

	if (!vm)
		return false;
	const struct vm_description *d = vm->description;
	switch (line) {
	case 0:
		print("  %s is VM %u, and %s\n", vm_name(vm), vm->id, life_word(life_of(vm)));
		return true;
	case 1:
		print("  starts %u; restart = \"%s\", %u times in %u s\n", vm->lives,
		      describe_restart_word(d->restart), d->restart_limit, d->restart_window);
		return true;
	case 2:
		print("  memory %lu MiB; kernel %lu KiB, initrd %lu KiB\n", vm->memory_size / MIB,
		      d->kernel.size / KIB, d->initrd.size / KIB);
		return true;
	case 3:
		print("  cpu \"%s\", gic \"%s\", wfi \"%s\", wfe \"%s\"\n", describe_cpu_word(d->cpu),
		      describe_gic_word(d->gic), describe_wait_word(d->wfi), describe_wait_word(d->wfe));
		return true;
	case 4:
		print("  bootargs %.*s\n", 120, d->bootargs);
		return true;
	default:
		break;
	}
	if (line - 5 >= vm->vcpu_count)
		return false;
	tell_promise(vm->vcpus[line - 5]);
	return true;
}

static bool map(const char *name, u32 line)
{
	const struct vm *vm = vm_named(name);

	if (!vm)
		return false;
	if (line < vm->device_count) {
		const struct device *d = &vm->devices[line];

		print("  %09lx  %8lu KiB  %s\n", d->base.value, d->size / KIB, d->table->name);
	} else if (line == vm->device_count) {
		print("  %09lx  %8lu KiB  RAM\n", VM_RAM_BASE, vm->memory_size / KIB);
	}
	return line <= vm->device_count;
}

static void tell_work(const struct vcpu *v)
{
	u64 ran = watch_ran(v), stolen = __atomic_load_n(&v->counters.stolen, __ATOMIC_RELAXED);
	u64 second = timer_frequency(), exits = 0;

	for (u32 i = 0; i < COUNTER_CAUSES; i++)
		exits += __atomic_load_n(&v->counters.exits[i].count, __ATOMIC_RELAXED);
	print("%-12s vCPU %u on CPU %u is %s: ran %lu.%03lu s, stolen %lu.%03lu s, %lu exits, %lu "
	      "interrupts\n",
	      vm_name(v->vm), v->id, v->cpu, watch_power(v), ran / second, ran % second * 1000 / second,
	      stolen / second, stolen % second * 1000 / second, exits,
	      __atomic_load_n(&v->counters.listed, __ATOMIC_RELAXED));
}

static bool stat(const char *unused, u32 line)
{
	(void)unused;
	return tell_of(line, tell_work);
}

static bool attach(const char *name, u32 line)
{
	const struct vm *vm = vm_named(name);

	if (vm && line == 0)
		console_attach(vm->id);
	return false;
}

/* What a VM takes, and its end gives back. */
static bool census(const char *unused, u32 line)
{
	char cpus[3 * BOUND_CPUS] = "";
	u32 vms = 0;

	(void)unused;
	if (line > 0)
		return false;
	for (u32 id = 1; id <= VM_MAX; id++)
		vms += vm_of(id) == NULL;
	name_cpus(cpus, sizeof(cpus), system_free_cpus());
	print("  free: %lu MiB, %lu pages of Corbel's, %u of %u VMs; not dedicated: CPU %s\n",
	      ledger_free() / MIB, system_free_pages(), vms, (u32)VM_MAX, *cpus ? cpus : "-");
	return true;
}

static const struct command commands[] = {
	{"help", "these commands", WANTS_NOTHING, help},
	{"list", "the VMs", WANTS_NOTHING, list},
	{"info", "what it is made of", WANTS_VM, info},
	{"sched", "what vCPUs are promised", WANTS_NOTHING, sched},
	{"stat", "what vCPUs did", WANTS_NOTHING, stat},
	{"map", "its memory map", WANTS_VM, map},
	{"start", "loads and runs it", WANTS_VM, start},
	{"shutdown", "presses its power button", WANTS_VM, shut_down},
	{"reset", "starts it anew", WANTS_VM, reset},
	{"pause", "stops it and its time", WANTS_VM, pause},
	{"resume", "it goes on", WANTS_VM, resume},
	{"stop", "ends it, for good", WANTS_VM, stop},
	{"crash", "ends it with a report", WANTS_VM, crash},
	{"destroy", "ends it, and takes it apart", WANTS_VM, destroy},
	{"create", "makes it again, as described", WANTS_DESCRIBED, create},
	{"census", "what is free", WANTS_NOTHING, census},
	{"console", "attaches to it", WANTS_VM, attach},
};

const struct command *command_at(u32 index)
{
	return index < ARRAY_COUNT(commands) ? &commands[index] : NULL;
}
