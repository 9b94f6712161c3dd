/* SPDX-License-Identifier: Apache-2.0 */
/* A machine, for programs (RFC 8259). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "machine.h"
#include "monitor/image.h"

/* Length of the UTF-8 sequence at `text`; 0: it is none (bytes of another encoding). */
static size_t utf8_length(const char *text)
{
	u8 first = (u8)text[0];
	size_t length = first < 0x80   ? 1
	                : first < 0xc2 ? 0
	                : first < 0xe0 ? 2
	                : first < 0xf0 ? 3
	                : first < 0xf5 ? 4
	                               : 0;

	/* Over-long forms, surrogates, beyond U+10FFFF (RFC 3629 section 4). */
	if ((first == 0xe0 && (u8)text[1] < 0xa0) || (first == 0xed && (u8)text[1] > 0x9f) ||
	    (first == 0xf0 && (u8)text[1] < 0x90) || (first == 0xf4 && (u8)text[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (((u8)text[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

static void json_text(const char *text)
{
	putchar('"');
	while (*text) {
		size_t length = utf8_length(text);

		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (length == 0 || (u8)*text < ' ' || *text == 0x7f)
			printf("\\u%04x", length ? (u8)*text : 0xfffd);
		else
			fwrite(text, 1, length, stdout);
		text += length ? length : 1;
	}
	putchar('"');
}

static void json_image(const char *name, const struct blob *file, u64 load, u64 size)
{
	printf("\"%s\": {\"file_size\": %lu, \"module\": ", name, file->size);
	if (file->module.value)
		printf("%lu", file->module.value);
	else
		printf("null");
	printf(", \"load\": %lu, \"size\": %lu", load, size);
}

/* What belongs to another class is null. */
static void json_number(const char *name, u32 value)
{
	if (value)
		printf("\"%s\": %u, ", name, value);
	else
		printf("\"%s\": null, ", name);
}

static void json_vcpus(const struct vm_description *vm)
{
	printf("\"vcpus\": [");
	for (u32 i = 0; i < vm->cpus; i++) {
		const struct vcpu_terms *terms = &vm->vcpus[i];

		printf("%s{\"class\": \"%s\", ", i ? ", " : "", describe_class_word(terms->class));
		json_number("weight", terms->weight);
		json_number("cap", terms->cap);
		json_number("priority", terms->priority);
		json_number("budget_us", terms->budget_us);
		json_number("period_us", terms->period_us);
		printf("\"cpus\": [");
		for (u32 cpus = terms->cpus; cpus; cpus &= cpus - 1)
			printf("%s%u", cpus == terms->cpus ? "" : ", ", lowest_bit(cpus));
		printf("]}");
	}
	printf("],\n    ");
}

void json_machine(const struct machine *m)
{
	const struct vm_description *vm = m->vm;

	printf("{\"name\": \"%s\", \"cpus\": %u, \"cpu\": \"%s\", \"memory\": %lu, ", vm->name, vm->cpus,
	       machine_cpu_name(vm->cpu), vm->memory);
	json_vcpus(vm);
	printf("\"gic\": \"%s\", ", vm->gic == GIC_SOFTWARE ? "software" : "hardware");
	printf("\"restart\": \"%s\", \"restart_limit\": %u, \"restart_window\": %u, \"bootargs\": ",
	       describe_restart_word(vm->restart), vm->restart_limit, vm->restart_window);
	json_text(vm->bootargs);
	printf(",\n    ");
	json_image("kernel", &vm->kernel, vm->load.value, vm->footprint);
	printf(", \"kind\": \"%s\", \"entry\": %lu},\n    ", image_kind_name(vm->kind), vm->entry.value);
	if (vm->initrd.size) {
		json_image("initrd", &vm->initrd, vm->initrd_load.value, vm->initrd.size);
		printf("}");
	} else {
		printf("\"initrd\": null");
	}
	printf(",\n    \"map\": [");
	for (u32 i = 0; i < m->count; i++) {
		printf("%s{\"name\": \"%s\", \"from\": %lu, \"size\": %lu, \"about\": ", i ? ",\n      " : "",
		       m->regions[i].name, m->regions[i].from, m->regions[i].size);
		json_text(m->regions[i].about);
		printf("}");
	}
	printf("],\n    \"interrupts\": [");
	for (u32 i = 0; i < ARRAY_COUNT(interrupts); i++)
		printf("%s{\"intid\": %u, \"count\": %u, \"name\": \"%s\", \"about\": \"%s\"}",
		       i ? ",\n      " : "", interrupts[i].intid, interrupts[i].count, interrupts[i].name,
		       interrupts[i].about);
	printf("]}");
}

void json_errors(const char *text)
{
	const char *separator = "";

	printf("{\"errors\": [");
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		printf("%s", separator);
		json_text(line ? line : "");
		free(line);
		text += length + (text[length] == '\n');
		separator = ",\n  ";
	}
	printf("]}\n");
}
