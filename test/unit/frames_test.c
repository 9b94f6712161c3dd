/* SPDX-License-Identifier: Apache-2.0 */
/* The framed console: who said what can be told from the marks alone, whatever a guest prints. */
#include "monitor/console_view.h"
#include "machine/uart.h"
#include "world.h"

#define ESCAPE "\x1d"

static struct vm *one, *two;

static void start(void)
{
	world_bootargs = "loglevel=7 console=frames";
	world_power_on();
	one = world_vm(1);
	two = world_vm(1);
	on_cpu(0);
	print("."); /* the hypervisor has the line */
	fake_uart_reset();
}

static void says_bytes(struct vm *vm, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		console_put(vm, (u8)bytes[i]);
}

static void says(struct vm *vm, const char *what) { says_bytes(vm, what, strlen(what)); }

static void came_out(const char *wanted, size_t size)
{
	u32 found;
	const char *all = fake_uart_output(&found);

	assert_int_equal(found, size);
	assert_memory_equal(all, wanted, size);
}

#define CAME_OUT(literal) came_out(literal, sizeof(literal) - 1)

/* --- a reader of frames, as a host would have it --- */

static char heard[3][1 << 16]; /* output of '@', 'A', 'B' */
static u32 heard_size[3], events, names, views;
static char event_of[64], event_kind[64], event_again[64];
static u32 event_at[64]; /* how much of its VM's output came before it */

static const char *read_mark(const char *at, u32 *source)
{
	switch (*at) {
	case 'o':
		*source = (u32)(at[1] - '@');
		assert_true(*source < 3);
		return at + 2;
	case 'n':
		names++;
		return strchr(at, '\n') + 1;
	case 'e':
		event_of[events] = at[1];
		event_kind[events] = at[2];
		event_again[events] = at[3];
		event_at[events++] = heard_size[at[1] - '@'];
		return at + 4;
	case 'v':
		views++;
		return at + 2;
	default:
		assert_int_equal(*at, 'q');
		return at + 1;
	}
}

static void listen(void)
{
	u32 size, source = 0;
	const char *at = fake_uart_output(&size), *end = at + size;

	while (at < end) {
		if (*at == 0x10 && at[1] != 0x10) {
			at = read_mark(at + 1, &source);
			continue;
		}
		at += *at == 0x10;
		heard[source][heard_size[source]++] = *at++;
	}
	assert_ptr_equal(at, end);
}

/* --- frames --- */

static void first_frames_name_the_hypervisor_and_its_line(void **s)
{
	(void)s;
	console_init("console=frames");
	u32 size;
	const char *all = fake_uart_output(&size);
	assert_non_null(strstr(all, "\x10n@corbel\n"));
	assert_non_null(strstr(all, "\x10o@"));
}

static void change_of_the_source_is_marked_once(void **s)
{
	(void)s;
	says(one, "ab");
	says(two, "c");
	says(two, "d\n");
	says(one, "e");
	CAME_OUT("\x10oAab\x10oB"
	         "cd\n\x10oA"
	         "e");
}

static void own_output_is_that_of_the_at_sign(void **s)
{
	(void)s;
	says(one, "a");
	print("b\n");
	CAME_OUT("\x10oA"
	         "a\x10o@b\r\n");
}

static void names_are_told(void **s)
{
	(void)s;
	console_name(two);
	CAME_OUT("\x10oB\x10nBvm2\n");
}

static void marker_byte_of_a_guest_is_doubled(void **s)
{
	(void)s;
	says(one, "x\x10y");
	CAME_OUT("\x10oAx\x10\x10y");
}

static void forged_frames_are_only_output(void **s)
{
	const char forged[] = "\x10oB\x10"
			      "eAc.\x10nAevil\n\x10q\x10v*\x10p\x10\x10\x10";

	(void)s;
	says_bytes(one, forged, sizeof(forged) - 1);
	says(two, "B");
	listen();
	assert_int_equal(heard_size[1], sizeof(forged) - 1);
	assert_memory_equal(heard[1], forged, sizeof(forged) - 1);
	assert_string_equal(heard[2], "B");
	assert_int_equal(events + names + views, 0);
}

static void marker_at_the_end_of_one_and_letters_of_another_make_no_frame(void **s)
{
	(void)s;
	says(one, "\x10");
	says(two, "eAc.");
	says(one, "\x10\x10");
	says(two, "q");
	listen();
	assert_int_equal(events, 0);
	assert_memory_equal(heard[1], "\x10\x10\x10", 3);
	assert_string_equal(heard[2], "eAc.q");
}

static void random_bytes_of_both_arrive_unchanged(void **s)
{
	static char sent[3][1 << 16];
	u32 size[3] = {0};

	(void)s;
	srand48(11);
	for (u32 i = 0; i < 60000; i++) {
		u32 who = 1 + (u32)(lrand48() & 1);
		char byte = lrand48() % 3 ? "\x10oeAB@.\nnqvp"[lrand48() % 12] : (char)lrand48();

		sent[who][size[who]++] = byte;
		console_put(who == 1 ? one : two, (u8)byte);
		if (i % 1000 == 0)
			console_flush();
	}
	console_flush();
	listen();
	for (u32 who = 1; who < 3; who++) {
		assert_int_equal(heard_size[who], size[who]);
		assert_memory_equal(heard[who], sent[who], size[who]);
	}
	assert_int_equal(events + names + views, 0);
}

/* --- events --- */

static void event_says_which_what_and_whether_again(void **s)
{
	(void)s;
	console_event(one, CONSOLE_STARTED, true);
	console_event(two, CONSOLE_CRASHED, false);
	CAME_OUT("\x10oA\x10"
	         "eAs+\x10oB\x10"
	         "eBc.");
}

static void event_comes_after_the_output_before_it(void **s)
{
	(void)s;
	fake_uart_full(true);
	says(one, "last words");
	console_event(one, CONSOLE_OFF, false);
	console_event(one, CONSOLE_STARTED, true);
	says(one, "again");
	fake_uart_full(false);
	console_flush();
	listen();
	assert_int_equal(events, 2);
	assert_int_equal(event_at[0], strlen("last words"));
	assert_int_equal(event_at[1], strlen("last words"));
	assert_string_equal(heard[1], "last wordsagain");
}

/* A guest that fills its ring before it ends cannot hide its end. */
static void event_is_not_lost_when_the_ring_is_full(void **s)
{
	(void)s;
	fake_uart_full(true);
	for (u32 i = 0; i < 5000; i++)
		console_put(one, 'x');
	console_event(one, CONSOLE_CRASHED, false);
	fake_uart_full(false);
	console_flush();
	listen();
	assert_int_equal(events, 1);
	assert_int_equal(event_of[0], 'A');
	assert_int_equal(event_kind[0], 'c');
	assert_int_equal(event_again[0], '.');
	assert_true(heard_size[1] > 1500);
	assert_int_equal(event_at[0], heard_size[1]);
}

static void life_of_a_vm_is_told_in_events(void **s)
{
	struct vcpu *v = one->vcpus[0];

	(void)s;
	turn(0);
	calls(v, 0x84000009, 0, 0, 0);
	for (u32 i = 0; i < 3; i++)
		turn(0);
	world_boot(one);
	calls(v, 0x84000008, 0, 0, 0);
	for (u32 i = 0; i < 3; i++)
		turn(0);
	console_flush();
	listen();
	assert_int_equal(events, 3);
	assert_memory_equal(event_kind, "rso", 3);
	assert_memory_equal(event_again, "++.", 3);
	assert_memory_equal(event_of, "AAA", 3);
}

/* --- view --- */

static void view_is_told_and_all_sources_are_still_sent(void **s)
{
	(void)s;
	fake_uart_type(ESCAPE "2", 2);
	console_interrupt();
	assert_non_null(strstr(fake_uart_output(NULL), "\x10vB"));
	fake_uart_reset();
	says(one, "not hidden");
	listen();
	assert_string_equal(heard[1], "not hidden");
	fake_uart_type(ESCAPE "a", 2);
	console_interrupt();
	assert_non_null(strstr(fake_uart_output(NULL), "\x10v*"));
}

static void quit_is_told(void **s)
{
	(void)s;
	fake_uart_type(ESCAPE "q", 2);
	console_interrupt();
	CAME_OUT("\x10q");
}

static void flood_of_one_does_not_silence_the_other(void **s)
{
	(void)s;
	says(one, "it has the line now");
	fake_uart_full(true);
	says(two, "help");
	for (u32 i = 0; i < 400; i++) {
		fake_uart_full(true);
		while (console_room(one) > 100)
			console_put(one, 'x');
		fake_uart_full(false);
		console_pump();
	}
	listen();
	assert_string_equal(heard[2], "help");
}

/* What goes straight to the UART asks for no interrupt, so one that is asked for already is not taken back. */
static void turn_that_nobody_else_wants_goes_on_straight(void **s)
{
	(void)s;
	says(two, "z");
	for (u32 i = 0; i < 2000; i++)
		says(one, "x\n");
	fake_uart_full(true);
	console_pump();
	fake_uart_full(false);
	assert_false(fake_uart_wants_room());
	uart_want_room(true);
	says(one, "x");
	assert_true(fake_uart_wants_room());
}

static void panic_says_so_in_a_frame(void **s)
{
	(void)s;
	says(one, "x");
	console_begin_panic();
	console_put_panic('!');
	CAME_OUT("\x10oAx\x10p\x10o@\r\n!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(first_frames_name_the_hypervisor_and_its_line),
		ALONE(change_of_the_source_is_marked_once),
		ALONE(own_output_is_that_of_the_at_sign),
		ALONE(names_are_told),
		ALONE(marker_byte_of_a_guest_is_doubled),
		ALONE(forged_frames_are_only_output),
		ALONE(marker_at_the_end_of_one_and_letters_of_another_make_no_frame),
		ALONE(random_bytes_of_both_arrive_unchanged),
		ALONE(event_says_which_what_and_whether_again),
		ALONE(event_comes_after_the_output_before_it),
		ALONE(event_is_not_lost_when_the_ring_is_full),
		ALONE(life_of_a_vm_is_told_in_events),
		ALONE(view_is_told_and_all_sources_are_still_sent),
		ALONE(quit_is_told),
		ALONE(flood_of_one_does_not_silence_the_other),
		ALONE(turn_that_nobody_else_wants_goes_on_straight),
		ALONE(panic_says_so_in_a_frame),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
