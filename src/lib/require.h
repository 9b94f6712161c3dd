/* SPDX-License-Identifier: Apache-2.0 */
/* require(): our own invariants. Never reachable by a guest's act; those are verdicts. */
#pragma once

/* Prints what should be so and is not, and the registers, stops all CPUs, and does what the boot word panic= says. */
_Noreturn void panic(const char *required, const char *where);

#define PANIC_LINE2(line)  #line
#define PANIC_LINE(line)   PANIC_LINE2(line)
#define require(condition) ((condition) ? (void)0 : panic(#condition, __FILE__ ":" PANIC_LINE(__LINE__)))
