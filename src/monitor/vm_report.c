/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At most 50 lines of 100 columns: why, where, what the fault translates to, registers, the last exits. A line is one step
 * of the job that ends a VM, so no stretch is longer than a line is; a console that is slower is waited for, but not long.
 * No lock: the VM is ending and all its vCPUs are off, so what is reported stands still. One VM reports at a time.
 */
#include "monitor/vm_report.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/counters.h"
#include "monitor/dispatch.h"
#include "monitor/irq.h"
#include "monitor/stage1.h"
#include "monitor/syndrome.h"
#include "monitor/vm.h"

enum { COLUMNS = 100, EXITS = 16, PATIENCE = 10, PER_LINE = 4, PER_LINE_SYSTEM = 3 }; /* seconds; registers */

void vm_report_note(struct vm *vm, struct vcpu *by, const char *why)
{
	vm->report = (struct vm_report){.by = by, .why = why, .at = timer_now()};
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		vm->report.were_on |= (u32)(vm->vcpus[i]->power == VCPU_ON) << i;
		vm->report.starting |= (u32)(vm->vcpus[i]->power == VCPU_STARTING) << i;
	}
}

/* Made whole before it is printed: other CPUs print, too. */
struct line {
	struct sink sink;
	u32 used;
	char text[COLUMNS + 1];
};

static void put(struct sink *to, char c)
{
	struct line *l = CONTAINER_OF(to, struct line, sink);

	if (l->used < COLUMNS)
		l->text[l->used++] = c;
}

__attribute__((format(printf, 2, 3))) static void add(struct line *to, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(&to->sink, text, arguments);
	va_end(arguments);
}

/* Whose registers are shown. */
static struct vcpu *subject(const struct vm *vm)
{
	const struct vm_report *r = &vm->report;

	return r->by ? r->by : vm->vcpus[r->were_on ? lowest_bit(r->were_on) : 0];
}

static u32 kind_of(const struct trace_record *r) { return (u32)(r->subject >> TRACE_SUBJECT_BITS) & 15; }

enum relation { ANOTHERS, EXIT, START };

static enum relation relation_to(const struct vm *vm, const struct trace_record *r)
{
	u64 id = r->subject >> (TRACE_SUBJECT_BITS + 10);

	if (kind_of(r) == TRACE_BOOT)
		return START;
	if (id != vm->id || kind_of(r) == TRACE_STOP)
		return ANOTHERS;
	return kind_of(r) == TRACE_START ? START : EXIT;
}

/* Of this VM's exits in the ring, since it was started, the n-th newest; NULL: there are not so many. Of all, or of one kind. */
static const struct trace_record *find_exit(const struct vm *vm, u32 n, bool exceptions)
{
	const struct trace *t = trace_of(subject(vm)->cpu);

	for (u64 back = 1; t && back <= t->head && back <= TRACE_RECORDS; back++) {
		const struct trace_record *r = &t->records[(t->head - back) % TRACE_RECORDS];
		enum relation relation = relation_to(vm, r);

		if (relation == START || r->time < subject(vm)->counters.started)
			break;
		bool counts = relation == EXIT && (!exceptions || kind_of(r) == TRACE_EXIT);
		if (counts && n-- == 0)
			return r;
	}
	return NULL;
}

/* Else what the CPU has of an exception is another life's. */
static bool has_exception(const struct vm *vm) { return vm->report.by || find_exit(vm, 0, true); }

static bool put_why(const struct vm *vm, u32 n, struct line *to)
{
	const struct vcpu *v = subject(vm);
	char words[SYNDROME_TEXT];

	if (n == 0 && vm->report.by) {
		add(to, "%s: vCPU %u stopped the machine: %s", vm_name(vm), v->id, vm->report.why);
	} else if (n == 0) {
		add(to, "%s: the machine was stopped: %s", vm_name(vm), vm->report.why);
	} else if (n == 1) {
		add(to, "  pc %016lx  pstate %08lx  vCPU %u of %u", v->regs.pc, v->regs.pstate, v->id,
		    vm->vcpu_count);
	} else if (n == 2 && has_exception(vm)) {
		struct syndrome s = dispatch_syndrome(v);

		syndrome_words(s.value, words);
		add(to, "  last exception: esr %08lx, %s", s.value, words);
	}
	return n < 3;
}

static void put_stage2(const struct vm *vm, u64 address, struct line *to)
{
	const struct device *d = vm_find_device(vm, address);
	pa_t output;
	u64 left;

	if (d)
		add(to, "device %s", d->table->name);
	else if (space_physical(&vm->space, ipa(address), &output, &left))
		add(to, "RAM, physical %lx", output.value);
	else
		add(to, "nothing");
}

static void put_translation(const struct vcpu *v, const char *what, u64 address, struct line *to)
{
	struct stage1_end end = stage1_walk(v, address);

	add(to, "  %s %016lx: ", what, address);
	if (end.mapped) {
		add(to, "stage 1 %s, IPA %010lx: stage 2 ", end.off ? "is off" : "maps it", end.output);
		put_stage2(v->vm, end.output, to);
	} else {
		add(to, "stage 1 ends at level %d, whose %s", end.level,
		    end.missing ? "table is not in the VM's memory" : "entry maps nothing");
	}
}

static bool put_translations(const struct vm *vm, u32 n, struct line *to)
{
	const struct vcpu *v = subject(vm);
	struct syndrome s = dispatch_syndrome(v);

	if (n == 0)
		put_translation(v, "pc ", v->regs.pc, to);
	else if (n == 1 && has_exception(vm) && syndrome_is_abort(s.value) && s.address != v->regs.pc)
		put_translation(v, "far", s.address, to);
	return n < 2;
}

static bool put_general(const struct vm *vm, u32 n, struct line *to)
{
	const struct vcpu *v = subject(vm);

	for (u32 i = n * PER_LINE; i < (n + 1) * PER_LINE && i < 31; i++)
		add(to, "  x%-2u %016lx", i, v->regs.x[i]);
	return n * PER_LINE < 31;
}

/* The keys of pointer authentication are the guest's secret. */
static bool is_shown(enum context_register which)
{
	return which < CONTEXT_apiakeylo_el1 || which > CONTEXT_apgakeyhi_el1;
}

static bool put_system(const struct vm *vm, u32 n, struct line *to)
{
	const struct vcpu *v = subject(vm);
	u32 shown = 0;

	for (u32 i = 0; i < CONTEXT_COUNT; i++) {
		if (!is_shown(i))
			continue;
		if (shown / PER_LINE_SYSTEM == n)
			add(to, "  %-14s %016lx", context_name(i), vcpu_read(v, i));
		shown++;
	}
	return n * PER_LINE_SYSTEM < shown;
}

static bool put_others(const struct vm *vm, u32 n, struct line *to)
{
	const struct vcpu *v = n < vm->vcpu_count ? vm->vcpus[n] : NULL;

	if (v && v != subject(vm) && vm->report.were_on >> n & 1)
		add(to, "  vCPU %u %s: pc %016lx  pstate %08lx  x30 %016lx", n, v->sleeping ? "slept" : "ran",
		    v->regs.pc, v->regs.pstate, v->regs.x[30]);
	else if (v && v != subject(vm))
		add(to, "  vCPU %u was %s", n, vm->report.starting >> n & 1 ? "about to start" : "off");
	return v;
}

static u32 cause_of(const struct trace_record *r)
{
	return kind_of(r) == TRACE_EXIT ? r->syndrome >> 26 : r->syndrome;
}

static bool put_exits(const struct vm *vm, u32 n, struct line *to)
{
	const struct trace_record *r = n && n <= EXITS ? find_exit(vm, EXITS - n, false) : NULL;

	if (n == 0)
		add(to, "  last exits, in seconds before the end");
	if (r) {
		u64 before = vm->report.at > r->time ? vm->report.at - r->time : 0,
		    second = timer_frequency();

		add(to, "  %5lu.%09lu  vCPU %lu  %-14s  pc %016lx  of %012lx  %08x", before / second,
		    before % second * 1000000000UL / second, r->subject >> (TRACE_SUBJECT_BITS + 4) & 63,
		    counter_name(cause_of(r)), r->pc, r->subject & ~(~0UL << TRACE_SUBJECT_BITS),
		    r->syndrome);
	}
	return n <= EXITS;
}

/* Answers whether there is a line of this number; it may be empty, and then nothing is printed. */
static bool (*const sections[])(const struct vm *vm, u32 n, struct line *to) = {
	put_why, put_translations, put_general, put_system, put_others, put_exits,
};

/* Reports do not mix: only their first lines name the VM. */
static const struct vm *reporting;

static bool is_its_turn(const struct vm *vm)
{
	const struct vm *nobody = NULL;

	return __atomic_load_n(&reporting, __ATOMIC_RELAXED) == vm ||
	       __atomic_compare_exchange_n(&reporting, &nobody, vm, false, __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

static void next_line(struct vm *vm)
{
	struct vm_report *r = &vm->report;
	struct line line = {.sink = {put}};

	if (!sections[r->section](vm, r->line++, &line)) {
		r->section++;
		r->line = 0;
	}
	if (line.used)
		print("%s\n", line.text);
}

bool vm_report_may_go_on(const struct vm *vm)
{
	const struct vm *its = __atomic_load_n(&reporting, __ATOMIC_RELAXED);

	return vm->state != VM_ENDING || !its || its == vm;
}

/* Those that share CPUs do not spin for it. */
static void pass_turn_on(void)
{
	__atomic_store_n(&reporting, NULL, __ATOMIC_SEQ_CST);
	for (struct vm *vm = NULL; (vm = vm_next(vm));)
		if (vm->vcpus[0]->job)
			irq_kick(vm->vcpus[0]);
}

bool vm_report_some(struct vm *vm)
{
	struct vm_report *r = &vm->report;
	u64 now = timer_now();

	if (!is_its_turn(vm)) {
		spinlock_relax();
		return true;
	}
	if (!r->begun)
		r->begun = now;
	bool room = console_takes_line(), late = now - r->begun >= PATIENCE * timer_frequency();
	if (room ? r->section == ARRAY_COUNT(sections) : late) {
		pass_turn_on();
		return false;
	}
	if (room)
		next_line(vm);
	else
		spinlock_relax();
	return true;
}
