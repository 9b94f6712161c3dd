/* SPDX-License-Identifier: Apache-2.0 */
/* Runs each test in a process of its own: what the monitor remembers is as at power-on, and a crash is one failure. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "fake/machine_fake.h"

/* Called before each test, in its process; set by main(). */
static void (*alone_start)(void);

__attribute__((unused)) static void alone_run(void **state)
{
	void (*test)(void **) = (void (*)(void **)) * state;
	int status = -1;

	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1",
		       1); /* a failed assertion ends the child, not just the test */
		fake_machine_reset();
		if (alone_start)
			alone_start();
		test(state);
		exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define ALONE(name)                                          \
	{                                                    \
#name, alone_run, NULL, NULL, (void *)(name) \
	}
