/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corbel-check: says what is wrong in a compiled description, or prints the machines it makes.
 * What judges is src/monitor/describe.c, as in the hypervisor; this file reads arguments and prints.
 * Exit status: 0 good, 2 bad description or usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/bits.h"
#include "monitor/describe.h"
#include "monitor/image.h"
#include "monitor/report.h"
#include "virtual/vgic.h"
#include "virtual/vgpio.h"
#include "virtual/vrtc.h"
#include "virtual/vwatchdog.h"
#include "virtual/vuart.h"

enum { GOOD = 0, BAD = 2, REGION_MAX = 12 };

static const char usage[] =
	"usage: corbel-check SYSTEM.dtb [--cpus N] [--memory BYTES] [--json]\n"
	"\n"
	"Explains what is wrong in a description of VMs, compiled by dtc, or prints the\n"
	"machines it makes: memory map, interrupts, CPUs.\n"
	"\n"
	"  --cpus N         CPUs of the machine: an error if the VMs want more\n"
	"  --memory BYTES   memory of the machine that VMs may have: an error if they want more\n"
	"  --json           prints the same for programs\n"
	"  --help           prints this\n"
	"\n"
	"Exit status: 0 a good description, 2 a bad one or bad usage.\n";

struct options {
	const char *file;
	struct describe_limits limits;
	bool json, help;
};

/* --- arguments --- */

static const char *const option_words[] = {"--cpus", "--memory", "--json", "--help", NULL};

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "corbel-check: %s%s\n%s", what, value, "Try corbel-check --help.\n");
	return BAD;
}

static bool parse_number(const char *text, u64 most, u64 *out)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end || errno || value == 0 || value > most)
		return false;
	*out = value;
	return true;
}

static int unknown_option(const char *word)
{
	const char *best = option_words[0];

	for (u32 i = 1; option_words[i]; i++) {
		if (report_distance(word, option_words[i]) < report_distance(word, best))
			best = option_words[i];
	}
	fprintf(stderr, "corbel-check: unknown option %s; nearest: %s\n", word, best);
	return BAD;
}

static int read_options(int count, char **words, struct options *o)
{
	u64 value;

	for (int i = 1; i < count; i++) {
		s32 which = report_find_word(words[i], option_words);

		if (which == 0 || which == 1) {
			if (i + 1 == count ||
			    !parse_number(words[i + 1], which ? UINT64_MAX : UINT32_MAX, &value))
				return complain(words[i], " wants a number above 0");
			i++;
			if (which)
				o->limits.memory = value;
			else
				o->limits.cpus = (u32)value;
		} else if (which == 2) {
			o->json = true;
		} else if (which == 3) {
			o->help = true;
		} else if (words[i][0] == '-' && words[i][1]) {
			return unknown_option(words[i]);
		} else if (o->file) {
			return complain("one description at a time; not also ", words[i]);
		} else {
			o->file = words[i];
		}
	}
	return o->file || o->help ? GOOD : complain("which description?", "");
}

/* --- the file --- */

static void *read_file(const char *path, u64 *size)
{
	u64 room = 1 << 20;
	u8 *bytes = malloc(room);
	FILE *file = fopen(path, "rb");

	*size = 0;
	while (file && bytes && !ferror(file) && !feof(file)) {
		*size += fread(bytes + *size, 1, room - *size, file);
		if (*size == room)
			bytes = realloc(bytes, room *= 2);
	}
	if (!file || !bytes || ferror(file)) {
		fprintf(stderr, "corbel-check: %s: %s\n", path, strerror(errno));
		free(bytes);
		bytes = NULL;
	}
	if (file)
		fclose(file);
	return bytes;
}

/* Keeps the errors, or drops them if text is NULL. */
struct lines {
	struct sink sink;
	FILE *text;
};

static void put_line(struct sink *to, char c)
{
	struct lines *lines = CONTAINER_OF(to, struct lines, sink);

	if (lines->text)
		fputc(c, lines->text);
}

/* --- what a VM's machine holds --- */

struct region {
	const char *name;
	char about[160];
	u64 from, size;
	bool in_ram;
};

struct machine {
	const struct vm_description *vm;
	u32 first_cpu;
	struct region regions[REGION_MAX];
	u32 count;
};

static const struct {
	u32 intid, count;
	const char *name, *about;
} interrupts[] = {
	{0, VGIC_SGIS, "SGI 0-15", "between its CPUs"},
	{27, 1, "PPI 11", "virtual timer, one per CPU"},
	{30, 1, "PPI 14", "physical timer, one per CPU"},
	{VGIC_UART_INTID, 1, "SPI 1", "PL011"},
	{VGIC_RTC_INTID, 1, "SPI 2", "PL031"},
	{VGIC_GPIO_INTID, 1, "SPI 7", "PL061"},
	{VGIC_WATCHDOG_INTID, 1, "SPI 112", "watchdog"},
};

struct amount {
	char text[32];
};

static struct amount amount(u64 bytes)
{
	struct amount to;

	if (bytes < 10 * KIB || report_amount(bytes) < 10000)
		snprintf(to.text, sizeof(to.text), "%lu %s", report_amount(bytes), report_unit(bytes));
	else if (bytes < MIB)
		snprintf(to.text, sizeof(to.text), "%.1f KiB", (double)bytes / (double)KIB);
	else
		snprintf(to.text, sizeof(to.text), "%.1f MiB", (double)bytes / (double)MIB);
	return to;
}

static struct region *add(struct machine *m, const char *name, u64 from, u64 size, const char *about)
{
	struct region *region = &m->regions[m->count++];

	*region = (struct region){
		.name = name, .from = from, .size = size, .in_ram = from >= DESCRIBE_RAM_BASE};
	snprintf(region->about, sizeof(region->about), "%s", about);
	return region;
}

static struct image look_at(const struct vm_description *vm)
{
	struct lines nowhere = {.sink = {put_line}};
	struct image_request request = {.file = vm->kernel, .memory = vm->memory};
	struct report report;
	struct image image;

	if (vm->kind == IMAGE_RAW) {
		request.has_load = request.has_entry = true;
		request.load = vm->load.value;
		request.entry = vm->entry.value;
	}
	report_start(&report, &nowhere.sink);
	image_read(&report, &request, &image);
	return image;
}

static void describe_kernel(const struct vm_description *vm, char *to, size_t size)
{
	struct image image = look_at(vm);
	char detail[80] = "";

	if (vm->kernel.module.value)
		snprintf(detail, sizeof(detail), "%smodule at 0x%08lx, ",
		         vm->kernel.bytes ? "" : "taken for it unseen, ", vm->kernel.module.value);
	else if (image.page_kib)
		snprintf(detail, sizeof(detail), "%u KiB pages, ", image.page_kib);
	else if (vm->kind == IMAGE_ELF)
		snprintf(detail, sizeof(detail), "%u segment%s, ", image.segments,
		         image.segments == 1 ? "" : "s");
	snprintf(to, size, "%s, %sfile of %s, entry 0x%08lx", image_kind_name(vm->kind), detail,
	         amount(vm->kernel.size).text, vm->entry.value);
}

static void build_machine(struct machine *m)
{
	const struct vm_description *vm = m->vm;
	char about[160];

	add(m, "GICD", VGIC_DIST_BASE, 64 * KIB, "interrupt distributor (GICv3)");
	snprintf(about, sizeof(about), "redistributors, one of 128 KiB for each of %u CPU%s", vm->cpus,
	         vm->cpus == 1 ? "" : "s");
	add(m, "GICR", VGIC_REDIST_BASE, 128 * KIB * vm->cpus, about);
	add(m, "PL011", VUART_BASE, 4 * KIB, "serial port");
	add(m, "PL031", VRTC_BASE, 4 * KIB, "clock");
	add(m, "PL061", VGPIO_BASE, 4 * KIB, "power button");
	add(m, "watchdog", VWATCHDOG_CONTROL_BASE, 4 * KIB, "SBSA generic watchdog, control frame");
	add(m, "watchdog", VWATCHDOG_REFRESH_BASE, 4 * KIB, "and its refresh frame");
	add(m, "RAM", DESCRIBE_RAM_BASE, vm->memory, "")->in_ram = false;
	add(m, "tree", DESCRIBE_RAM_BASE, DESCRIBE_TREE_SIZE, "device tree, written by the hypervisor");
	describe_kernel(vm, about, sizeof(about));
	add(m, "kernel", vm->load.value, vm->footprint, about);
	if (vm->initrd.size == 0)
		return;
	about[0] = 0;
	if (vm->initrd.module.value)
		snprintf(about, sizeof(about), "module at 0x%08lx", vm->initrd.module.value);
	add(m, "initrd", vm->initrd_load.value, vm->initrd.size, about);
}

static const char *cpu_name(enum vid_baseline baseline)
{
	static const char *const names[] = {
		[VID_HOST] = "host", [VID_ARMV8_0] = "armv8.0", [VID_ARMV8_2] = "armv8.2"};

	return names[baseline];
}

/* --- for people --- */

static void print_text(const char *text)
{
	for (; *text; text++)
		putchar(*text == 0x7f || (*text >= 0 && *text < ' ') ? '?' : *text);
}

static void print_machine(const struct machine *m)
{
	const struct vm_description *vm = m->vm;

	printf("\n%s\n  CPUs        %u (", vm->name, vm->cpus);
	for (u32 i = 0; i < vm->cpus; i++)
		printf("%s%u",
		       i               ? ", "
		       : vm->cpus == 1 ? "the machine's CPU "
		                       : "the machine's CPUs ",
		       m->first_cpu + i);
	printf("%s%s)\n  memory      %s\n  restart     %s", vm->cpu == VID_HOST ? "" : "; as ",
	       vm->cpu == VID_HOST ? "" : cpu_name(vm->cpu), amount(vm->memory).text,
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

/* --- for programs (RFC 8259) --- */

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

static void json_machine(const struct machine *m)
{
	const struct vm_description *vm = m->vm;

	printf("{\"name\": \"%s\", \"cpus\": %u, \"first_cpu\": %u, \"cpu\": \"%s\", \"memory\": %lu, ",
	       vm->name, vm->cpus, m->first_cpu, cpu_name(vm->cpu), vm->memory);
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

static void json_errors(const char *text)
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

/* --- */

static void print_system(const struct system_description *system, bool json)
{
	u64 cpus = 0, memory = 0;

	for (u32 i = 0; i < system->vm_count; i++) {
		cpus += system->vms[i].cpus;
		memory += system->vms[i].memory;
	}
	if (json)
		printf("{\"errors\": [], \"cpus\": %lu, \"memory\": %lu, \"vms\": [", cpus, memory);
	else
		printf("%u VM%s, %lu CPU%s, %s\n", system->vm_count, system->vm_count == 1 ? "" : "s", cpus,
		       cpus == 1 ? "" : "s", amount(memory).text);
	cpus = 0;
	for (u32 i = 0; i < system->vm_count; i++) {
		struct machine m = {.vm = &system->vms[i], .first_cpu = (u32)cpus};

		build_machine(&m);
		if (json)
			printf("%s", i ? ",\n  " : "\n  ");
		(json ? json_machine : print_machine)(&m);
		cpus += m.vm->cpus;
	}
	if (json)
		printf("]}\n");
}

static int check(const struct options *o)
{
	static struct system_description system;
	struct lines lines = {.sink = {put_line}};
	char *text = NULL;
	size_t text_size;
	u64 size;
	u32 errors;
	void *tree = read_file(o->file, &size);

	if (!tree)
		return BAD;
	lines.text = open_memstream(&text, &text_size);
	if (!lines.text)
		return complain("no memory", "");
	errors = describe(tree, size, &o->limits, &system, &lines.sink);
	fclose(lines.text);
	if (errors == 0)
		print_system(&system, o->json);
	else if (o->json)
		json_errors(text);
	else
		fprintf(stderr, "%s%u error%s\n", text, errors, errors == 1 ? "" : "s");
	free(text);
	free(tree);
	return errors ? BAD : GOOD;
}

int main(int count, char **words)
{
	struct options options = {0};
	int status = read_options(count, words, &options);

	if (status == GOOD && options.help)
		fputs(usage, stdout);
	else if (status == GOOD)
		status = check(&options);
	if (fflush(stdout) || ferror(stdout)) {
		perror("corbel-check: standard output");
		status = BAD;
	}
	return status;
}
