/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's console: a command line for whoever sits at the machine's serial line (Ctrl-] m, doc/console.md). CPU 0 only, as
 * all input.
 */
#pragma once
#include "lib/types.h"

/* Somebody comes; the view is the caller's affair, here and below. */
void shell_open(void);
void shell_close(void);
/* What was typed to it; Ctrl-D leads to console_leave_monitor(). */
void shell_receive(u8 byte);
/* The answer of a command that wants no VM, whether somebody is there or not. */
void shell_answer(const char *command);
