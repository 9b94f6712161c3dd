/* SPDX-License-Identifier: Apache-2.0 */
/* A child that is traced: it does some work, and each of its stops is looked at. */
#ifndef TRACEE_H
#define TRACEE_H
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <asm/ptrace.h>
#include <sys/types.h>

/* DBGBCR<n>_EL1 and DBGWCR<n>_EL1 as Linux wants them: E, PAC = EL0, LSC, BAS. */
enum { DEBUG_ENABLED = 1, DEBUG_EL0 = 2 << 1, DEBUG_LSC = 3, DEBUG_BAS = 5 };
enum { DEBUG_LOAD = 1 << DEBUG_LSC, DEBUG_STORE = 2 << DEBUG_LSC };

/* The child stops before it does work(). */
pid_t tracee_start(void (*work)(void));

/* Lets it go on (PTRACE_CONT, PTRACE_SINGLESTEP) until it stops or ends; the status of waitpid(). */
int tracee_go(pid_t pid, int request);

siginfo_t tracee_signal(pid_t pid);
struct user_pt_regs tracee_registers(pid_t pid);
void tracee_jump(pid_t pid, uint64_t pc);

/* NT_ARM_HW_WATCH or NT_ARM_HW_BREAK: how many there are; sets one of them; all are off. */
unsigned tracee_debug_count(pid_t pid, int set);
bool tracee_debug(pid_t pid, int set, unsigned slot, uint64_t address, uint32_t control);
void tracee_debug_off(pid_t pid, int set);

/* Whether it is stopped by a breakpoint, a watchpoint or a step in hardware. */
bool tracee_stopped_by_debug(pid_t pid, int status);

/* Checks that it came to its end by itself. */
void tracee_ended(pid_t pid, int status, const char *what);

#endif
