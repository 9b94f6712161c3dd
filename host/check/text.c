/* SPDX-License-Identifier: Apache-2.0 */
/* A machine, for people. */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "monitor/report.h"
#include "lib/bits.h"

static void print_text(const char *text)
{
	for (; *text; text++)
		putchar(*text == 0x7f || (*text >= 0 && *text < ' ') ? '?' : *text);
}

static void print_numbers(u32 cpus)
{
	printf("%s", cpus & (cpus - 1) ? "CPUs" : "CPU");
	for (const char *separator = " "; cpus; cpus &= cpus - 1, separator = ", ")
		printf("%s%u", separator, lowest_bit(cpus));
}

static void print_vcpu(u32 number, const struct vcpu_terms *terms)
{
	printf("    vcpu@%u    %s", number, describe_class_word(terms->class));
	if (terms->class == SCHED_REAL_TIME)
		printf(", priority %u, %u us of each %u", terms->priority, terms->budget_us,
		       terms->period_us);
	if (terms->class == SCHED_FAIR)
		printf(", weight %u", terms->weight);
	if (terms->cap)
		printf(", at most %u %% of a CPU", terms->cap);
	printf(", on ");
	print_numbers(terms->cpus);
	printf("\n");
}

/* One line if all of them are dedicated, which is the usual; else one for each. */
static void print_cpus(const struct vm_description *vm)
{
	const char *as = vm->cpu == VID_HOST ? "" : machine_cpu_name(vm->cpu);
	u32 cpus = 0;

	for (u32 i = 0; i < vm->cpus; i++)
		cpus |= vm->vcpus[i].cpus;
	printf("  CPUs        %u", vm->cpus);
	if (!describe_shares(vm)) {
		printf(" (the machine's ");
		print_numbers(cpus);
		printf("%s%s)\n", *as ? "; as " : "", as);
		return;
	}
	printf("%s%s\n", *as ? ", as " : "", as);
	for (u32 i = 0; i < vm->cpus; i++)
		print_vcpu(i, &vm->vcpus[i]);
}

void text_machine(const struct machine *m)
{
	const struct vm_description *vm = m->vm;

	printf("\n%s\n", vm->name);
	print_cpus(vm);
	printf("  memory      %s\n  restart     %s", amount(vm->memory).text,
	       describe_restart_word(vm->restart));
	if (vm->restart != RESTART_NEVER)
		printf(", at most %u times in %u s", vm->restart_limit, vm->restart_window);
	printf("\n  interrupts  %s\n  bootargs    ",
	       vm->gic == GIC_SOFTWARE ? "by a GICv3 CPU interface in software"
	                               : "by the machine's virtual GICv3 CPU interface");
	print_text(vm->bootargs[0] ? vm->bootargs : "(none)");
	printf("\n\n  from        to          %11s  memory map\n", "size");
	for (u32 i = 0; i < m->count; i++) {
		const struct region *region = &m->regions[i];

		printf("  0x%08lx  0x%08lx  %11s  %s%s%*s%s\n", region->from, region->from + region->size - 1,
		       amount(region->size).text, region->in_ram ? "  " : "", region->name,
		       region->about[0] ? (int)(10 - strlen(region->name) - (region->in_ram ? 2 : 0)) : 0, "",
		       region->about);
	}
	printf("\n  INTID       interrupt\n");
	for (u32 i = 0; i < ARRAY_COUNT(interrupts); i++) {
		int width = printf("  %u", interrupts[i].intid);

		if (interrupts[i].count > 1)
			width += printf("-%u", interrupts[i].intid + interrupts[i].count - 1);
		printf("%*s%-10s%s\n", 14 - width, "", interrupts[i].name, interrupts[i].about);
	}
}
