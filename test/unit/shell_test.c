/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's console: the line and its keys, what each command answers, what is refused, and who is left alone. */
#include "life_world.h"
#include "monitor/command.h"

#define ESCAPE "\x1d"
#define UP     "\x1b[A"
#define DOWN   "\x1b[B"

static struct vm *one, *two;

/* Three VMs; the third shares a CPU with nobody. */
static void begin(void)
{
	start();
	sched_init(1000);
	one = world_vm(2);
	two = world_vm(1);
	struct vm_description *d = world_describe(1);
	snprintf(d->name, sizeof(d->name), "other");
	d->vcpus[0] = (struct vcpu_terms){
		.class = SCHED_FAIR, .cpus = 1 << world_next_cpu, .weight = 30, .cap = 50};
	assert_int_equal(vm_create(d, &pool), OK);
	world_next_cpu++;
	world_settle();
	on_cpu(0);
	fake_uart_reset();
}

/* Until the answer is complete. */
static void let_time_pass(void)
{
	on_cpu(0);
	for (u32 i = 0; i < 200; i++) {
		timer_fake_advance(timer_frequency() / 50);
		deadline_run();
	}
}

static const char *types(const char *keys)
{
	fake_uart_reset();
	on_cpu(0);
	fake_uart_type(keys, (u32)strlen(keys));
	console_interrupt();
	let_time_pass();
	return fake_uart_output(NULL);
}

/* It is all that is said, between the echo and the next prompt. */
static void answers(const char *line, const char *answer)
{
	char wanted[2000], keys[100];

	snprintf(keys, sizeof(keys), "%s\r", line);
	snprintf(wanted, sizeof(wanted), "%s\r\n%s> ", line, answer);
	assert_string_equal(types(keys), wanted);
}

static void opened(void)
{
	assert_non_null(strstr(types(ESCAPE "m"), "help lists its commands, Tab completes"));
}

static void help_has_a_line_for_each_command(void **s)
{
	char row[100];

	(void)s;
	opened();
	const char *said = types("help\r");
	for (u32 i = 0; command_at(i); i++) {
		snprintf(row, sizeof(row), "\r\n  %-8s %-3s %s\r\n", command_at(i)->name,
		         command_at(i)->wants ? "VM" : "", command_at(i)->does);
		assert_non_null(strstr(said, row));
	}
}

static void list_has_a_line_for_each_vm(void **s)
{
	(void)s;
	opened();
	assert_int_equal(life_ask(two, LIFE_PAUSE), OK);
	world_settle();
	answers("list", "     VM                state     CPUs  memory MiB  starts\r\n"
	                "   1 vm1               running      2           4       1\r\n"
	                "   2 vm2               paused       1           4       1\r\n"
	                "   3 other             defined      1           4       0\r\n");
}

static void others_tell_of_a_vm(void **s)
{
	(void)s;
	opened();
	answers("info other", "  other is VM 3, and defined\r\n"
	                      "  starts 0; restart = \"on-reset\", 5 times in 60 s\r\n"
	                      "  memory 4 MiB; kernel 8 KiB, initrd 0 KiB\r\n"
	                      "  cpu \"host\", gic \"hardware\", wfi \"native\", wfe \"native\"\r\n"
	                      "  bootargs \r\n"
	                      "  other.0  fair, weight 30, cap 50 %, on CPU 3\r\n");
	answers("sched", "  vm1.0  dedicated, on CPU 0\r\n"
	                 "  vm1.1  dedicated, on CPU 1\r\n"
	                 "  vm2.0  dedicated, on CPU 2\r\n"
	                 "  other.0  fair, weight 30, cap 50 %, on CPU 3\r\n");
	const char *said = types("map vm1\r");
	assert_non_null(strstr(said, "  009000000         4 KiB  PL011\r\n"));
	assert_non_null(strstr(said, "  040000000      4096 KiB  RAM\r\n> "));
	said = types("stat\r");
	assert_non_null(strstr(said, "vm2          vCPU 0 on CPU 2 is on: ran "));
}

/* On the largest machine, a fair vCPU may have them all. */
static void many_cpus_have_long_names(void **s)
{
	(void)s;
	opened();
	descriptions[2].vcpus[0].cpus = ~0U;
	const char *said = types("sched\r");
	assert_non_null(strstr(said, "on CPU "
	                             "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,"
	                             "27,28,29,30,31\r\n> "));
}

static void acts_are_done_or_refused_with_what_is_possible(void **s)
{
	(void)s;
	opened();
	answers("pause vm2", "vm2: it stands still\r\n");
	world_settle();
	assert_int_equal(life_of(two), LIFE_PAUSED);
	answers("pause vm2", "vm2 is paused; it takes: reset, resume, stop, crash, destroy\r\n");
	answers("resume vm2", "vm2: it goes on\r\n");
	answers("shutdown vm2", "vm2: its power button is pressed\r\n");
	types("stop vm2\r");
	world_settle();
	assert_int_equal(life_of(two), LIFE_OFF);
	answers("resume vm2", "vm2 is off; it takes: start, destroy\r\n");
	answers("start other", "other: it is being loaded\r\n");
	answers("start other", "other is loading: wait a moment\r\n");
}

static void what_was_not_described_is_not_made(void **s)
{
	(void)s;
	opened();
	answers("create vm9", "vm9 is not created: it is not described\r\n");
	answers("create", "create takes the name of one VM\r\n");
	answers("destroy vm2", "vm2: it ends, and is no more\r\n");
	world_settle();
	assert_null(vm_of(2));
	const char *said = types("list\r");
	assert_non_null(strstr(said, "   1 vm1 "));
	assert_null(strstr(said, "vm2"));
	assert_non_null(strstr(said, "   3 other "));
	answers("pause vm2", "there is no VM vm2\r\n");
	assert_string_equal(types("info v\t\x15"), "info vm1 \b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
	types(ESCAPE "2");
	assert_true(printed("there is no machine 2"));
	types(ESCAPE "?");
	assert_true(printed("  3 other"));
}

static void a_start_without_memory_says_how_much_there_is(void **s)
{
	(void)s;
	opened();
	types("stop vm2\r");
	world_settle();
	two->memory_size = 64 * MIB;
	types("start vm2\r");
	assert_true(printed("vm2 wants 64 MiB of memory, and "));
}

static void what_is_wrong_is_named(void **s)
{
	(void)s;
	opened();
	answers("", "");
	answers("   ", "");
	answers("hlep", "hlep: no such command\r\n");
	answers("pause", "pause takes the name of one VM\r\n");
	answers("pause vm1 vm2", "pause takes the name of one VM\r\n");
	answers("list vm1", "list takes nothing more\r\n");
	answers("pause vm9", "there is no VM vm9\r\n");
}

static void keys_edit_the_line(void **s)
{
	(void)s;
	opened();
	assert_string_equal(types("lisx\x7ft\r"), types("lisx\bt\r"));
	assert_true(printed("lisx\b \bt\r\n     VM "));
	types("nonsense\x15");
	assert_true(printed("\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b"));
	answers("hel", "hel: no such command\r\n");
	types("abc\x03");
	assert_true(printed("abc^C\r\n> "));
	char wide[101] = {0};
	memset(wide, 'x', 100);
	types(wide);
	assert_int_equal(strlen(fake_uart_output(NULL)), 63);
	types("\r");
	assert_true(printed("no such command"));
}

static void arrows_bring_lines_back(void **s)
{
	(void)s;
	opened();
	for (char c = 'a'; c <= 'j'; c++)
		types((char[]){c, '\r', 0});
	types(UP "\r");
	assert_true(printed("j: no such"));
	types(UP UP UP "\r"); /* j, j, i */
	assert_true(printed("i: no such"));
	types(UP UP UP UP UP UP UP UP UP UP UP "\r"); /* no more than eight */
	assert_true(printed("e: no such"));
	types(UP DOWN "\r");
	assert_false(printed("no such command"));
	types(DOWN "\x1b[C\x1bO\x1b[3~\r");
	assert_false(printed("no such command"));
}

static void tab_completes(void **s)
{
	(void)s;
	opened();
	assert_string_equal(types("he\t"), "help ");
	types("\x15");
	assert_string_equal(types("st\t"), "st"); /* start, stat, stop */
	assert_string_equal(types("a\t"), "a");
	types("\x15");
	assert_string_equal(types("info v\t"), "info vm");
	assert_string_equal(types("2\t\x15"), "2 \b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
	assert_string_equal(types("info o\t\x15") + strlen("info other "),
	                    "\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
	assert_string_equal(types("zz\t\x15"), "zz\b \b\b \b");
}

static void who_types_here_types_to_no_vm(void **s)
{
	(void)s;
	one->uart.line_control = 0x10;
	opened();
	types("x");
	assert_int_equal(one->uart.count, 0);
	console_put(one, 'h');
	console_put(one, '\n');
	let_time_pass();
	assert_false(printed("h"));
	types("\x15\x04"); /* leaves */
	assert_true(printed("h\n"));
	types("y");
	assert_int_equal(one->uart.count, 1);
	opened();
	types(ESCAPE "2z");
	assert_true(printed("attached to vm2"));
	assert_int_equal(two->uart.count, 1);
	opened();
	types("console vm1\rq");
	assert_true(printed("attached to vm1"));
}

/* A long answer on a line that takes nothing: no byte of it is lost, and nobody waits. */
static void a_slow_line_gets_the_whole_answer(void **s)
{
	char whole[4000];

	(void)s;
	opened();
	snprintf(whole, sizeof(whole), "%s", types("help\r"));
	fake_uart_reset();
	fake_uart_full(true);
	fake_uart_type("help\r", 5);
	console_interrupt();
	let_time_pass();
	fake_uart_full(false);
	for (u32 i = 0; i < 100; i++) {
		console_interrupt();
		let_time_pass();
	}
	assert_string_equal(fake_uart_output(NULL), whole);
	assert_int_equal(fake_uart_waits, 0);
}

static void what_is_typed_ahead_waits_for_the_answer(void **s)
{
	(void)s;
	opened();
	const char *said = types("map vm2\rhlep\rmap vm1\rabc\x7f");
	assert_non_null(strstr(said, "RAM\r\n> hlep\r\nhlep: no such command\r\n> map vm1\r\n  008000000 "));
	assert_non_null(strstr(said, "RAM\r\n> abc\b \b"));
	types("\x15map vm1\r\x04");
	types("list\r"); /* it has left */
	assert_false(printed("list"));
	opened();
	two->uart.line_control = 0x10;
	types("console vm2\rstop vm1\r"); /* the second line is for the VM that the first one went to */
	assert_int_equal(life_of(one), LIFE_RUNNING);
	assert_int_equal(two->uart.count, 9);
}

static void ctrl_c_ends_an_answer_and_what_waits_for_it(void **s)
{
	(void)s;
	opened();
	fake_uart_reset();
	fake_uart_type("help\rlist\r\x03", 11);
	console_interrupt();
	let_time_pass();
	assert_string_equal(fake_uart_output(NULL), "help\r\n^C\r\n> ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(help_has_a_line_for_each_command),
		ALONE(list_has_a_line_for_each_vm),
		ALONE(others_tell_of_a_vm),
		ALONE(many_cpus_have_long_names),
		ALONE(acts_are_done_or_refused_with_what_is_possible),
		ALONE(what_was_not_described_is_not_made),
		ALONE(a_start_without_memory_says_how_much_there_is),
		ALONE(what_is_wrong_is_named),
		ALONE(keys_edit_the_line),
		ALONE(arrows_bring_lines_back),
		ALONE(tab_completes),
		ALONE(who_types_here_types_to_no_vm),
		ALONE(a_slow_line_gets_the_whole_answer),
		ALONE(what_is_typed_ahead_waits_for_the_answer),
		ALONE(ctrl_c_ends_an_answer_and_what_waits_for_it),
	};

	alone_start = begin;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
