/* SPDX-License-Identifier: Apache-2.0 */
/* Breakpoints in hardware, by ptrace: each of those that the CPU has, again and again, and in many processes at once. */
#include "check.h"
#include "crowd.h"
#include "tracee.h"
#include <elf.h>
#include <sys/ptrace.h>
#include <unistd.h>

enum { PLACES = 16, ROUNDS = 20 };

/* As many places as there may be breakpoints, each one instruction. */
extern const uint32_t places[PLACES];
asm(".text\n.balign 4\n.type walk, %function\nwalk:\nplaces:\n.rept 16\n\tnop\n.endr\n\tret\n");
void walk(void);

static void walk_often(void)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		walk();
}

static bool stop_at(pid_t pid, unsigned slot, unsigned place)
{
	return tracee_debug(pid, NT_ARM_HW_BREAK, slot, (uint64_t)&places[place],
	                    DEBUG_ENABLED | DEBUG_EL0 | 0xf << DEBUG_BAS);
}

/*
 * Every `apart` places there is a breakpoint, as many as the CPU has. A breakpoint is before the instruction: it is
 * passed by a step, with all of them off.
 */
static void stops(unsigned number, unsigned apart)
{
	pid_t pid = tracee_start(walk_often);
	unsigned count = tracee_debug_count(pid, NT_ARM_HW_BREAK), stopped = 0;
	int status;

	NEED(count > 0);
	count = count < PLACES / apart ? count : PLACES / apart;
	for (;;) {
		for (unsigned i = 0; i < count; i++)
			NEED(stop_at(pid, i, (i * apart + number) % PLACES));
		status = tracee_go(pid, PTRACE_CONT);
		if (!tracee_stopped_by_debug(pid, status))
			break;
		uint64_t pc = tracee_registers(pid).pc, at = (pc - (uint64_t)places) / 4;

		if (tracee_signal(pid).si_code != TRAP_HWBKPT || at >= PLACES ||
		    (at + PLACES - number) % PLACES % apart)
			break;
		stopped++;
		tracee_debug_off(pid, NT_ARM_HW_BREAK);
		NEED(tracee_stopped_by_debug(pid, tracee_go(pid, PTRACE_SINGLESTEP)));
		NEED(tracee_registers(pid).pc == pc + 4 || at == PLACES - 1);
	}
	check(stopped == ROUNDS * count, "%u breakpoints, passed %d times: stopped %u times", count, ROUNDS,
	      stopped);
	tracee_ended(pid, status, "breakpoints");
}

static void member(unsigned number) { stops(number % PLACES, 4); }

int main(void)
{
	stops(0, 1);
	stops(0, 2);
	stops(5, 4);
	crowd_once(member);
	return check_status();
}
