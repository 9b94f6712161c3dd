/* SPDX-License-Identifier: Apache-2.0 */
/* What a vCPU is promised of the machine's CPUs, as a VM's node or a vCPU's says it. */
#pragma once
#include "monitor/describe.h"
#include "monitor/property.h"

/* In the order of DESCRIBE_TERMS_WORDS. */
enum terms_word {
	TERMS_AFFINITY,
	TERMS_CLASS,
	TERMS_WEIGHT,
	TERMS_CAP,
	TERMS_PRIORITY,
	TERMS_BUDGET,
	TERMS_PERIOD,
	TERMS_COUNT,
};
#define DESCRIBE_TERMS_WORDS "affinity", "class", "weight", "cap", "priority", "budget-us", "period-us"

/* Reads one property into *terms. */
void describe_terms_word(struct report *r, enum terms_word word, const struct property *p,
                         struct vcpu_terms *terms);
/* The whole of what was read: each class has words of its own. Fills in what may be left out. */
void describe_terms_check(struct report *r, struct vcpu_terms *terms);
