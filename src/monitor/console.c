/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output: a ring per source (EL2, each VM, the report), pumped into the UART as far as it takes more.
 * Plain mode shows whole lines behind their VM's name; frames mode marks every change of source
 * for a program that reads them (doc/console.md). A ring holds bytes and, above 0xff, the VM's
 * events, so that an event cannot overtake the output before it.
 * Lock: console_lock, the last rank; never held while a guest's device is called.
 */
#include "monitor/console.h"

#include "lib/bounds.h"
#include "lib/require.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "machine/spinlock.h"
#include "machine/timer.h"
#include "machine/uart.h"
#include "monitor/console_view.h"
#include "monitor/deadline.h"
#include "monitor/vm.h"

enum { RING = BOUND_RING, PUMP_BYTES = 96, LONG_LINE = 160, MARK = 0x10 };
enum { EL2 = 0, REPORT = VM_MAX + 1, SOURCES }; /* between them the VMs, by their ids */
/* The longest that goes before and with one entry is a prefix; the rest is for marks that somebody asks for meanwhile. */
enum { UNSENT = BOUND_UNSENT };
_Static_assert(UNSENT >= 32 + DESCRIBE_NAME_MAX, "the end of a line, colours, a name, the entry");
enum { TURN = 256, RESERVE = 64 }; /* entries: of one source before others may go on; of a ring, for events */
enum { EVENT = 0x100, EVENT_AGAIN = 0x200, EVENT_NAME = 0x400 }; /* ring entries that are not bytes */

struct source {
	u32 head, count;
	u32 newlines; /* in the ring */
	bool stale;   /* its unfinished line has waited long enough */
	bool blocked; /* the guest saw a full ring and waits to be told of room */
};

static struct spinlock console_lock = SPINLOCK(RANK_CONSOLE);
static struct source sources[SOURCES];
static u16 rings[SOURCES][RING] not_cleared;
static u32 current;   /* whose output was last */
static bool mid_line; /* its line is not finished */
static u32 streak;    /* its entries since it got the line */
static bool frames;
static u32 view; /* the VM attached raw; 0: all; CONSOLE_MONITOR: none */

u64 console_history(void) { return sizeof(rings); }

static void expire(struct deadline *d);
static struct deadline silence = DEADLINE_IDLE(expire);
static u32 silence_armed; /* atomic: any CPU's guest may begin a line */

/* --- what goes to the UART --- */

/* What was said of an entry and has had no room yet: nobody waits for the UART with the lock in hand. */
static u8 unsent[UNSENT];
static u32 unsent_first, unsent_end;

/* True: nothing is left. */
static __attribute__((noinline)) bool send_some(void)
{
	while (unsent_first < unsent_end && uart_room())
		uart_put(unsent[unsent_first++]);
	if (unsent_first < unsent_end)
		return false;
	unsent_first = unsent_end = 0;
	return true;
}

static bool send(void) { return likely(!unsent_end) || send_some(); }

/* Waits for the UART: at the end of the machine, or for whoever sits at the console. */
static void flush_unsent(void)
{
	while (unsent_first < unsent_end)
		uart_put(unsent[unsent_first++]);
	unsent_first = unsent_end = 0;
}

static void put(u8 byte)
{
	if (likely(!unsent_end) && uart_room())
		uart_put(byte);
	else if (unsent_end < UNSENT)
		unsent[unsent_end++] = byte;
}

static void put_text(const char *text)
{
	while (*text)
		put((u8)*text++);
}

static u8 letter(u32 source) { return source == REPORT ? '!' : (u8)('@' + source); }

static const char *name_of(u32 source)
{
	return source == EL2 || source == REPORT ? "corbel" : vm_name_of(source);
}

static void put_mark(u8 kind)
{
	put(MARK);
	put(kind);
}

static void put_name_frame(u32 source)
{
	put_mark('n');
	put(letter(source));
	put_text(name_of(source));
	put('\n');
}

static void put_prefix(u32 source)
{
	static const char colours[] = "6253146";

	put_text("\033[3");
	put(source == EL2 || source == REPORT ? '7' : (u8)colours[source % (sizeof(colours) - 1)]);
	put_text("m");
	put_text(name_of(source));
	put_text(" |\033[0m ");
}

/* The output changes to `source`: a frame, or the end of the other's line and a prefix. */
static void turn_to(u32 source)
{
	if (frames) {
		put_mark('o');
		put(letter(source));
	} else if (mid_line) {
		put_text("\r\n");
	}
	current = source;
	mid_line = false;
	streak = 0;
}

static void put_entry(u32 source, u16 entry)
{
	if (entry & EVENT_NAME) {
		if (frames)
			put_name_frame(source);
	} else if (entry & EVENT) {
		if (frames) {
			put_mark('e');
			put(letter(source));
			put((u8)entry);
			put(entry & EVENT_AGAIN ? '+' : '.');
		}
	} else {
		if (!frames && !mid_line && view == 0 && entry != '\r')
			put_prefix(source);
		if (frames && entry == MARK)
			put(MARK);
		put((u8)entry);
		mid_line = entry != '\n' && (mid_line || entry != '\r');
	}
}

/* --- whose turn it is --- */

static bool shown(u32 source)
{
	return frames || view == 0 || view == source || source == EL2 || source == REPORT;
}

/* Whether a source that does not have the line may take it. */
static bool is_ready(const struct source *s)
{
	return s->count && (frames || view || s->newlines || s->count >= LONG_LINE || s->stale);
}

/* A guest that floods the line gives way after a while, between lines if it ends them. */
static bool has_turn(void) { return current == EL2 || streak < (mid_line ? 2 * TURN : TURN); }

static s32 pick(void)
{
	struct source *now = &sources[current];
	bool stays = has_turn();

	if (stays && now->count && shown(current) && (mid_line || is_ready(now)))
		return (s32)current;
	if (stays && mid_line && !frames && !view && !now->stale && current != EL2)
		return -1; /* let it finish its line; `silence` ends the wait */
	for (u32 i = 1; i <= SOURCES; i++) {
		u32 source = (current + i) % SOURCES;

		if (shown(source) && is_ready(&sources[source]))
			return (s32)source;
	}
	return now->count && mid_line && shown(current) ? (s32)current : -1; /* nobody else wants the line */
}

static u16 take(struct source *s)
{
	u16 entry = rings[s - sources][s->head];

	s->head = (s->head + 1) % RING;
	s->count--;
	s->newlines -= entry == '\n';
	if (!s->count)
		s->stale = false;
	return entry;
}

/* A guest that saw its ring full, and may write again: somebody must tell it, holding no device's lock. */
static bool may_tell(u32 source)
{
	return sources[source].blocked && (sources[source].count < RING / 2 || !shown(source));
}

static void tell(void)
{
	bool told[SOURCES] = {0};

	spinlock_take(&console_lock);
	for (u32 i = 1; i < SOURCES; i++) {
		told[i] = may_tell(i);
		sources[i].blocked &= !told[i];
	}
	spinlock_give(&console_lock);
	for (struct vm *vm = NULL; (vm = vm_next(vm));)
		if (told[vm->id] && vm->state < VM_ENDED)
			vuart_drained(vm);
}

/* At most `most` entries; then the UART's own interrupt asks for the rest. Lock held. */
static void pump(u32 most)
{
	s32 source;

	if (!uart_ready())
		return;
	for (; most && send() && uart_room() && (source = pick()) >= 0; most--) {
		if ((u32)source != current)
			turn_to((u32)source);
		else if (!has_turn())
			streak = 0; /* nobody else wants the line: its next turn */
		put_entry((u32)source, take(&sources[source]));
		streak++;
	}
	/* Not for a guest that merely waits: what holds its output back is not the UART, and it would never stop asking. */
	bool ask = !send() || pick() >= 0;
	for (u32 i = 1; i < SOURCES; i++)
		ask |= may_tell(i);
	uart_want_room(ask);
}

/* A guest that is not shown never waits: its oldest bytes go. Lock held. */
static bool append(u32 source, u16 entry)
{
	struct source *s = &sources[source];
	u32 limit = entry >= EVENT ? RING : RING - RESERVE;

	while (s->count >= limit && !shown(source))
		take(s);
	if (s->count >= limit)
		return false;
	rings[source][(s->head + s->count++) % RING] = entry;
	s->newlines += entry == '\n';
	return true;
}

/* An unfinished line is shown after a short silence: a prompt is one. Whoever arms the deadline owns it till it is due. */
static void watch_silence(void)
{
	u32 nobody = 0;

	if (__atomic_compare_exchange_n(&silence_armed, &nobody, 1, false, __ATOMIC_ACQ_REL,
	                                __ATOMIC_RELAXED))
		deadline_set(&silence, timer_now() + timer_frequency() / 50);
}

static void expire(struct deadline *d)
{
	(void)d;
	__atomic_store_n(&silence_armed, 0, __ATOMIC_RELEASE);
	spinlock_take(&console_lock);
	sources[current].stale = true;
	for (u32 i = 0; i < SOURCES; i++)
		sources[i].stale |= sources[i].count != 0;
	pump(PUMP_BYTES);
	spinlock_give(&console_lock);
	tell();
}

/* --- the guests' end --- */

/* Under the lock, if there is little: then the guest's transmit interrupt is off until it is told. */
static __attribute__((noinline)) u32 little_room(u32 source)
{
	struct source *s = &sources[source];

	spinlock_take(&console_lock);
	u32 room = s->count < RING - RESERVE ? RING - RESERVE - s->count : 0;

	room = shown(source) ? room : RING;
	s->blocked |= room < VUART_FIFO;
	spinlock_give(&console_lock);
	return room;
}

/* `count` is read without the lock: only its VM fills the ring, so there is at least that much room. */
u32 console_room(const struct vm *vm)
{
	u32 room = RING - RESERVE - __atomic_load_n(&sources[vm->id].count, __ATOMIC_RELAXED);

	return likely(room <= RING - RESERVE && room >= VUART_FIFO) ? room : little_room(vm->id);
}

/* Within a line of the plain console; the ring sees to its end, which others may wait for, and to the end of a silence. */
static bool goes_on(u32 source, u8 byte)
{
	return mid_line && view == 0 && byte != '\n' && !sources[source].stale;
}

/* Straight into the UART: what nearly every byte does on a line that keeps up. Lock held. */
static bool put_straight(u32 source, u8 byte)
{
	if (source != current || sources[source].count || unsent_end || !has_turn() || byte == MARK ||
	    !uart_ready() || !uart_room() || !(frames || view == source || goes_on(source, byte)))
		return false;
	uart_put(byte);
	mid_line = byte != '\n' && (mid_line || byte != '\r');
	streak++;
	return true;
}

static __attribute__((noinline)) void put_ring(u32 source, u8 byte)
{
	append(source, byte);
	pump(PUMP_BYTES);
}

u32 console_put(struct vm *vm, u8 byte)
{
	spinlock_take(&console_lock);
	if (unlikely(!put_straight(vm->id, byte)))
		put_ring(vm->id, byte);
	bool unfinished = sources[vm->id].count || mid_line;
	spinlock_give(&console_lock);
	if (!frames && unfinished)
		watch_silence();
	return console_room(vm);
}

/* --- the monitor's end --- */

static void put_own(struct sink *to, char c)
{
	(void)to;
	if (c == '\n')
		append(EL2, '\r');
	append(EL2, (u8)c);
	if (uart_ready() && sources[EL2].count > RING / 2)
		pump(RING);
}

void print(const char *text, ...)
{
	struct sink own = {put_own};
	va_list arguments;

	va_start(arguments, text);
	spinlock_take(&console_lock);
	format(&own, text, arguments);
	pump(PUMP_BYTES);
	spinlock_give(&console_lock);
	va_end(arguments);
}

bool console_takes_line(void) { return __atomic_load_n(&sources[EL2].count, __ATOMIC_RELAXED) < RING / 2; }

bool console_report(const char *line)
{
	u64 size = strlen(line);

	spinlock_take(&console_lock);
	struct source *s = &sources[REPORT];
	bool fits = size + 2 <= RING - RESERVE - s->count;

	for (u64 i = 0; fits && i < size; i++)
		append(REPORT, (u8)line[i]);
	if (fits && !frames)
		append(REPORT, '\r');
	if (fits)
		append(REPORT, '\n');
	pump(PUMP_BYTES);
	spinlock_give(&console_lock);
	tell();
	return fits;
}

bool console_is_framed(void) { return frames; }

void console_init(const char *bootargs)
{
	frames = strcmp(console_word(bootargs, "console=", "plain"), "frames") == 0;
	spinlock_take(&console_lock);
	append(EL2, EVENT_NAME);
	if (frames)
		turn_to(EL2);
	pump(RING);
	spinlock_give(&console_lock);
}

static void append_event(const struct vm *vm, u16 entry)
{
	spinlock_take(&console_lock);
	append(vm->id, entry);
	sources[vm->id].stale = true;
	pump(PUMP_BYTES);
	spinlock_give(&console_lock);
}

void console_name(const struct vm *vm) { append_event(vm, EVENT_NAME); }

void console_event(const struct vm *vm, enum console_event event, bool starts_again)
{
	append_event(vm, (u16)(EVENT | event | (starts_again ? EVENT_AGAIN : 0)));
}

void console_mark(u8 kind, u8 detail)
{
	spinlock_take(&console_lock);
	if (frames) {
		flush_unsent(); /* somebody at the console asked: that one may wait for it */
		put_mark(kind);
		if (detail)
			put(detail);
		pump(0);
	}
	spinlock_give(&console_lock);
}

void console_view(u32 vm)
{
	spinlock_take(&console_lock);
	if (!frames && mid_line)
		put_text("\r\n");
	mid_line = false;
	view = vm;
	pump(PUMP_BYTES);
	spinlock_give(&console_lock);
	console_mark('v', vm == CONSOLE_MONITOR ? letter(EL2) : vm ? letter(vm) : '*');
}

void console_pump(void)
{
	spinlock_take(&console_lock);
	pump(PUMP_BYTES);
	spinlock_give(&console_lock);
	tell();
}

void console_interrupt(void)
{
	console_read_input();
	console_pump();
}

void console_flush(void)
{
	if (!uart_ready())
		return;
	spinlock_take(&console_lock);
	for (bool more = true; more; uart_drain()) {
		flush_unsent();
		pump(RING);
		for (u32 i = 0; i < SOURCES; i++)
			sources[i].stale = true; /* also whoever has the line: it is not waited for */
		more = unsent_end || pick() >= 0;
	}
	spinlock_give(&console_lock);
}

/* The lock may be held by whoever failed, or by a CPU that has been stopped: it is not taken. */
void console_begin_panic(void)
{
	if (!uart_ready())
		return;
	flush_unsent();
	if (frames) {
		put_mark('p');
		put_mark('o');
		put(letter(EL2));
	}
	put_text("\r\n");
	flush_unsent();
}

void console_put_panic(char c)
{
	if (!uart_ready())
		return;
	if (c == '\n')
		uart_put('\r');
	uart_put((u8)c);
}
