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
#include "lib/require.h"
#include "machine/timer.h"
#include "monitor/irq.h"
#include "monitor/vcpu.h"

/* The archive also holds a harness that stands for these (test/model): named here, the real ones are linked. */
static void *const alone_real[] __attribute__((used)) = {
        panic, vcpu_mpidr, irq_kick, timer_now, timer_guest_virtual_line, timer_guest_physical_line};

/* Called before each test, in its process; set by main(). */
static void (*alone_start)(void);

static void alone_run(void **state)
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
