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
#include "monitor/system.h"
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
	char name[LINE];
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

static void give(const struct command *c, const char *name)
{
	answer.command = c;
	memcpy(answer.name, name, strlen(name) + 1);
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
	char *name, *of;
	bool fits = cut(&name, &of);
	const struct command *c = find_command(name);

	if (!*name) {
		prompt();
		return;
	}
	if (!c)
		print("%s: no such command\n", name);
	else if (!fits || !*of != !c->wants)
		print("%s takes %s\n", name, c->wants ? "the name of one VM" : "nothing more");
	else if (c->wants == WANTS_VM && !vm_named(of))
		print("there is no VM %s\n", of);
	else
		give(c, of);
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

/* What of a kind could stand here: its name number `index`, which may be NULL; false behind the last. */
static bool name_at(const struct command *before, u32 index, const char **name)
{
	if (!before)
		*name = command_at(index) ? command_at(index)->name : NULL;
	else if (before->wants == WANTS_VM)
		*name = vm_of(index + 1) ? vm_name_of(index + 1) : NULL;
	else
		return before->wants == WANTS_DESCRIBED && system_name(index, name);
	return before ? index < VM_MAX : *name != NULL;
}

/* The command before the word that ends the line, NULL: that is the command. False: there is no such command. */
static bool command_before(const char *word, const struct command **found)
{
	char first[LINE] = "";
	u64 size = 0;

	for (const char *at = line; at < word && (size == 0 || *at != ' '); at++)
		if (*at != ' ')
			first[size++] = *at;
	*found = size ? find_command(first) : NULL;
	return *found || !size;
}

/* What all names that begin with what stands here have in common, and a space if there is only one. */
static void complete(void)
{
	char *space = strrchr(line, ' '), *word = space ? space + 1 : line;
	const struct command *before;
	const char *common = NULL, *name;
	u64 typed = strlen(word), same = 0;
	bool only = true, known = command_before(word, &before);

	for (u32 i = 0; known && name_at(before, i, &name); i++) {
		if (!name || strncmp(name, word, typed) != 0)
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
	if (byte >= '0' && byte <= ';')
		return; /* a number of the key's */
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
	expected = TEXT;
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

/* What was typed ahead, up to the next answer; if the last one left, it was meant for whoever is typed to now. */
static void go_on(void)
{
	u32 done = 0;

	for (; done < waiting && !answer.command; done++)
		if (open)
			act_on(ahead[done]);
		else
			console_type(ahead[done]);
	waiting -= done;
	memmove(ahead, ahead + done, waiting);
}

static void step(struct deadline *d)
{
	u64 begun = timer_now(), second = timer_frequency();
	bool room = console_takes_line();

	if (room && !answer.command->answer(answer.name, answer.line++)) {
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
	if (answer.command)
		return;
	if (open)
		print("\n");
	give(find_command(command), "");
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
