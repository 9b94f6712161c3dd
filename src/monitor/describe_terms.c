/* SPDX-License-Identifier: Apache-2.0 */
/* Class, affinity, and what comes with a class. A value of 0 has not been given. No state of its own, no locks. */
#include "monitor/describe_terms.h"

#include "lib/bits.h"
#include "monitor/sched.h"

enum { PERIOD_MIN = 100, PERIOD_MAX = 10000000, BUDGET_MIN = 10, PRIORITY_MAX = 255, CAP_MAX = 100 };

static const char *const class_words[] = {
	[SCHED_DEDICATED] = "dedicated",
	[SCHED_REAL_TIME] = "real-time",
	[SCHED_FAIR] = "fair",
	[SCHED_FAIR + 1] = NULL,
};

const char *describe_class_word(enum sched_class class) { return class_words[class]; }

/* One cell for each CPU. */
static void read_affinity(struct report *r, const struct property *p, u32 *out)
{
	u32 cpus = 0;

	for (u32 at = 0; at + 4 <= p->size; at += 4) {
		u32 cpu = property_be32(p->bytes + at);

		if (cpu >= BOUND_CPUS) {
			report_error(r, "affinity: CPU %u; accepted: 0 to %u", cpu, BOUND_CPUS - 1);
			return;
		}
		cpus |= 1U << cpu;
	}
	if (!cpus || p->size % 4)
		report_error(r, "affinity: a value of %u bytes; accepted: a cell for each CPU, such as <0 1>",
		             p->size);
	else
		*out = cpus;
}

void describe_terms_word(struct report *r, enum terms_word word, const struct property *p,
                         struct vcpu_terms *terms)
{
	u32 class;

	switch (word) {
	case TERMS_AFFINITY:
		read_affinity(r, p, &terms->affinity);
		break;
	case TERMS_CLASS:
		if (property_choice(r, p, class_words, &class))
			terms->class = (enum sched_class) class;
		break;
	case TERMS_WEIGHT:
		property_cell(r, p, 1, SCHED_WEIGHT_MAX, &terms->weight);
		break;
	case TERMS_CAP:
		property_cell(r, p, 1, CAP_MAX, &terms->cap);
		break;
	case TERMS_PRIORITY:
		property_cell(r, p, 1, PRIORITY_MAX, &terms->priority);
		break;
	case TERMS_BUDGET:
		property_cell(r, p, BUDGET_MIN, PERIOD_MAX, &terms->budget_us);
		break;
	case TERMS_PERIOD:
		property_cell(r, p, PERIOD_MIN, PERIOD_MAX, &terms->period_us);
		break;
	case TERMS_COUNT:
		break;
	}
}

static void belongs_to(struct report *r, const char *word, const struct vcpu_terms *terms,
                       enum sched_class class)
{
	report_error(r, "%s: of class \"%s\"; accepted: with class = \"%s\" only", word,
	             class_words[terms->class], class_words[class]);
}

static void check_real_time(struct report *r, const struct vcpu_terms *terms)
{
	if (!terms->priority || !terms->budget_us || !terms->period_us)
		report_error(
			r,
			"class: \"real-time\" without %s; accepted: with priority, budget-us and period-us",
			!terms->priority    ? "priority"
			: !terms->budget_us ? "budget-us"
					    : "period-us");
	else if (terms->budget_us > terms->period_us)
		report_error(r, "budget-us: %u of each %u; accepted: not more than period-us",
		             terms->budget_us, terms->period_us);
}

void describe_terms_check(struct report *r, struct vcpu_terms *terms)
{
	if (terms->class != SCHED_FAIR && terms->weight)
		belongs_to(r, "weight", terms, SCHED_FAIR);
	if (terms->class != SCHED_FAIR && terms->cap)
		belongs_to(r, "cap", terms, SCHED_FAIR);
	if (terms->class != SCHED_REAL_TIME && terms->priority)
		belongs_to(r, "priority", terms, SCHED_REAL_TIME);
	if (terms->class != SCHED_REAL_TIME && terms->budget_us)
		belongs_to(r, "budget-us", terms, SCHED_REAL_TIME);
	if (terms->class != SCHED_REAL_TIME && terms->period_us)
		belongs_to(r, "period-us", terms, SCHED_REAL_TIME);
	if (terms->class == SCHED_REAL_TIME)
		check_real_time(r, terms);
	if (terms->class == SCHED_FAIR && !terms->weight)
		terms->weight = SCHED_WEIGHT;
}
