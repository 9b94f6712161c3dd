/* SPDX-License-Identifier: Apache-2.0 */
/* Checks, said line by line; each line is one write, so that those of several processes do not mix. */
#include "check.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool quiet, failed;

static void say(const char *word, const char *sentence)
{
	char line[400];
	int length = snprintf(line, sizeof line, "%s: %s\n", word, sentence);

	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		_exit(CHECK_FAILED);
}

bool check(bool holds, const char *format, ...)
{
	char sentence[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	if (!holds)
		failed = true;
	if (!holds || !quiet)
		say(holds ? "ok" : "FAILED", sentence);
	return holds;
}

int check_status(void) { return failed ? CHECK_FAILED : CHECK_HELD; }

void check_quiet(void) { quiet = true; }

void check_anew(void) { failed = false; }

void check_absent(const char *what)
{
	say("absent", what);
	_exit(CHECK_ABSENT);
}

void check_broken(const char *what)
{
	char sentence[200];

	snprintf(sentence, sizeof sentence, "%s: %s", what, strerror(errno));
	say("FAILED", sentence);
	_exit(CHECK_FAILED);
}
