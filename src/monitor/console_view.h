/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the console: between its output (console.c), its input (console_view.c) and panic.c. */
#pragma once
#include "lib/types.h"

/* What follows `name` in the boot words, up to a space; `otherwise` if it is not there. Valid until the next call. */
const char *console_word(const char *bootargs, const char *name, const char *otherwise);
/* CPU 0 only: what the UART has received goes to the escape machine, and from there to the attached VM. */
void console_read_input(void);
/* Shows one VM raw, or (0) all with prefixes, or (CONSOLE_MONITOR) only EL2's own. */
#define CONSOLE_MONITOR (~0U)
void console_view(u32 vm);
/* CPU 0 only: shows that VM, and what is typed goes to it. */
void console_attach(u32 vm);
/* CPU 0 only: back to what was shown before the monitor's console. */
void console_leave_monitor(void);
/* A frame that is nobody's output; nothing in plain mode. `detail` 0: none. */
void console_mark(u8 kind, u8 detail);
/* Output of last words: no lock, no ring, no hold. */
void console_begin_panic(void);
void console_put_panic(char c);
/* Called for Ctrl-] q. */
void console_when_quit(void (*act)(void));
