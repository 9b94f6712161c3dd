/* SPDX-License-Identifier: Apache-2.0 */
/* What was described stays, whatever becomes of the VMs. Written at boot only: no lock. */
#include "monitor/system.h"

#include "lib/string.h"
#include "monitor/console.h"
#include "monitor/console_view.h"
#include "monitor/ledger.h"
#include "monitor/vm.h"

static struct system_description described;
static struct pool *pages;
static u32 cpus;

static void put_error(struct sink *to, char c)
{
	(void)to;
	print("%c", c);
}

/* NULL, or why not. */
static const char *create(const struct vm_description *d)
{
	if (d->refused)
		return "it was refused at the start";
	if (vm_named(d->name))
		return "it is there";
	enum status status = vm_create(d, pages);
	if (status != OK)
		return status == BUSY ? "a CPU is taken" : "too little memory";
	const struct vm *vm = vm_named(d->name);
	console_forget_input(vm->id);
	console_name(vm);
	return NULL;
}

u32 system_create_all(const void *tree, u64 size, const struct describe_limits *limits, struct pool *pool)
{
	struct sink errors = {put_error};
	u32 created = 0;

	pages = pool;
	cpus = limits->cpus;
	describe(tree, size, limits, &described, &errors);
	for (u32 i = 0; i < described.vm_count; i++) {
		const char *why = create(&described.vms[i]);

		if (why)
			print("%s is not started: %s\n", described.vms[i].name, why);
		created += !why;
	}
	return created;
}

const char *system_create(const char *name)
{
	for (u32 i = 0; i < described.vm_count; i++)
		if (strcmp(described.vms[i].name, name) == 0)
			return create(&described.vms[i]);
	return "it is not described";
}

bool system_name(u32 index, const char **name)
{
	if (index >= described.vm_count)
		return false;
	const struct vm_description *d = &described.vms[index];

	*name = d->refused || vm_named(d->name) ? NULL : d->name;
	return true;
}

u64 system_free_pages(void) { return pool_room(pages) + vm_kept_pages(); }

u32 system_free_cpus(void)
{
	u32 found = 0;

	for (u32 cpu = 0; cpu < cpus; cpu++)
		found |= ledger_cpu_owner(cpu) == LEDGER_NOBODY ? 1U << cpu : 0;
	return found;
}
