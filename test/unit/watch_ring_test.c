/* SPDX-License-Identifier: Apache-2.0 */
/* The report of the only CPU's trace, which is all of its ring. */
#include "watch_world.h"

static void start(void)
{
	world_rings = 1;
	world_bootargs = "console=frames";
	world_power_on();
	world_vm(1);
	on_cpu(0);
	print(".");
	fake_uart_reset();
}

/* All of it is asked for, but what its CPU writes next lies where the oldest was. */
static void record_that_may_be_half_written_is_left_out(void **s)
{
	(void)s;
	records(ring(0), TRACE_RECORDS);
	types(ESCAPE "t", 2);
	runs(200);
	const char *text = report();
	assert_int_equal(count(text, "\ntrace "), TRACE_RECORDS - 1);
	assert_null(strstr(text, "trace 0 1000 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(record_that_may_be_half_written_is_left_out),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
