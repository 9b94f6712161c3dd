/* SPDX-License-Identifier: Apache-2.0 */
/* A list that keeps the first sentences; what comes when it is full is counted. */
#include "violation.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>

enum { ROWS = 256 };

static struct row {
	const char *rule;
	u64 pc, times;
	char sentence[400];
} rows[ROWS];
static u32 count;
static u64 lost;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void violation(const char *rule, u64 pc, const char *sentence, ...)
{
	struct row *row = rows;
	va_list arguments;

	pthread_mutex_lock(&lock);
	while (row < rows + count && (row->pc != pc || strcmp(row->rule, rule) != 0))
		row++;
	if (row < rows + count) {
		row->times++;
	} else if (count == ROWS) {
		lost++;
	} else {
		count++;
		*row = (struct row){.rule = rule, .pc = pc, .times = 1};
		va_start(arguments, sentence);
		vsnprintf(row->sentence, sizeof(row->sentence), sentence, arguments);
		va_end(arguments);
		fprintf(stderr, "corbel plugin: %s: at %#lx: %s\n", rule, pc, row->sentence);
	}
	pthread_mutex_unlock(&lock);
}

void violation_print(FILE *to)
{
	for (const struct row *row = rows; row < rows + count; row++)
		fprintf(to,
		        "{\"row\": \"violation\", \"rule\": \"%s\", \"pc\": %lu, \"times\": %lu, "
		        "\"sentence\": \"%s\"}\n",
		        row->rule, row->pc, row->times, row->sentence);
	if (lost)
		fprintf(to,
		        "{\"row\": \"violation\", \"rule\": \"lost\", \"pc\": 0, \"times\": %lu, "
		        "\"sentence\": \"more places than can be kept\"}\n",
		        lost);
}
