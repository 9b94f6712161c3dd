/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the console: between its output (console.c), its input (console_view.c) and panic.c. */
#pragma once
#include "lib/types.h"

/* What follows `name` in the boot words, up to a space; `otherwise` if it is not there. Valid until the next call. */
const char *console_word(const char *bootargs, const char *name, const char *otherwise);
/* Shows one VM raw, or (0) all with prefixes, or (CONSOLE_MONITOR) only EL2's own. */
#define CONSOLE_MONITOR (~0U)
void console_view(u32 vm);
/* A frame that is nobody's output; nothing in plain mode. `detail` 0: none. */
void console_mark(u8 kind, u8 detail);
/* Output of last words: no lock, no ring, no hold. */
void console_begin_panic(void);
void console_put_panic(char c);
/* Called for Ctrl-] q. */
void console_when_quit(void (*act)(void));

/* --- on the console's CPU, which takes the UART's interrupt: the first that is nobody's own, else CPU 0 --- */

/* What the UART has received goes to the escape machine, and from there to the attached VM. */
void console_read_input(void);
/* Shows that VM, and what is typed goes to it. */
void console_attach(u32 vm);
/* Back to what was shown before the monitor's console. */
void console_leave_monitor(void);
/* As if it was typed, to the VM that is typed to. */
void console_type(u8 byte);
/* What was typed to this VM and not read: it is another one, or another life of it, that will read. */
void console_forget_input(u32 vm);
