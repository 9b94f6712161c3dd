/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's one serial line, shared by EL2 and all VMs: a ring of output per source,
 * the escape key of the input, and two ways of telling sources apart (doc/console.md).
 */
#pragma once
#include "lib/types.h"

struct vm;

/* --- for virtual/vuart.c: the VM's end of the line --- */
u32 console_room(const struct vm *vm);   /* bytes console_put() will still take */
u32 console_put(struct vm *vm, u8 byte); /* dropped if there is no room; the room that is left */

/* --- for the monitor --- */
enum console_event {
	CONSOLE_STARTED = 's',
	CONSOLE_RESET = 'r',
	CONSOLE_OFF = 'o',
	CONSOLE_CRASHED = 'c',
	CONSOLE_BITTEN = 'w'
};
__attribute__((format(printf, 1, 2))) void print(const char *text, ...);
void console_init(const char *bootargs);
u64 console_history(void); /* bytes of memory that hold output on its way */
void console_name(const struct vm *vm);
void console_event(const struct vm *vm, enum console_event event, bool starts_again);
/* A line of the report that watch.c makes, whole; false: there is no room for it yet. */
bool console_report(const char *line);
bool console_takes_line(void); /* print() of a line would not be cut short */
bool console_is_framed(void);  /* a program reads, not a human */
void console_interrupt(void);  /* the UART has input, or room for output */
void console_pump(void);       /* moves what it can; bounded */
void console_flush(void);      /* waits until all is out: before power-off */
