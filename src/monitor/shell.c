/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line, its history, and the answer that is being given: a line of it at a time, when the console has room, so that neither a
 * slow serial line nor a long answer holds up this CPU's guest. What is typed meanwhile waits, a line or so of it.
 */
#include "monitor/shell.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/timer.h"
#include "monitor/command.h"
#include "monitor/console.h"
#include "monitor/console_view.h"
#include "monitor/deadline.h"
#include "monitor/vm.h"

enum { LINE = 64, HISTORY = 8, SHARE = 4 };
enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, TAB = 9, CTRL_U = 21, ESC = 27, DELETE = 127 };

static char line[LINE];
static u32 length;
static char history[HISTORY][LINE]; /* a ring */
static u32 remembered, back;        /* lines ever; how many of them back `line` comes from, 0: none */
static enum { TEXT, ESCAPED, BRACKET } expected;
static u8 ahead[LINE]; /* typed while an answer is given */
static u32 waiting;

static bool open;
static struct {
	const struct command *command; /* NULL: none is being given */
	struct vm *vm;
	u32 line;
} answer;

static void step(struct deadline *d);
static struct deadline pace = DEADLINE_IDLE(step);

static void prompt(void)
{
	length = 0;
	line[0] = 0;
	back = 0;
	if (open)
		print("> ");
}

static void give(const struct command *c, struct vm *vm)
{
	answer.command = c;
	answer.vm = vm;
	answer.line = 0;
	deadline_set(&pace, timer_now());
}

/* --- words --- */

static const struct command *find_command(const char *name)
{
	const struct command *c = NULL;

	for (u32 i = 0; (c = command_at(i)) && strcmp(c->name, name) != 0; i++)
		;
	return c;
}

static struct vm *find_vm(const char *name)
{
	struct vm *vm = NULL;

	for (u32 i = 0; (vm = vm_at(i)) && strcmp(vm_name(vm), name) != 0; i++)
		;
	return vm;
}

/* Cuts `line` into two words, the second of which may be empty. False: there are more. */
static bool cut(char **first, char **second)
{
	char *words[3], *at = line;

	for (u32 i = 0; i < ARRAY_COUNT(words); i++) {
		while (*at == ' ')
			at++;
		words[i] = at;
		while (*at && *at != ' ')
			at++;
		if (*at)
			*at++ = 0;
	}
	*first = words[0];
	*second = words[1];
	return !*words[2];
}

static void run(void)
{
	char *name, *vm_word;
	bool fits = cut(&name, &vm_word);
	const struct command *c = find_command(name);
	struct vm *vm = find_vm(vm_word);

	if (!*name) {
		prompt();
		return;
	}
	if (!c)
		print("%s: no such command\n", name);
	else if (!fits || !*vm_word == c->wants_vm)
		print("%s takes %s\n", name, c->wants_vm ? "the name of one VM" : "nothing more");
	else if (c->wants_vm && !vm)
		print("there is no VM %s\n", vm_word);
	else
		give(c, vm);
	if (!answer.command)
		prompt();
}

/* --- the line --- */

static void put(char c)
{
	if (length == LINE - 1)
		return;
	line[length++] = c;
	line[length] = 0;
	print("%c", c);
}

static void rub_out(void)
{
	if (!length)
		return;
	line[--length] = 0;
	print("\b \b");
}

static void replace(const char *with)
{
	while (length)
		rub_out();
	while (*with)
		put(*with++);
}

static void remember(void)
{
	if (length)
		memcpy(history[remembered++ % HISTORY], line, LINE);
}

static void recall(u32 how_far)
{
	if (how_far > min_u64(remembered, HISTORY))
		return;
	back = how_far;
	replace(back ? history[(remembered - back) % HISTORY] : "");
}

/* The name that is number `index` of those that could stand here, or NULL. */
static const char *name_at(bool first_word, u32 index)
{
	const struct command *c = first_word ? command_at(index) : NULL;
	struct vm *vm = first_word ? NULL : vm_at(index);

	if (vm)
		return vm_name(vm);
	return c ? c->name : NULL;
}

/* What all names that begin with what stands here have in common, and a space if there is only one. */
static void complete(void)
{
	char *space = strrchr(line, ' '), *word = space ? space + 1 : line;
	const char *common = NULL, *name;
	u64 typed = strlen(word), same = 0;
	bool only = true;

	for (u32 i = 0; (name = name_at(!space, i)); i++) {
		if (strncmp(name, word, typed) != 0)
			continue;
		only &= !common;
		common = common ? common : name;
		same = only ? strlen(name) : same;
		while (strncmp(name, common, same) != 0)
			same--;
	}
	for (u64 i = typed; common && i < same; i++)
		put(common[i]);
	if (common && only)
		put(' ');
}

static void enter(void)
{
	print("\n");
	remember();
	run();
}

/* The rest of an arrow key. */
static void receive_escaped(u8 byte)
{
	if (expected == ESCAPED) {
		expected = byte == '[' ? BRACKET : TEXT;
		return;
	}
	expected = TEXT;
	if (byte == 'A')
		recall(back + 1);
	else if (byte == 'B' && back)
		recall(back - 1);
}

/* The answer ends where it is. */
static void interrupt(void)
{
	deadline_cancel(&pace);
	answer.command = NULL;
	waiting = 0;
	print("^C\n");
	prompt();
}

static void act_on(u8 byte)
{
	if (expected != TEXT)
		receive_escaped(byte);
	else if (byte == '\r' || byte == '\n')
		enter();
	else if (byte == CTRL_D && !length)
		console_leave_monitor();
	else if (byte == BACKSPACE || byte == DELETE)
		rub_out();
	else if (byte == CTRL_U)
		replace("");
	else if (byte == TAB)
		complete();
	else if (byte == ESC)
		expected = ESCAPED;
	else if (byte >= ' ' && byte <= '~')
		put((char)byte);
}

/* What was typed ahead, up to the next answer. */
static void go_on(void)
{
	u32 done = 0;

	while (done < waiting && !answer.command)
		act_on(ahead[done++]);
	waiting -= done;
	memmove(ahead, ahead + done, waiting);
}

static void step(struct deadline *d)
{
	u64 begun = timer_now(), second = timer_frequency();
	bool room = console_takes_line();

	if (room && !answer.command->answer(answer.vm, answer.line++)) {
		answer.command = NULL;
		prompt();
		go_on();
		return;
	}
	u64 now = timer_now();
	/* In any case later than now: what is due already would be done at once. */
	deadline_set(d, now + (room ? max_u64((SHARE - 1) * (now - begun), second / 20000) : second / 100));
}

void shell_receive(u8 byte)
{
	if (byte == CTRL_C)
		interrupt();
	else if (!answer.command)
		act_on(byte);
	else if (waiting < LINE)
		ahead[waiting++] = byte;
}

void shell_answer(const char *command)
{
	if (!answer.command)
		give(find_command(command), NULL);
}

void shell_open(void)
{
	open = true;
	expected = TEXT;
	waiting = 0;
	print("monitor: help lists its commands, Tab completes, Ctrl-D leaves\n");
	if (!answer.command)
		prompt();
}

void shell_close(void)
{
	open = false;
	print("\n");
}
