/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dedicated vCPUs first, those with an affinity before those without; then real-time ones, then fair ones; within each
 * kind in the order of the nodes. If a VM is refused, all others are placed anew, as if it was not there. No state of its own,
 * no locks.
 *
 * A real-time vCPU is admitted to the first CPU where it and all that are there already still get their budgets in
 * every period, by response-time analysis (Joseph, Pandya, "Finding Response Times in a Real-Time System", 1986). A
 * budget may be taken late in one period and early in the next: so much jitter have those that go first.
 */
#include "monitor/describe_place.h"

#include "lib/bits.h"

enum { TASKS_MAX = BOUND_CPUS, TASK_TEXT = 64, TASKS_NAMED = 8, RESPONSE_TURNS = 1000 };
#define NOT_DEDICATED "every CPU that it may have is dedicated to a vCPU; accepted: one that is not"

/* A real-time vCPU that has a CPU. */
struct task {
	const struct vm_description *vm;
	const struct vcpu_terms *terms;
};

struct places {
	struct report *report;
	const struct system_description *out;
	u32 cpus;      /* of the machine; */
	u32 machine;   /* bit n: it has CPU n */
	u32 dedicated; /* to some vCPU */
	u32 named;     /* by the affinity of one that shares: dedicated only if there is no other */
	u32 task_count;
	struct task tasks[TASKS_MAX];
};

static u32 number_of(const struct task *t) { return (u32)(t->terms - t->vm->vcpus); }

static u32 allowed(const struct places *p, const struct vcpu_terms *terms)
{
	return (terms->affinity ? terms->affinity : p->machine) & ~p->dedicated;
}

/* --- dedicated --- */

/* ", with a, b: 6": the other VMs that have CPUs of their own, and how many they all would need; empty if there is none. */
struct peers {
	char text[DESCRIBE_VM_MAX * (DESCRIBE_NAME_MAX + 1) + 40];
};

static u32 dedicated_to(const struct vm_description *vm)
{
	u32 count = 0;

	for (u32 i = 0; i < vm->cpus && !vm->refused; i++)
		count += vm->vcpus[i].class == SCHED_DEDICATED && vm->vcpus[i].cpus;
	return count;
}

static struct peers name_dedicated(const struct places *p, const struct vm_description *vm)
{
	struct peers to = {""};
	size_t length = 0;
	u32 sum = vm->cpus;

	for (u32 i = 0; i < p->out->vm_count; i++) {
		const struct vm_description *other = &p->out->vms[i];

		if (other == vm || !dedicated_to(other))
			continue;
		sum += dedicated_to(other);
		length += format_text(to.text + length, sizeof(to.text) - length, "%s%s",
		                      length ? ", " : ", with ", other->name);
	}
	if (length)
		format_text(to.text + length, sizeof(to.text) - length, ": %u", sum);
	return to;
}

/* Not in line, as report_late(): its text would be part of everybody's stack. */
static __attribute__((noinline)) void
report_dedicated(const struct places *p, const struct vm_description *vm, const struct vcpu_terms *terms)
{
	if (terms->affinity)
		report_error(p->report,
		             "affinity: CPU %u is dedicated to another vCPU; accepted: one that is nobody's, "
		             "or class = \"fair\"",
		             lowest_bit(terms->affinity));
	else
		report_error(p->report,
		             "cpus: %u%s; accepted: %u in all, as the machine has, or class = \"fair\"",
		             vm->cpus, name_dedicated(p, vm).text, p->cpus);
}

static bool place_dedicated(struct places *p, const struct vm_description *vm, struct vcpu_terms *terms)
{
	u32 free = allowed(p, terms), unnamed = free & ~p->named;

	if (!free) {
		report_dedicated(p, vm, terms);
		return false;
	}
	terms->cpus = unnamed ? unnamed & -unnamed : free & -free;
	p->dedicated |= terms->cpus;
	return true;
}

/* --- real-time --- */

/* What all tasks on its CPU that go before `of`, and itself, may want within so many microseconds. */
static u64 demand(const struct places *p, const struct vcpu_terms *of, u64 within)
{
	u64 sum = of->budget_us;

	for (u32 i = 0; i < p->task_count; i++) {
		const struct vcpu_terms *t = p->tasks[i].terms;
		u64 jitter = t->period_us - t->budget_us;

		if (t != of && t->cpus == of->cpus && t->priority <= of->priority)
			sum += (within + jitter + t->period_us - 1) / t->period_us * t->budget_us;
	}
	return sum;
}

/* How long `of` may take to get its whole budget; beyond its period: too long, or not found in time. */
static u64 response(const struct places *p, const struct vcpu_terms *of)
{
	u64 answer = of->budget_us;

	for (u32 turn = 0; turn < RESPONSE_TURNS; turn++) {
		u64 next = demand(p, of, answer);

		if (next == answer || next > of->period_us)
			return next;
		answer = next;
	}
	return of->period_us + 1;
}

/* The first task of this CPU that could miss its budget, or NULL. */
static const struct task *find_late(const struct places *p, u32 cpus)
{
	for (u32 i = 0; i < p->task_count; i++) {
		const struct vcpu_terms *t = p->tasks[i].terms;

		if (t->cpus == cpus && response(p, t) > t->period_us)
			return &p->tasks[i];
	}
	return NULL;
}

/* "a.0 2000 of 10000, b.1 ...": the tasks of a CPU, as far as there is room. */
struct names {
	char text[TASKS_NAMED * TASK_TEXT];
};

static struct names name_tasks(const struct places *p, u32 cpus)
{
	struct names to = {""};
	size_t length = 0;

	for (u32 i = 0; i < p->task_count && length + TASK_TEXT <= sizeof(to.text); i++) {
		const struct task *t = &p->tasks[i];

		if (t->terms->cpus == cpus)
			length += format_text(to.text + length, sizeof(to.text) - length, "%s%s.%u %u of %u",
			                      length ? ", " : "", t->vm->name, number_of(t),
			                      t->terms->budget_us, t->terms->period_us);
	}
	return to;
}

static __attribute__((noinline)) void report_late(const struct places *p, u32 cpus)
{
	const struct task *late = find_late(p, cpus);

	report_error(p->report,
	             "class: with %s us on CPU %u, %s.%u might need %lu us for its %u, and has %u; accepted: "
	             "budgets that "
	             "all get in every period",
	             name_tasks(p, cpus).text, lowest_bit(cpus), late->vm->name, number_of(late),
	             response(p, late->terms), late->terms->budget_us, late->terms->period_us);
}

static bool place_task(struct places *p, const struct vm_description *vm, struct vcpu_terms *terms)
{
	u32 cpus = allowed(p, terms);

	if (!cpus || p->task_count == TASKS_MAX) {
		if (cpus)
			report_error(p->report, "class: one \"real-time\" more than accepted: %u", TASKS_MAX);
		else
			report_error(p->report, "class: " NOT_DEDICATED);
		return false;
	}
	p->tasks[p->task_count++] = (struct task){.vm = vm, .terms = terms};
	for (u32 left = cpus; left; left &= left - 1) {
		terms->cpus = left & -left;
		if (!find_late(p, terms->cpus))
			return true;
	}
	terms->cpus = cpus & -cpus;
	report_late(p, terms->cpus);
	return false;
}

/* --- fair --- */

static bool place_fair(struct places *p, const struct vm_description *vm, struct vcpu_terms *terms)
{
	(void)vm;
	terms->cpus = allowed(p, terms);
	if (!terms->cpus)
		report_error(p->report, "class: " NOT_DEDICATED);
	return terms->cpus;
}

/* --- all --- */

static bool is_known(struct places *p, const struct vcpu_terms *terms)
{
	u32 unknown = terms->affinity & ~p->machine;

	if (terms->class != SCHED_DEDICATED)
		p->named |= terms->affinity;
	if (unknown)
		report_error(p->report, "affinity: CPU %u; accepted: 0 to %u, as the machine has",
		             lowest_bit(unknown), p->cpus - 1);
	return !unknown;
}

enum pass { PASS_KNOWN, PASS_DEDICATED_HERE, PASS_DEDICATED, PASS_REAL_TIME, PASS_FAIR };

static bool place(struct places *p, enum pass pass, const struct vm_description *vm, struct vcpu_terms *terms)
{
	switch (pass) {
	case PASS_KNOWN:
		return is_known(p, terms);
	case PASS_DEDICATED_HERE:
		return terms->class != SCHED_DEDICATED || !terms->affinity || place_dedicated(p, vm, terms);
	case PASS_DEDICATED:
		return terms->class != SCHED_DEDICATED || terms->affinity || place_dedicated(p, vm, terms);
	case PASS_REAL_TIME:
		return terms->class != SCHED_REAL_TIME || place_task(p, vm, terms);
	case PASS_FAIR:
		return terms->class != SCHED_FAIR || place_fair(p, vm, terms);
	}
	return true;
}

/* False: it is refused. */
static bool place_vm(struct places *p, enum pass pass, struct vm_description *vm)
{
	report_at(p->report, NULL, vm->name);
	for (u32 i = 0; i < vm->cpus && !vm->refused; i++)
		vm->refused = !place(p, pass, vm, &vm->vcpus[i]);
	return !vm->refused;
}

static void forget(struct vm_description *vm)
{
	for (u32 i = 0; i < vm->cpus; i++)
		vm->vcpus[i].cpus = 0;
}

/* All that are not refused yet; false: one of them is now. */
static bool place_all(struct places *p, struct system_description *out)
{
	for (u32 i = 0; i < out->vm_count; i++)
		forget(&out->vms[i]);
	for (enum pass pass = PASS_KNOWN; pass <= PASS_FAIR; pass++)
		for (u32 i = 0; i < out->vm_count; i++)
			if (!out->vms[i].refused && !place_vm(p, pass, &out->vms[i]))
				return false;
	return true;
}

void __attribute__((noinline))
describe_place(struct report *r, const struct describe_limits *limits, struct system_description *out)
{
	u32 count = limits->cpus && limits->cpus < BOUND_CPUS ? limits->cpus : BOUND_CPUS;
	struct places p;

	do {
		p = (struct places){
			.report = r, .out = out, .cpus = count, .machine = (u32)((1UL << count) - 1)};
	} while (!place_all(&p, out));
}
