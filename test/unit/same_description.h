/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two descriptions make the same machines. For the tests of dump.c and the fuzz target of describe(). */
#pragma once
#include <string.h>
#include "monitor/describe.h"

/* By content; where they lie is not compared. */
static inline bool is_same_image(const struct blob *a, const struct blob *b)
{
	return a->size == b->size && (!a->size || memcmp(a->bytes, b->bytes, a->size) == 0);
}

static inline bool is_same_promise(const struct vcpu_terms *a, const struct vcpu_terms *b)
{
	return a->class == b->class && a->affinity == b->affinity && a->weight == b->weight &&
	       a->cap == b->cap && a->priority == b->priority && a->budget_us == b->budget_us &&
	       a->period_us == b->period_us;
}

/* Of vCPUs that a VM does not have, too: nothing is said of them. */
static inline bool has_same_vcpus(const struct vm_description *a, const struct vm_description *b)
{
	for (u32 i = 0; i < DESCRIBE_CPUS_MAX; i++)
		if (!is_same_promise(&a->vcpus[i], &b->vcpus[i]))
			return false;
	return a->cpus == b->cpus;
}

/* They were given the same CPUs. */
static inline bool has_same_cpus(const struct vm_description *a, const struct vm_description *b)
{
	for (u32 i = 0; i < DESCRIBE_CPUS_MAX; i++)
		if (a->vcpus[i].cpus != b->vcpus[i].cpus)
			return false;
	return true;
}

/* All but whether it is refused, and which CPUs it was given. */
static inline bool is_same_vm(const struct vm_description *a, const struct vm_description *b)
{
	return strcmp(a->name, b->name) == 0 && has_same_vcpus(a, b) && a->cpu == b->cpu &&
	       a->memory == b->memory && is_same_image(&a->kernel, &b->kernel) &&
	       is_same_image(&a->initrd, &b->initrd) && a->kind == b->kind &&
	       a->load.value == b->load.value && a->entry.value == b->entry.value &&
	       a->footprint == b->footprint && a->initrd_load.value == b->initrd_load.value &&
	       strcmp(a->bootargs, b->bootargs) == 0 && a->restart == b->restart &&
	       a->restart_limit == b->restart_limit && a->restart_window == b->restart_window &&
	       a->wfi == b->wfi && a->wfe == b->wfe && a->gic == b->gic;
}
