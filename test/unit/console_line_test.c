/* SPDX-License-Identifier: Apache-2.0 */
/* A line that is slower than the guests: nobody waits for it while VMs run, and all of it is out before power-off. */
#include "monitor/deadline.h"
#include "world.h"

static struct vm *one, *two;

static void start(void)
{
	world_power_on();
	one = world_vm(1);
	two = world_vm(1);
	on_cpu(0);
	one->uart.line_control = two->uart.line_control = 0x10; /* FIFOs on */
	fake_uart_reset();
}

static void says(struct vm *vm, const char *what)
{
	for (; *what; what++)
		console_put(vm, (u8)*what);
}

/* What comes out, with room for `step` bytes at a time. */
static const char *spoken(u32 step)
{
	fake_uart_reset();
	fake_uart_takes(step);
	says(one, "a\n\n\nb\n");
	says(two, "c\n");
	says(one, "d\n");
	for (u32 i = 0; i < 200; i++) {
		fake_uart_takes(step);
		console_pump();
	}
	return fake_uart_output(NULL);
}

/* A prefix is longer than what a FIFO has room for: a guest that ends many lines would make others wait for each. */
static void no_byte_waits_for_the_line(void **s)
{
	size_t whole = strlen(spoken(1000));

	(void)s;
	for (u32 step = 1; step < 40; step++) {
		const char *all = spoken(step);

		assert_int_equal(fake_uart_waits, 0);
		assert_int_equal(strlen(all), whole);
		assert_non_null(strstr(all, "vm1 |\033[0m b\n"));
		assert_non_null(strstr(all, "vm2 |\033[0m c\n"));
	}
}

static void the_uart_is_asked_for_room_while_a_prefix_is_not_out(void **s)
{
	(void)s;
	fake_uart_takes(3);
	says(one, "x");
	timer_fake_advance(timer_frequency());
	deadline_run();
	assert_true(fake_uart_wants_room());
	fake_uart_takes(100);
	console_pump();
	assert_false(fake_uart_wants_room());
	assert_non_null(strstr(fake_uart_output(NULL), " |\033[0m x"));
}

/* Of several VMs, whose lines are not finished. */
static void all_is_out_before_power_off(void **s)
{
	(void)s;
	fake_uart_takes(0);
	for (u32 i = 0; i < 300; i++)
		says(one, "line\n");
	says(one, "last words of one");
	says(two, "last words of two");
	console_flush();
	assert_non_null(strstr(fake_uart_output(NULL), "last words of one"));
	assert_non_null(strstr(fake_uart_output(NULL), "last words of two"));
}

/* The last VM's SYSTEM_OFF ends here on a machine whose tree names no UART. */
static void a_machine_without_a_uart_powers_off(void **s)
{
	(void)s;
	says(one, "x\n");
	fake_uart_absent();
	console_flush();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(no_byte_waits_for_the_line),
		ALONE(the_uart_is_asked_for_room_while_a_prefix_is_not_out),
		ALONE(all_is_out_before_power_off),
		ALONE(a_machine_without_a_uart_powers_off),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
