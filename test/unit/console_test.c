/* SPDX-License-Identifier: Apache-2.0 */
/* The plain console: prefixes, whole lines, prompts, the escape key, input that waits, rings that are full. */
#include "monitor/console_view.h"
#include "world.h"

#define ESCAPE "\x1d"

static struct vm *one, *two;
static char text[1 << 20];
static u32 quits;

static void quit(void) { quits++; }

static void start(void)
{
	world_power_on();
	one = world_vm(1);
	two = world_vm(1);
	console_when_quit(quit);
	on_cpu(0);
	one->uart.line_control = two->uart.line_control = 0x10; /* FIFOs on */
	fake_uart_reset();
}

static void says_bytes(struct vm *vm, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		console_put(vm, (u8)bytes[i]);
}

static void says(struct vm *vm, const char *what) { says_bytes(vm, what, strlen(what)); }

static void types(const char *keys)
{
	fake_uart_type(keys, (u32)strlen(keys));
	console_interrupt();
}

/* What came out, colours removed. */
static const char *output(void)
{
	const char *from = fake_uart_output(NULL);
	char *to = text;

	while (*from) {
		if (*from == '\033')
			from = strchr(from, 'm') + 1;
		else
			*to++ = *from++;
	}
	*to = 0;
	return text;
}

static void silence(void)
{
	timer_fake_advance(timer_frequency() / 10);
	deadline_run();
}

/* --- lines --- */

static void line_stands_behind_its_vms_name(void **s)
{
	(void)s;
	says(one, "hello\r\n");
	says(two, "world\r\n");
	assert_string_equal(output(), "vm1 | hello\r\nvm2 | world\r\n");
}

static void vms_have_different_colours(void **s)
{
	(void)s;
	says(one, "a\n");
	says(two, "b\n");
	const char *all = fake_uart_output(NULL), *second = strstr(all, "\n") + 1;
	assert_memory_equal(all, "\033[3", 3);
	assert_memory_equal(second, "\033[3", 3);
	assert_int_not_equal(all[3], second[3]);
}

static void empty_line_has_its_prefix_too(void **s)
{
	(void)s;
	says(one, "a\n\nb\n");
	assert_string_equal(output(), "vm1 | a\nvm1 | \nvm1 | b\n");
}

static void lines_written_at_the_same_time_are_not_mixed(void **s)
{
	const char *a = "first line of one\nsecond\n", *b = "FIRST OF TWO\nSECOND LINE\n";

	(void)s;
	for (u32 i = 0; a[i] || b[i]; i++) {
		if (i < strlen(a))
			console_put(one, (u8)a[i]);
		if (i < strlen(b))
			console_put(two, (u8)b[i]);
		if (i >= strlen(a) || i >= strlen(b))
			break;
	}
	silence();
	silence();
	assert_non_null(strstr(output(), "vm1 | first line of one\n"));
	assert_non_null(strstr(output(), "vm1 | second\n"));
	assert_non_null(strstr(output(), "vm2 | FIRST OF TWO\n"));
}

/* Random chunks of numbered lines: each line comes out whole, and in its VM's order. */
static void random_chunks_of_two_vms_come_out_as_whole_lines(void **s)
{
	char line[2][64] = {"", ""};
	u32 at[2] = {0}, number[2] = {0}, seen[2] = {0};

	(void)s;
	srand48(3);
	for (u32 i = 0; i < 4000; i++) {
		u32 who = lrand48() & 1;

		if (!line[who][at[who]]) {
			snprintf(line[who], 64, "%c line number %u of its vm\n", 'A' + (char)who,
			         number[who]++);
			at[who] = 0;
		}
		for (u32 n = (u32)lrand48() % 9; n && line[who][at[who]]; n--)
			console_put(who ? two : one, (u8)line[who][at[who]++]);
		console_pump();
	}
	for (char *l = strtok((char *)output(), "\n"); l; l = strtok(NULL, "\n")) {
		u32 who = l[2] == '2', n;

		if (l[strlen(l) - 1] == '\r' ||
		    sscanf(l + 6, who ? "B line number %u of its vm" : "A line number %u of its vm", &n) != 1)
			continue; /* the last one of each, unfinished */
		assert_int_equal(n, seen[who]++);
	}
	assert_true(seen[0] > 200 && seen[1] > 200);
}

static void prompt_is_shown_after_a_silence(void **s)
{
	(void)s;
	says(one, "login: ");
	assert_string_equal(output(), "");
	silence();
	assert_string_equal(output(), "vm1 | login: ");
	says(one, "root\r\n");
	assert_string_equal(output(), "vm1 | login: root\r\n");
}

static void line_of_another_begins_below_an_unfinished_prompt(void **s)
{
	(void)s;
	says(one, "login: ");
	silence();
	says(two, "boot\n");
	silence();
	assert_string_equal(output(), "vm1 | login: \r\nvm2 | boot\n");
}

static void line_that_goes_on_after_a_silence_is_finished_first(void **s)
{
	(void)s;
	says(one, "login: ");
	silence();
	says(one, "r");
	silence();
	says(one, "o");
	says(two, "boot\n");
	says(one, "ot\n");
	assert_string_equal(output(), "vm1 | login: root\nvm2 | boot\n");
}

static void line_that_waits_for_anothers_end_comes_with_it(void **s)
{
	(void)s;
	says(one, "login: ");
	silence();
	says(two, "boot\n");
	says(one, "\n");
	assert_string_equal(output(), "vm1 | login: \nvm2 | boot\n");
}

static void long_line_is_not_held_back(void **s)
{
	(void)s;
	for (u32 i = 0; i < 300; i++)
		console_put(one, 'x');
	assert_true(strlen(output()) > 200);
}

static void hypervisor_prints_under_its_own_name(void **s)
{
	(void)s;
	print("ready: %u machines\n", 2);
	assert_string_equal(output(), "corbel | ready: 2 machines\r\n");
}

static void every_byte_value_passes(void **s)
{
	u32 size;

	(void)s;
	types(ESCAPE "1");
	fake_uart_reset();
	for (u32 i = 0; i < 256; i++)
		console_put(one, (u8)i);
	const u8 *all = (const u8 *)fake_uart_output(&size);
	assert_int_equal(size, 256);
	for (u32 i = 0; i < 256; i++)
		assert_int_equal(all[i], i);
}

/* --- the escape key --- */

static void attached_vm_is_raw_and_alone(void **s)
{
	(void)s;
	types(ESCAPE "1");
	fake_uart_reset();
	says(one, "raw\r\n$ ");
	says(two, "hidden\r\n");
	assert_string_equal(fake_uart_output(NULL), "raw\r\n$ ");
}

static void hidden_output_comes_when_all_are_shown(void **s)
{
	(void)s;
	types(ESCAPE "1");
	says(two, "kept\r\n");
	types(ESCAPE "a");
	assert_non_null(strstr(output(), "vm2 | kept\r\n"));
}

static void attaching_to_nobody_says_so_and_changes_nothing(void **s)
{
	(void)s;
	types(ESCAPE "7");
	assert_non_null(strstr(output(), "there is no machine 7\r\n"));
	says(two, "still here\n");
	assert_non_null(strstr(output(), "vm2 | still here\n"));
	types("x");
	assert_int_equal(one->uart.count, 1);
}

static void question_mark_and_any_other_key_help(void **s)
{
	(void)s;
	types(ESCAPE "?");
	assert_non_null(strstr(output(), "Ctrl-]"));
	assert_non_null(strstr(output(), "1 vm1 (typed to)"));
	assert_non_null(strstr(output(), "2 vm2\r\n"));
	fake_uart_reset();
	types(ESCAPE "z");
	assert_non_null(strstr(output(), "Ctrl-]"));
	assert_int_equal(one->uart.count, 0);
}

static void c_crashes_the_one_that_is_typed_to(void **s)
{
	(void)s;
	types(ESCAPE "2" ESCAPE "c");
	assert_int_equal(one->state, VM_RUNNING);
	assert_int_equal(two->state, VM_ENDING);
	assert_int_equal(two->end, END_CRASHED);
	assert_int_equal(two->uart.count, 0);
	types(ESCAPE "c");
	assert_non_null(strstr(output(), "vm2 does not run\r\n"));
}

static void q_quits(void **s)
{
	(void)s;
	types("q" ESCAPE);
	assert_int_equal(quits, 0);
	types("q");
	assert_int_equal(quits, 1);
}

static void escape_twice_sends_it_once(void **s)
{
	(void)s;
	types(ESCAPE ESCAPE "a");
	assert_int_equal(one->uart.count, 2);
	assert_int_equal(one->uart.fifo[0], 0x1d);
	assert_int_equal(one->uart.fifo[1], 'a');
}

static void keys_go_to_the_vm_last_attached(void **s)
{
	(void)s;
	types("a");
	types(ESCAPE "2b");
	types(ESCAPE "a"
	             "c");
	assert_int_equal(one->uart.count, 1);
	assert_int_equal(two->uart.count, 2);
	assert_int_equal(two->uart.fifo[1], 'c');
}

/* --- input that waits --- */

static void reads_key(struct vm *vm, u8 wanted)
{
	struct vcpu *v = vm->vcpus[0];

	faults(v, LOAD(0, 1, 0), 0, VUART_BASE);
	assert_int_equal(v->regs.x[1], wanted);
}

static void keys_wait_while_the_guests_fifo_is_full(void **s)
{
	char keys[41] = "";

	(void)s;
	for (u32 i = 0; i < 40; i++)
		keys[i] = (char)('0' + i);
	types(keys);
	assert_int_equal(one->uart.count, VUART_FIFO);
	for (u32 i = 0; i < 40; i++) {
		reads_key(one, (u8)('0' + i));
		timer_fake_advance(timer_frequency() / 500);
		deadline_run();
	}
	assert_int_equal(one->uart.count, 0);
}

static void keys_beyond_what_can_wait_are_lost_and_the_first_ones_kept(void **s)
{
	u32 kept = 0;

	(void)s;
	for (u32 i = 0; i < 700; i++)
		types((const char[]){(char)('a' + i % 26), 0});
	for (; one->uart.count; kept++) {
		reads_key(one, (u8)('a' + kept % 26));
		timer_fake_advance(timer_frequency() / 500);
		deadline_run();
	}
	assert_int_equal(kept, VUART_FIFO + 512);
}

static void keys_that_wait_stay_meant_for_their_vm(void **s)
{
	(void)s;
	types("0123456789abcdefgh");
	types(ESCAPE "2");
	types("x");
	assert_int_equal(two->uart.count, 1);
	assert_int_equal(two->uart.fifo[0], 'x');
	for (u32 i = 0; i < 16; i++)
		reads_key(one, (u8) "0123456789abcdef"[i]);
	timer_fake_advance(timer_frequency() / 500);
	deadline_run();
	assert_int_equal(one->uart.count, 2);
	reads_key(one, 'g');
}

static void attaching_works_while_a_guest_reads_nothing(void **s)
{
	(void)s;
	for (u32 i = 0; i < 60; i++)
		types("0123456789"); /* more than can wait: the rest is lost */
	types(ESCAPE "2"
	             "y");
	assert_int_equal(two->uart.count, 1);
	assert_int_equal(two->uart.fifo[0], 'y');
}

/* --- full rings --- */

static void fills(struct vm *vm)
{
	for (u32 i = 0; console_room(vm) && i < 10000; i++)
		console_put(vm, (u8)('a' + i % 26));
}

static void full_ring_tells_the_guest_and_later_that_there_is_room(void **s)
{
	struct vcpu *v = one->vcpus[0];

	(void)s;
	fake_uart_full(true);
	fills(one);
	assert_int_equal(console_room(one), 0);
	v->regs.x[2] = '!';
	faults(v, STORE(0, 2), 0, VUART_BASE); /* lost, and the transmit interrupt falls */
	assert_false(one->uart.raw & 0x20);
	faults(v, LOAD(2, 1, 0), 0x18, VUART_BASE);
	assert_true(v->regs.x[1] & 0x20); /* TXFF */
	assert_true(fake_uart_wants_room());
	fake_uart_full(false);
	for (u32 i = 0; i < 30; i++)
		console_interrupt();
	assert_true(one->uart.raw & 0x20);
	assert_true(console_room(one) > 1000);
}

static void hidden_vm_never_waits_and_keeps_its_newest_output(void **s)
{
	char line[32];

	(void)s;
	types(ESCAPE "1");
	fake_uart_reset();
	for (u32 i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "line %u\r\n", i);
		says(two, line);
		assert_true(console_room(two) > 0);
	}
	types(ESCAPE "a");
	console_flush();
	assert_null(strstr(output(), "| line 0\r"));
	assert_non_null(strstr(output(), "vm2 | line 999\r\n"));
}

static void full_ring_of_one_does_not_take_the_others_room(void **s)
{
	(void)s;
	fake_uart_full(true);
	fills(one);
	assert_true(console_room(two) > 1000);
	says(two, "mine\n");
	fake_uart_full(false);
	console_flush();
	assert_non_null(strstr(output(), "vm2 | mine\n"));
}

/* A guest that floods the line, ending its lines or not, may not keep the other from being heard. */
static void floods(const char *what)
{
	says(one, "it has the line now\n");
	fake_uart_full(true);
	says(two, "help\n");
	for (u32 i = 0; i < 400; i++) {
		fake_uart_full(true);
		while (console_room(one) > 100)
			says(one, what);
		fake_uart_full(false);
		console_pump();
		if (i % 20 == 19)
			silence();
	}
	assert_non_null(strstr(output(), "vm2 | help\n"));
}

static void flood_of_lines_does_not_silence_the_other(void **s)
{
	(void)s;
	floods("flood flood flood\n");
}

static void flood_without_line_ends_does_not_silence_the_other(void **s)
{
	(void)s;
	floods("flood flood flood ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(line_stands_behind_its_vms_name),
		ALONE(vms_have_different_colours),
		ALONE(empty_line_has_its_prefix_too),
		ALONE(lines_written_at_the_same_time_are_not_mixed),
		ALONE(random_chunks_of_two_vms_come_out_as_whole_lines),
		ALONE(prompt_is_shown_after_a_silence),
		ALONE(line_of_another_begins_below_an_unfinished_prompt),
		ALONE(line_that_goes_on_after_a_silence_is_finished_first),
		ALONE(line_that_waits_for_anothers_end_comes_with_it),
		ALONE(long_line_is_not_held_back),
		ALONE(hypervisor_prints_under_its_own_name),
		ALONE(every_byte_value_passes),
		ALONE(attached_vm_is_raw_and_alone),
		ALONE(hidden_output_comes_when_all_are_shown),
		ALONE(attaching_to_nobody_says_so_and_changes_nothing),
		ALONE(question_mark_and_any_other_key_help),
		ALONE(c_crashes_the_one_that_is_typed_to),
		ALONE(q_quits),
		ALONE(escape_twice_sends_it_once),
		ALONE(keys_go_to_the_vm_last_attached),
		ALONE(keys_wait_while_the_guests_fifo_is_full),
		ALONE(keys_beyond_what_can_wait_are_lost_and_the_first_ones_kept),
		ALONE(keys_that_wait_stay_meant_for_their_vm),
		ALONE(attaching_works_while_a_guest_reads_nothing),
		ALONE(full_ring_tells_the_guest_and_later_that_there_is_room),
		ALONE(hidden_vm_never_waits_and_keeps_its_newest_output),
		ALONE(full_ring_of_one_does_not_take_the_others_room),
		ALONE(flood_of_lines_does_not_silence_the_other),
		ALONE(flood_without_line_ends_does_not_silence_the_other),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
