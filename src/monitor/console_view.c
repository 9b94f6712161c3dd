/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the escape key and the VM that is typed to. All on the console's CPU, which takes
 * the UART's interrupt, so there is no lock. Bytes wait here while their guest's FIFO is full; beyond that they are lost.
 */
#include "monitor/console_view.h"

#include "lib/bounds.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/timer.h"
#include "machine/uart.h"
#include "monitor/console.h"
#include "monitor/deadline.h"
#include "monitor/shell.h"
#include "monitor/vm.h"
#include "monitor/watch.h"

enum { ESCAPE = 0x1d, WAITING = BOUND_INPUT }; /* Ctrl-] */

/* What was typed to one VM and not taken yet: a VM that does not read holds up nobody else's input. */
struct input {
	u8 bytes[WAITING];
	u32 head, count;
};

static struct input inputs[VM_MAX];
static u32 typed_to = 1;
static u32 view;        /* as console_view() was told, but for the monitor's; 0: all */
static bool at_monitor; /* what is typed is its own */
static u64 patience;    /* ticks until the next try; grows while nobody reads */
static enum { PLAIN, ESCAPED, WHO, WHAT, WHOSE } expected; /* of the next byte */
static u32 typed_once;                                     /* while WHAT: for which VM it is */
static void (*quit)(void);

static void expire(struct deadline *d);
static struct deadline retry = DEADLINE_IDLE(expire);

const char *console_word(const char *bootargs, const char *name, const char *otherwise)
{
	static char word[32];
	u64 length = strlen(name), size = 0;

	for (const char *at = bootargs; *at; at++) {
		if ((at != bootargs && at[-1] != ' ') || strncmp(at, name, length) != 0)
			continue;
		for (at += length; *at && *at != ' ' && size < sizeof(word) - 1; at++)
			word[size++] = *at;
		word[size] = 0;
		return word;
	}
	return otherwise;
}

void console_when_quit(void (*act)(void)) { quit = act; }

/* False: some is left, for the guest reads at its own pace. */
static bool deliver_to(struct vm *vm, struct input *in)
{
	u32 before = in->count;

	if (vm->state >= VM_ENDED)
		in->count = 0; /* nobody will read it */
	while (in->count && vuart_receive(vm, in->bytes[in->head])) {
		in->head = (in->head + 1) % WAITING;
		in->count--;
	}
	if (in->count != before)
		patience = 0;
	return in->count == 0;
}

static void deliver(void)
{
	bool all = true;

	for (struct vm *vm = NULL; (vm = vm_next(vm));)
		all &= deliver_to(vm, &inputs[vm->id - 1]);
	if (!patience)
		patience = timer_frequency() / 1000;
	if (!all && !retry.queue)
		deadline_set(&retry, timer_now() + patience);
}

static void expire(struct deadline *d)
{
	(void)d;
	/* Every further look comes later, to a tenth of a second, for a guest that never reads. */
	patience = min_u64(2 * patience, timer_frequency() / 10);
	deliver();
}

static void help(void)
{
	print("Ctrl-] then: 1..9 attach to one machine, a show all, m monitor, s what the CPUs do, c crash "
	      "the "
	      "attached one, p press its power button, ? help, q quit, Ctrl-] itself\n");
	for (struct vm *vm = NULL; (vm = vm_next(vm));)
		print("  %u %s%s\n", vm->id, vm_name(vm), vm->id == typed_to ? " (typed to)" : "");
}

static void show(u32 which)
{
	if (at_monitor)
		shell_close();
	at_monitor = false;
	view = which;
	console_view(which);
}

void console_attach(u32 id)
{
	const struct vm *vm = vm_of(id);

	if (!vm) {
		print("there is no machine %u\n", id);
		return;
	}
	typed_to = id;
	print("attached to %s; Ctrl-] a shows all, Ctrl-] ? helps\n", vm_name(vm));
	show(id);
}

void console_leave_monitor(void) { show(view); }

static void go_to_monitor(void)
{
	if (at_monitor)
		return;
	at_monitor = true;
	console_view(CONSOLE_MONITOR);
	shell_open();
}

static void ask(struct vm *vm, enum life_act act)
{
	if (!vm)
		return;
	if (life_ask(vm, act) != OK)
		print("%s does not run\n", vm_name(vm));
	else if (act == LIFE_SHUTDOWN)
		print("%s: %s\n", vm_name(vm), "its power button is pressed"); /* as command.c says it */
}

static void keep(u32 vm, u8 byte)
{
	if (!vm_of(vm))
		return; /* a program named one that is not there */
	struct input *in = &inputs[vm - 1];
	if (in->count < WAITING)
		in->bytes[(in->head + in->count++) % WAITING] = byte;
}

void console_forget_input(u32 vm) { inputs[vm - 1].count = 0; }
void console_type(u8 byte) { keep(typed_to, byte); }

static void command(u8 key)
{
	if (key >= '1' && key <= '9') {
		console_attach(key - '0');
	} else if (key == 'a') {
		show(0);
		print("all machines are shown; keys go to %s\n",
		      vm_of(typed_to) ? vm_name_of(typed_to) : "nobody");
	} else if (key == 'q') {
		console_mark('q', 0);
		if (quit)
			quit();
	} else if (key == 'c') {
		ask(vm_of(typed_to), LIFE_CRASH); /* so that one can see what that does */
	} else if (key == 'p') {
		ask(vm_of(typed_to), LIFE_SHUTDOWN);
	} else if (key == 'm') {
		go_to_monitor();
	} else if (key == 's') {
		if (console_is_framed())
			watch_ask(WATCH_COUNTERS);
		else
			shell_answer("stat");
	} else if (key == 't' && console_is_framed()) {
		watch_ask(WATCH_TRACE);
	} else if (key == 'i' && console_is_framed()) {
		expected = WHO;
	} else if (key == 'b' && console_is_framed()) {
		expected = WHOSE;
	} else if (key == ESCAPE) {
		keep(typed_to, key);
	} else {
		help();
	}
}

static void receive(u8 byte)
{
	switch (expected) {
	case PLAIN:
		if (byte == ESCAPE)
			expected = ESCAPED;
		else if (at_monitor)
			shell_receive(byte);
		else
			keep(typed_to, byte);
		break;
	case ESCAPED:
		expected = PLAIN;
		command(byte);
		break;
	case WHO:
		typed_once = byte - '@';
		expected = WHAT;
		break;
	case WHAT:
		keep(typed_once, byte);
		expected = PLAIN;
		break;
	case WHOSE:
		ask(vm_of((u32)(byte - '@')), LIFE_SHUTDOWN);
		expected = PLAIN;
		break;
	}
}

void console_read_input(void)
{
	u8 byte;

	/* A full buffer leaves the rest in the UART: its interrupt comes back. */
	for (u32 i = 0; i < WAITING && uart_get(&byte); i++)
		receive(byte);
	deliver();
}
