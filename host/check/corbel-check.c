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
#include "machine.h"
#include "monitor/report.h"

enum { GOOD = 0, BAD = 2 };

static const char usage[] =
	"usage: corbel-check SYSTEM.dtb [--cpus N] [--memory BYTES] [--json]\n"
	"\n"
	"Explains what is wrong in a description of VMs, compiled by dtc, or prints the\n"
	"machines it makes: memory map, interrupts, CPUs.\n"
	"\n"
	"  --cpus N         CPUs of the machine: an error if the VMs want more; else as few as will do\n"
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

/* --- the judge --- */

/* How many CPUs the machine is to have at least, if it was not said; 0: none would do. */
static u32 fewest_cpus(const void *tree, u64 size, struct describe_limits limits)
{
	static struct system_description system;
	struct lines nowhere = {.sink = {put_line}};

	for (limits.cpus = 1; limits.cpus <= BOUND_CPUS; limits.cpus++)
		if (describe(tree, size, &limits, &system, &nowhere.sink) == 0)
			return limits.cpus;
	return 0;
}

static void print_system(const struct system_description *system, u32 cpus, bool json)
{
	u64 memory = 0;

	for (u32 i = 0; i < system->vm_count; i++)
		memory += system->vms[i].memory;
	if (json)
		printf("{\"errors\": [], \"cpus\": %u, \"memory\": %lu, \"vms\": [", cpus, memory);
	else
		printf("%u VM%s, %u CPU%s, %s\n", system->vm_count, system->vm_count == 1 ? "" : "s", cpus,
		       cpus == 1 ? "" : "s", amount(memory).text);
	for (u32 i = 0; i < system->vm_count; i++) {
		struct machine m;

		machine_build(&m, &system->vms[i]);
		if (json)
			printf("%s", i ? ",\n  " : "\n  ");
		(json ? json_machine : text_machine)(&m);
	}
	if (json)
		printf("]}\n");
}

static int judge(const void *tree, u64 size, const struct options *o)
{
	static struct system_description system;
	struct describe_limits limits = o->limits;
	struct lines lines = {.sink = {put_line}};
	char *text = NULL;
	size_t text_size;
	u32 errors, fewest = fewest_cpus(tree, size, o->limits);

	if (!limits.cpus)
		limits.cpus = fewest;
	lines.text = open_memstream(&text, &text_size);
	if (!lines.text)
		return complain("no memory", "");
	errors = describe(tree, size, &limits, &system, &lines.sink);
	fclose(lines.text);
	if (errors == 0)
		print_system(&system, fewest, o->json);
	else if (o->json)
		json_errors(text);
	else
		fprintf(stderr, "%s%u error%s\n", text, errors, errors == 1 ? "" : "s");
	free(text);
	return errors ? BAD : GOOD;
}

static int check(const struct options *o)
{
	u64 size;
	void *tree = read_file(o->file, &size);
	int status = tree ? judge(tree, size, o) : BAD;

	free(tree);
	return status;
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
