/* SPDX-License-Identifier: Apache-2.0 */
/* Reports through the console: whole, true, in their turn, at a bounded price, and not to be forged. */
#include "watch_world.h"

static struct vm *one, *two;

static void start_in(const char *bootargs)
{
	world_bootargs = bootargs;
	world_power_on();
	one = world_vm(1);
	two = world_vm(2);
	on_cpu(0);
	print(".");
	fake_uart_reset();
	for (u32 cpu = 0; cpu < WORLD_CPUS; cpu++)
		ring(cpu); /* empty */
}

static void start(void) { start_in("console=frames"); }

/* --- counters --- */

static void counters_are_told_of_every_vcpu(void **s)
{
	struct counters *c = counters_of(two->vcpus[1]);

	(void)s;
	counters_of(one->vcpus[0]);
	counters_of(two->vcpus[0]);
	two->vcpus[1]->power = VCPU_ON;
	c->exits[0x16] = (struct counter){.count = 7, .ticks = 900, .worst = 300};
	c->exits[0x1f] = (struct counter){.count = 1, .ticks = 20, .worst = 20};
	c->exits[COUNTER_TIMER] = (struct counter){.count = 2, .ticks = 5, .worst = 4};
	c->started = timer_now() - 1000;
	c->waited = 100;
	c->stolen = 30;
	c->switches = 4;
	c->listed = 5;
	c->spilled = 6;
	c->resampled = 8;
	two->vcpus[1]->sched.postponed = 9;
	c->raised.buckets[0] = 1;
	c->raised.buckets[31] = 4000000000;
	u64 now = timer_now();
	types(ESCAPE "s", 2);
	runs(20);
	const char *text = report();
	char line[200];
	assert_memory_equal(text, "begin counters\ntime ", 20);
	assert_true(has_line(text, "vm A vm1 running") && has_line(text, "vm B vm2 running"));
	assert_true(has_line(text, "exits B 1 hvc 7 900 300"));
	assert_true(has_line(text, "exits B 1 timer 2 5 4"));
	assert_int_equal(count(text, "exits "), 3);
	assert_true(has_line(text, "histogram B 1 raised 0:1 31:4000000000"));
	assert_int_equal(count(text, "histogram "), 1);
	assert_non_null(strstr(text, "vcpu B 1 2 on ran "));
	unsigned long ran = strtoul(strstr(text, "vcpu B 1 2 on ran ") + 18, NULL, 10);
	assert_true(ran >= 870 && ran <= 870 + timer_now() - now);
	snprintf(line, sizeof(line),
	         "vcpu B 1 2 on ran %lu waited 100 stolen 30 switches 4 listed 5 spilled 6 resampled 8 "
	         "postponed 9",
	         ran);
	assert_true(has_line(text, line));
	assert_string_equal(text + strlen(text) - 5, "\nend\n");
}

/* A guest chooses how late its timer is, so it can have a delay of every length, and many of each. */
static void longest_histogram_is_told_whole(void **s)
{
	struct counters *c = counters_of(one->vcpus[0]);
	char line[1200] = "histogram A 0 deadline";

	(void)s;
	for (u32 i = 0; i < HISTOGRAM_BUCKETS; i++) {
		c->deadline.buckets[i] = ~0U;
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %u:4294967295", i);
	}
	types(ESCAPE "s", 2);
	runs(20);
	assert_true(has_line(report(), line));
}

static void power_and_state_are_words(void **s)
{
	(void)s;
	one->vcpus[0]->sleeping = true;
	two->state = VM_ENDED;
	two->end = END_CRASHED;
	two->vcpus[0]->power = VCPU_OFF;
	two->vcpus[1]->power = VCPU_STARTING;
	types(ESCAPE "s", 2);
	runs(20);
	const char *text = report();
	assert_true(has_line(text, "vm B vm2 crashed"));
	assert_non_null(strstr(text, "\nvcpu A 0 0 asleep ran "));
	assert_non_null(strstr(text, "\nvcpu B 0 1 off ran 0 "));
	assert_non_null(strstr(text, "\nvcpu B 1 2 starting ran 0 "));
}

/* --- traces --- */

static void trace_is_the_newest_of_each_cpu_oldest_first(void **s)
{
	(void)s;
	records(ring(0), 3);
	records(ring(1), 1000);
	types(ESCAPE "t", 2);
	runs(200);
	const char *text = report();
	assert_memory_equal(text, "begin trace\ntime ", 17);
	assert_true(has_line(text, "vm A vm1 running"));
	assert_int_equal(count(text, "trace 0 "), 3);
	assert_int_equal(count(text, "trace 1 "), TRACE_RECORDS / WORLD_CPUS);
	assert_true(has_line(text, "trace 0 1000 40200000 0 0 0"));
	assert_non_null(strstr(text, "trace 0 1002 40200002 0 0 0\ntrace 1 13a8 402003a8 0 0 0\n"));
	assert_non_null(strstr(text, "trace 1 13e7 402003e7 0 0 0\nend\n"));
}

static void trace_is_of_one_moment_while_the_rings_go_on(void **s)
{
	struct trace *t = ring(0);

	(void)s;
	records(t, 100);
	types(ESCAPE "t", 2);
	runs(1);
	records(t, 5000);
	runs(200);
	const char *text = report();
	assert_int_equal(count(text, "trace 0 "), TRACE_RECORDS / WORLD_CPUS);
	assert_non_null(strstr(text, "trace 0 1063 40200063 0 0 0\nend\n"));
}

static void trace_of_empty_rings_is_empty(void **s)
{
	(void)s;
	types(ESCAPE "t", 2);
	runs(20);
	assert_int_equal(count(report(), "\ntrace "), 0);
	assert_non_null(strstr(heard['!'], "\nend\n"));
}

/* --- the order of requests --- */

static void requests_meanwhile_come_after_it_and_once(void **s)
{
	(void)s;
	types(ESCAPE "t" ESCAPE "s" ESCAPE "s" ESCAPE "t", 8);
	runs(50);
	const char *text = report();
	assert_int_equal(count(text, "begin counters\n"), 1);
	assert_int_equal(count(text, "begin trace\n"), 1);
	assert_int_equal(count(text, "\nend\n"), 2);
	assert_ptr_equal(strstr(strstr(text, "\nend\n") + 1, "end\n") + 4, strstr(text, "\nend\n") + 5);
	assert_memory_equal(strstr(text, "\nend\n") + 5, "begin ", 6);
}

static void report_can_be_asked_for_again(void **s)
{
	(void)s;
	for (u32 i = 0; i < 5; i++) {
		types(ESCAPE "s", 2);
		runs(20);
	}
	const char *text = report();
	assert_int_equal(count(text, "begin counters\n"), 5);
	assert_int_equal(count(text, "\nend\n"), 5);
}

static void request_in_the_middle_does_not_tear_the_first(void **s)
{
	(void)s;
	records(ring(0), 50);
	types(ESCAPE "t", 2);
	runs(1);
	types(ESCAPE "t", 2);
	runs(100);
	const char *text = report();
	assert_int_equal(count(text, "begin trace\n"), 2);
	assert_int_equal(count(text, "trace 0 "), 100);
}

/* --- what it may cost --- */

static void nothing_is_written_while_the_line_is_full_and_nothing_is_lost(void **s)
{
	(void)s;
	records(ring(0), 300);
	fake_uart_full(true);
	types(ESCAPE "t", 2);
	for (u32 i = 0; i < 3000; i++) {
		timer_fake_advance(timer_frequency() / 100);
		deadline_run();
	}
	assert_int_equal(strlen(fake_uart_output(NULL)), 0);
	fake_uart_full(false);
	console_pump();
	runs(1000);
	assert_int_equal(count(report(), "trace 0 "), TRACE_RECORDS / WORLD_CPUS);
	assert_non_null(strstr(heard['!'], "\nend\n"));
}

/* A full line is looked at a hundred times a second, not all the time. */
static void full_line_is_not_polled(void **s)
{
	(void)s;
	records(ring(0), 300);
	fake_uart_full(true);
	types(ESCAPE "t", 2);
	runs(300);
	assert_true(timer_fake_armed() >= timer_now() + timer_frequency() / 1000);
}

/* One step writes a line at most, so that a guest on CPU 0 runs between two. */
static void step_writes_one_line(void **s)
{
	u32 before = 0, size;

	(void)s;
	records(ring(0), 200);
	types(ESCAPE "t", 2);
	for (u32 i = 0; i < 250; i++) {
		timer_fake_advance(timer_frequency() / 1000);
		deadline_run();
		console_pump();
		fake_uart_output(&size);
		assert_true(size - before < 128);
		before = size;
	}
	assert_int_equal(count(report(), "trace 0 "), TRACE_RECORDS / WORLD_CPUS);
}

static void report_takes_a_quarter_of_the_time_at_most(void **s)
{
	u64 busy = 0, begin;

	(void)s;
	records(ring(0), 200);
	fake_uart_ticks = 5000;
	types(ESCAPE "t", 2);
	begin = timer_now();
	while (timer_fake_armed() != ~0UL) {
		timer_fake_set(max_u64(timer_now(), timer_fake_armed()));
		u64 before = timer_now();
		deadline_run();
		busy += timer_now() - before;
	}
	assert_int_equal(count(report(), "trace 0 "), TRACE_RECORDS / WORLD_CPUS);
	assert_true(busy > TRACE_RECORDS / WORLD_CPUS * 20 * 5000);
	assert_in_range(timer_now() - begin, 399 * busy / 100, 5 * busy);
}

/* --- guests that print meanwhile --- */

static void flood_neither_stops_the_report_nor_loses_a_byte(void **s)
{
	u32 said = 0;

	(void)s;
	records(ring(0), 100);
	types(ESCAPE "t", 2);
	for (u32 i = 0; i < 4000; i++) {
		on_cpu(one->vcpus[0]->cpu);
		for (u32 n = 0; n < 40 && console_room(one); n++)
			console_put(one, (u8)('a' + said++ % 26));
		fake_uart_full(i % 3 == 0);
		runs(1);
	}
	fake_uart_full(false);
	console_flush();
	assert_int_equal(count(report(), "trace 0 "), TRACE_RECORDS / WORLD_CPUS);
	assert_non_null(strstr(heard['!'], "\nend\n"));
	assert_int_equal(heard_size['A'], said);
	for (u32 i = 0; i < said; i++)
		assert_int_equal(heard['A'][i], 'a' + i % 26);
}

static void forged_reports_are_only_output(void **s)
{
	const char forged[] = "\x10o!begin counters\ntime 1 1\nvm A evil running\nend\n\x10oA";

	(void)s;
	types(ESCAPE "s", 2);
	for (u32 i = 0; i < 40; i++) {
		for (u32 n = 0; n < sizeof(forged) - 1; n++)
			console_put(one, (u8)forged[n]);
		runs(1);
	}
	console_flush();
	const char *text = report();
	assert_int_equal(count(text, "begin counters\n"), 1);
	assert_null(strstr(text, "evil"));
	assert_int_equal(heard_size['A'], 40 * (sizeof(forged) - 1));
	assert_memory_equal(heard['A'], forged, sizeof(forged) - 1);
}

/* --- for people --- */

static void plain_report_is_a_line_per_vcpu(void **s)
{
	(void)s;
	types(ESCAPE "s", 2);
	runs(20);
	assert_int_equal(count(fake_uart_output(NULL), "vCPU"), 3);
	assert_true(printed("vm2          vCPU 1 on CPU 2 is off: ran 0.000 s, stolen 0.000 s, 0 exits"));
	assert_false(printed("begin"));
	assert_false(printed("end\r"));
}

static void plain_console_has_no_trace_and_no_typing_to_others(void **s)
{
	(void)s;
	types(ESCAPE "t", 2);
	assert_true(printed("Ctrl-] then:"));
	fake_uart_reset();
	types(ESCAPE "i", 2);
	assert_true(printed("Ctrl-] then:"));
	runs(20);
	assert_false(printed("begin"));
}

/* --- typing to one VM --- */

static void byte_for_one_vm_leaves_the_user_where_he_is(void **s)
{
	(void)s;
	one->uart.line_control = two->uart.line_control = 0x10;
	types(ESCAPE "iB\x1d"
	             "x" ESCAPE "iBq",
	      9);
	assert_int_equal(one->uart.count, 1);
	assert_int_equal(one->uart.fifo[0], 'x');
	assert_int_equal(two->uart.count, 2);
	assert_int_equal(two->uart.fifo[0], 0x1d);
	assert_int_equal(two->uart.fifo[1], 'q');
	assert_false(printed("\x10v"));
	assert_false(printed("\x10q"));
}

static void byte_for_nobody_is_dropped(void **s)
{
	(void)s;
	one->uart.line_control = 0x10;
	for (u32 letter = 0; letter < 256; letter++) {
		const char keys[] = {0x1d, 'i', (char)letter, 'z'};

		if (letter != 'A' && letter != 'B')
			types(keys, 4);
	}
	assert_int_equal(one->uart.count + two->uart.count, 0);
}

static void start_plain(void) { start_in("console=plain"); }

int main(void)
{
	const struct CMUnitTest framed[] = {
		ALONE(counters_are_told_of_every_vcpu),
		ALONE(longest_histogram_is_told_whole),
		ALONE(power_and_state_are_words),
		ALONE(trace_is_the_newest_of_each_cpu_oldest_first),
		ALONE(trace_is_of_one_moment_while_the_rings_go_on),
		ALONE(trace_of_empty_rings_is_empty),
		ALONE(requests_meanwhile_come_after_it_and_once),
		ALONE(report_can_be_asked_for_again),
		ALONE(request_in_the_middle_does_not_tear_the_first),
		ALONE(nothing_is_written_while_the_line_is_full_and_nothing_is_lost),
		ALONE(full_line_is_not_polled),
		ALONE(step_writes_one_line),
		ALONE(report_takes_a_quarter_of_the_time_at_most),
		ALONE(flood_neither_stops_the_report_nor_loses_a_byte),
		ALONE(forged_reports_are_only_output),
		ALONE(byte_for_one_vm_leaves_the_user_where_he_is),
		ALONE(byte_for_nobody_is_dropped),
	};
	const struct CMUnitTest plain[] = {
		ALONE(plain_report_is_a_line_per_vcpu),
		ALONE(plain_console_has_no_trace_and_no_typing_to_others),
	};

	alone_start = start;
	int failed = cmocka_run_group_tests(framed, NULL, NULL);
	alone_start = start_plain;
	return failed + cmocka_run_group_tests(plain, NULL, NULL);
}
