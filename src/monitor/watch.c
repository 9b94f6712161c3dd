/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report is written line by line, each by a deadline of the console's CPU that takes at most one part in
 * SHARE of that CPU's time, and only when the console's ring has room for the line: neither a
 * slow serial line nor a long report holds up that CPU's guest, and no guest's output is lost.
 * No lock: all state is that CPU's; what is reported is read while its owners write it (counters.h).
 */
#include "monitor/watch.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/counters.h"
#include "monitor/deadline.h"
#include "monitor/trace.h"
#include "monitor/vm.h"

enum { LINE = 1024, SHARE = 4, COPIES = TRACE_RECORDS };
/* Of a vCPU: itself, its exits by cause, its histograms. */
enum { EXITS = 1, HISTOGRAMS = EXITS + COUNTER_CAUSES, ITEMS = HISTOGRAMS + 3 };

/* Where the report is: what comes next. */
static struct {
	bool busy;
	enum watch_kind kind;
	enum { BEGIN, TIME, VMS, RECORDS, END, OVER } part;
	u32 vm, item;    /* item 0: the VM itself, then ITEMS of each vCPU */
	u32 cpu, record; /* of the copies */
} at;

static u32 wanted; /* bit n: a report of kind n */
static char line[LINE];
/* The longest is a histogram: each bucket takes a space, its number, a colon and ten digits. */
_Static_assert(64 + 14 * HISTOGRAM_BUCKETS <= LINE, "format_text() counts beyond the end");

/* The rings go on while they are sent: these are of one moment, the newest of each CPU. */
static struct trace_record copies[COPIES] not_cleared;
static struct {
	u32 first, end; /* in `copies` */
} copied[CPU_MAX];

static void step(struct deadline *d);
static struct deadline pace = DEADLINE_IDLE(step);

static u64 load(const u64 *from) { return __atomic_load_n(from, __ATOMIC_RELAXED); }

/* --- the copies of the trace rings --- */

static void copy_ring(const struct trace *t, u32 cpu, u32 from, u32 most)
{
	u64 head = __atomic_load_n(&t->head, __ATOMIC_ACQUIRE);
	u64 first = head < most ? 0 : head - most;

	copied[cpu].first = from;
	copied[cpu].end = from + (u32)(head - first);
	for (u64 i = first; i < head; i++)
		copies[from + (i - first)] = t->records[i % TRACE_RECORDS];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* What its CPU has begun to overwrite meanwhile. */
	u64 lost = load(&t->head) + 1;
	lost = lost > first + TRACE_RECORDS ? lost - first - TRACE_RECORDS : 0;
	copied[cpu].first = (u32)min_u64(from + lost, copied[cpu].end);
}

static void copy_rings(void)
{
	u32 rings = 0, ring = 0;

	for (u32 cpu = 0; cpu < CPU_MAX; cpu++) {
		copied[cpu].first = copied[cpu].end = 0;
		rings += trace_of(cpu) != NULL;
	}
	for (u32 cpu = 0; cpu < CPU_MAX; cpu++)
		if (trace_of(cpu))
			copy_ring(trace_of(cpu), cpu, ring++ * (COPIES / rings), COPIES / rings);
}

/* --- lines --- */

const char *watch_power(const struct vcpu *v)
{
	switch (__atomic_load_n(&v->power, __ATOMIC_ACQUIRE)) {
	case VCPU_ON:
		return v->sleeping ? "asleep" : "on";
	case VCPU_STARTING:
		return "starting";
	case VCPU_OFF:
		break;
	}
	return "off";
}

/* Now, or since when it stands still. */
static u64 now_of(const struct vcpu *v) { return v->rests ? load(&v->rested_at) : timer_now(); }

/* With the sleep that is not over yet. */
static u64 waited(const struct vcpu *v)
{
	u64 whole = load(&v->counters.waited), since = load(&v->asleep_at), now = now_of(v);

	return v->sleeping && now > since ? whole + now - since : whole;
}

u64 watch_ran(const struct vcpu *v)
{
	const struct counters *c = &v->counters;
	u64 since = now_of(v) - load(&c->started), other = waited(v) + load(&c->stolen) + load(&v->rested);

	return __atomic_load_n(&v->power, __ATOMIC_ACQUIRE) == VCPU_ON && since > other ? since - other : 0;
}

static bool vm_line(const struct vm *vm)
{
	format_text(line, LINE, "vm %c %s %s", '@' + vm->id, vm_name(vm), life_word(life_of(vm)));
	return true;
}

static bool vcpu_line(const struct vcpu *v)
{
	const struct counters *c = &v->counters;

	format_text(line, LINE,
	            "vcpu %c %u %u %s ran %lu waited %lu stolen %lu switches %lu listed %lu spilled %lu "
	            "resampled %lu postponed %lu",
	            '@' + v->vm->id, v->id, v->cpu, watch_power(v), watch_ran(v), waited(v), load(&c->stolen),
	            load(&c->switches), load(&c->listed), load(&c->spilled), load(&c->resampled),
	            load(&v->sched.postponed));
	return true;
}

static bool exits_line(const struct vcpu *v, u32 cause)
{
	const struct counter *c = &v->counters.exits[cause];

	if (!load(&c->count))
		return false;
	format_text(line, LINE, "exits %c %u %s %lu %lu %lu", '@' + v->vm->id, v->id, counter_name(cause),
	            load(&c->count), load(&c->ticks), load(&c->worst));
	return true;
}

static bool histogram_line(const struct vcpu *v, u32 which)
{
	const struct counters *c = &v->counters;
	const struct histogram *const all[] = {&c->raised, &c->deadline, &c->runnable};
	static const char *const names[] = {"raised", "deadline", "runnable"};
	size_t size = format_text(line, LINE, "histogram %c %u %s", '@' + v->vm->id, v->id, names[which]);
	bool empty = true;

	for (u32 i = 0; i < HISTOGRAM_BUCKETS; i++) {
		u32 count = __atomic_load_n(&all[which]->buckets[i], __ATOMIC_RELAXED);

		if (count)
			size += format_text(line + size, LINE - size, " %u:%u", i, count);
		empty &= !count;
	}
	return !empty;
}

/* One item of a VM; false: nothing is to be said of it. */
static bool item_line(const struct vm *vm, u32 item)
{
	if (item == 0)
		return vm_line(vm);
	const struct vcpu *v = vm->vcpus[(item - 1) / ITEMS];
	u32 what = (item - 1) % ITEMS;

	if (at.kind == WATCH_TRACE)
		return false;
	if (what == 0)
		return vcpu_line(v);
	return what < HISTOGRAMS ? exits_line(v, what - EXITS) : histogram_line(v, what - HISTOGRAMS);
}

static bool next_of_vms(void)
{
	for (; at.vm < VM_MAX; at.vm++, at.item = 0) {
		const struct vm *vm = vm_of(at.vm + 1);

		while (vm && at.item < 1 + vm->vcpu_count * ITEMS)
			if (item_line(vm, at.item++))
				return true;
	}
	return false;
}

static bool next_record(void)
{
	for (; at.cpu < CPU_MAX; at.cpu++, at.record = 0) {
		u32 i = copied[at.cpu].first + at.record;

		if (i >= copied[at.cpu].end)
			continue;
		const struct trace_record *r = &copies[i];
		format_text(line, LINE, "trace %x %lx %lx %lx %x %x", at.cpu, r->time, r->pc, r->subject,
		            r->syndrome, r->ticks);
		at.record++;
		return true;
	}
	return false;
}

/* A line of the present part; false: it has no more. */
static bool line_of_part(void)
{
	static const char *const names[] = {"counters", "trace"};

	switch (at.part) {
	case BEGIN:
		format_text(line, LINE, "begin %s", names[at.kind]);
		return true;
	case TIME:
		format_text(line, LINE, "time %lu %lu", timer_now(), timer_frequency());
		return true;
	case VMS:
		return next_of_vms();
	case RECORDS:
		return at.kind == WATCH_TRACE && next_record();
	case END:
		format_text(line, LINE, "end");
		return true;
	case OVER:
		break;
	}
	return false;
}

/* Writes the report's next line; false: that was all. */
static bool next_line(void)
{
	for (; at.part != OVER; at.part++) {
		if (!line_of_part())
			continue;
		if (at.part != VMS && at.part != RECORDS)
			at.part++; /* it has only one */
		return true;
	}
	return false;
}

/* --- pace --- */

/* The next report that is wanted becomes the present one. */
static bool begin(void)
{
	if (!wanted)
		return false;
	at = (typeof(at)){.busy = true, .kind = (enum watch_kind)__builtin_ctz(wanted)};
	wanted &= wanted - 1;
	if (at.kind == WATCH_TRACE)
		copy_rings();
	return true;
}

static void step(struct deadline *d)
{
	u64 begun = timer_now();

	if (!line[0] && !(at.busy && next_line()) && !(begin() && next_line())) {
		at.busy = false;
		return;
	}
	bool taken = console_report(line);
	u64 second = timer_frequency(), now = timer_now();
	if (taken)
		line[0] = 0;
	/* In any case later than now: what is due already would be done at once. */
	deadline_set(d, now + (taken ? max_u64((SHARE - 1) * (now - begun), second / 20000) : second / 100));
}

void watch_ask(enum watch_kind kind)
{
	wanted |= 1U << kind;
	if (!at.busy) {
		at.busy = true;
		at.part = OVER;
		deadline_set(&pace, timer_now());
	}
}
