/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single step, by ptrace (MDSCR_EL1.SS): over a known sequence each instruction is one stop, with a branch, a call of
 * the kernel, an access to memory and exclusives among them; alone, and in many processes at once.
 */
#include "check.h"
#include "crowd.h"
#include "tracee.h"
#include <sys/ptrace.h>
#include <sys/syscall.h>

enum { TIMES = 3 };

/*
 * walked: where the PC goes, as offsets in instructions from `walk`, until `walk_end`. Both are global: in a
 * position-independent program the linker may give local labels of a section one entry in its table of addresses.
 */
extern const uint32_t walk_start[], walk_end[];
asm(".text\n.balign 4\n.globl walk_start\n.globl walk_end\n.type walk, %function\n"
    "walk:\nwalk_start:\n"
    "	mov	x9, #2\n"               /* 0 */
    "1:	subs	x9, x9, #1\n"           /* 1 */
    "	b.ne	1b\n"                   /* 2 */
    "	str	x9, [sp, #-16]!\n"      /* 3 */
    "	ldr	x10, [sp], #16\n"       /* 4 */
    "	mov	x8, #178\n"             /* 5: gettid */
    "	svc	#0\n"                   /* 6 */
    "	b	2f\n"                   /* 7 */
    "	udf	#0\n"                   /* 8 */
    "2:	cmp	x0, #0\n"               /* 9 */
    "	b.le	2b\n"                   /* 10 */
    "	fmov	d0, xzr\n"              /* 11 */
    "	mrs	x11, cntvct_el0\n"      /* 12 */
    "	mrs	x12, tpidr_el0\n"       /* 13 */
    "	mrs	x13, id_aa64pfr0_el1\n" /* 14: the kernel answers */
    "	isb\n"                          /* 15 */
    "	yield\n"                        /* 16 */
    "walk_end:\n"
    "	ret\n");
void walk(void);
_Static_assert(SYS_gettid == 178, "as the walk has it");

static const unsigned walked[] = {0, 1, 2, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16};
enum { STEPS = sizeof walked / sizeof *walked };

static void walk_often(void)
{
	for (unsigned i = 0; i < TIMES; i++)
		walk();
}

/* After a call of the kernel it stops twice before the next instruction: the kernel says so, then the CPU. */
static void one_step(pid_t pid)
{
	NEED(tracee_stopped_by_debug(pid, tracee_go(pid, PTRACE_SINGLESTEP)));
	if (tracee_signal(pid).si_code == SI_USER)
		NEED(tracee_stopped_by_debug(pid, tracee_go(pid, PTRACE_SINGLESTEP)));
	NEED(tracee_signal(pid).si_code == TRAP_TRACE);
}

/* Steps until the PC is there; how many steps it took, at most `most`. */
static unsigned step_to(pid_t pid, const uint32_t *place, unsigned most)
{
	unsigned steps = 0;

	while (tracee_registers(pid).pc != (uint64_t)place && steps < most) {
		one_step(pid);
		steps++;
	}
	return steps;
}

static void step(unsigned number)
{
	pid_t pid = tracee_start(walk_often);
	unsigned right = 0;

	for (unsigned i = 0; i < TIMES; i++) {
		step_to(pid, walk_start, 2000);
		for (unsigned n = 0; n < STEPS; n++) {
			right += tracee_registers(pid).pc == (uint64_t)&walk_start[walked[n]];
			one_step(pid);
		}
		right += tracee_registers(pid).pc == (uint64_t)walk_end;
	}
	check(right == TIMES * (STEPS + 1), "member %u: %u of %d stops are where the instructions are",
	      number, right, TIMES * (STEPS + 1));
	tracee_ended(pid, tracee_go(pid, PTRACE_CONT), "stepping");
}

int main(void)
{
	step(0);
	crowd_once(step);
	return check_status();
}
