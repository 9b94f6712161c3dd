/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The performance monitors, by perf_event_open(): counts grow with the work, know user and kernel apart, belong to a
 * process wherever it runs and whoever runs meanwhile, and overflow into a signal.
 *
 * Argument "exact": one cycle is one instruction (QEMU's deterministic clock), so that cycles must be exact, too, and
 * instructions must be there; without it QEMU has no event for instructions, and its cycles are its host's time. That
 * clock is one for all CPUs: while one counts, what another executes counts, too. So one CPU works at a time then, and
 * the least of many counts is looked at, over a longer time than anybody else works: LONG rounds take 100 ms.
 */
#include "check.h"
#include "crowd.h"
#include "event.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <time.h>
#include <unistd.h>

enum { CYCLES = PERF_COUNT_HW_CPU_CYCLES, INSTRUCTIONS = PERF_COUNT_HW_INSTRUCTIONS };
enum { ROUNDS = 500000, PERIOD = 1000000, PERIODS = 30, GROUP = 4, CALLS = 2000, TRIES = 20 };
/*
 * An exception that interrupts the loop may count for itself, and there may be a tick each millisecond;
 * ONCE: the call of the kernel that stops the counter.
 */
enum { LONG = 50000000, PER_INTERRUPT = 2, INTERRUPTS_MOST = 100, ONCE = 200 };

static bool exact;

/* --- as much as there is work --- */

static uint64_t cost(int fd, uint64_t rounds)
{
	event_start(fd);
	event_run(rounds);
	return event_stop(fd);
}

static bool near(uint64_t found, uint64_t expected, uint64_t off)
{
	return found + off >= expected && found <= expected + off;
}

static uint64_t least_cost(int fd, uint64_t rounds)
{
	uint64_t least = ~0UL;

	for (uint64_t done = 0; done < LONG; done += rounds) {
		uint64_t now = cost(fd, rounds);

		least = now < least ? now : least;
	}
	return least;
}

static void scales(const char *name, uint64_t what)
{
	int fd = event_open((struct event_kind){.what = what, .not_kernel = true}, -1);
	uint64_t more;

	NEED(fd >= 0);
	more = least_cost(fd, 2 * ROUNDS) - least_cost(fd, ROUNDS);
	check(near(more, 2UL * ROUNDS, PER_INTERRUPT * INTERRUPTS_MOST),
	      "%d more rounds of 2 instructions cost %lu %s more in user mode", ROUNDS, (unsigned long)more,
	      name);
	close(fd);
}

/* The host may take a CPU away at any instruction: by its time, what holds need only hold once in so many tries. */
static unsigned tries(void) { return exact ? 1 : TRIES; }

struct range {
	uint64_t least, most;
};

static struct range count_together(void)
{
	struct event_kind kind = {.what = exact ? INSTRUCTIONS : CYCLES, .not_kernel = true};
	struct range range = {.least = ~0UL};
	int fd[GROUP];

	for (unsigned i = 0; i < GROUP; i++)
		NEED((fd[i] = event_open(kind, i ? fd[0] : -1)) >= 0);
	event_start(fd[0]);
	event_run(20 * ROUNDS);
	for (unsigned i = 0; i < GROUP; i++) {
		uint64_t count = event_stop(fd[i]);

		range.least = count < range.least ? count : range.least;
		range.most = count > range.most ? count : range.most;
		close(fd[i]);
	}
	return range;
}

/* Counters are read one after the other at each switch: 1 % of cycles of the host. */
static bool is_narrow(struct range range)
{
	return range.least &&
	       range.most - range.least <= (exact ? PER_INTERRUPT * INTERRUPTS_MOST : range.most / 100);
}

/* Every counter that the kernel can have at once says the same of the same work. */
static void group(void)
{
	struct range range = {0};

	for (unsigned left = tries(); left && !is_narrow(range); left--)
		range = count_together();
	check(is_narrow(range), "%d counters at once count %lu to %lu of the same work", GROUP,
	      (unsigned long)range.least, (unsigned long)range.most);
}

/* --- who is counted --- */

static void loop(void) { event_run(10 * ROUNDS); }

static void call_kernel(void)
{
	for (unsigned i = 0; i < CALLS; i++)
		getppid();
}

/* What it costs in user mode, or in the kernel. */
static uint64_t cost_at(bool kernel, void (*work)(void))
{
	uint64_t what = exact ? INSTRUCTIONS : CYCLES, count;
	int fd = event_open((struct event_kind){.what = what, .not_user = kernel, .not_kernel = !kernel}, -1);

	NEED(fd >= 0);
	event_start(fd);
	work();
	count = event_stop(fd);
	close(fd);
	return count;
}

static void level(bool kernel, void (*work)(void), uint64_t times, const char *what)
{
	uint64_t there = 0, elsewhere = 0;

	/* By the host's time whoever else it works for is counted, too. */
	times = exact ? times : 1;
	for (unsigned left = tries(); left && there <= times * elsewhere; left--) {
		there = cost_at(kernel, work);
		elsewhere = cost_at(!kernel, work);
	}
	check(there > times * elsewhere, "%s: %lu in %s, %lu elsewhere", what, (unsigned long)there,
	      kernel ? "the kernel" : "user mode", (unsigned long)elsewhere);
}

static void nap(void) { usleep(100000); }

static void sleeps(void)
{
	uint64_t busy = 0, asleep = 0;

	for (unsigned left = tries(); left && asleep >= busy / 10; left--) {
		busy = cost_at(false, loop);
		asleep = cost_at(false, nap);
	}
	check(asleep < busy / 10, "asleep for 100 ms it costs %lu in user mode, at work %lu",
	      (unsigned long)asleep, (unsigned long)busy);
}

static uint64_t cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/*
 * Each process has counters of its own: together with others on its CPU it counts what it does itself. A cycle of
 * QEMU's is a nanosecond, so there cannot be more of them than the time that the process had a CPU.
 */
static void member(unsigned number)
{
	uint64_t rounds = 10UL * ROUNDS, used = cpu_ns();
	int fd = event_open((struct event_kind){.what = exact ? INSTRUCTIONS : CYCLES, .not_kernel = true},
	                    -1);

	NEED(fd >= 0);
	uint64_t count = exact ? least_cost(fd, rounds) : cost(fd, rounds);
	used = cpu_ns() - used;
	if (exact)
		check(near(count, 2 * rounds, ONCE + PER_INTERRUPT * INTERRUPTS_MOST),
		      "member %u: %lu instructions in user mode, of a loop of %lu", number,
		      (unsigned long)count, (unsigned long)(2 * rounds));
	else
		check(count > used / 10 && count <= used,
		      "member %u: %lu cycles in user mode, of %lu ns of a CPU", number, (unsigned long)count,
		      (unsigned long)used);
	close(fd);
}

/* --- overflow --- */

static volatile unsigned signals, in_loop;
static int sampled;

static void on_overflow(int number, siginfo_t *info, void *context)
{
	uint64_t pc = ((ucontext_t *)context)->uc_mcontext.pc;

	(void)number;
	if (info->si_fd != sampled)
		return;
	signals++;
	in_loop += pc >= (uint64_t)event_loop && pc <= (uint64_t)event_loop_end;
}

/* A period is 1 ms by QEMU's clock: an interrupt that is late, as on a busy host, stands for several. */
static void overflow(unsigned cpu)
{
	struct sigaction action = {.sa_sigaction = on_overflow, .sa_flags = SA_SIGINFO | SA_RESTART};
	uint64_t count;

	crowd_pin(0, cpu);
	signals = in_loop = 0;
	NEED(sigaction(SIGIO, &action, 0) == 0);
	sampled = event_open((struct event_kind){.what = CYCLES, .not_kernel = true, .period = PERIOD}, -1);
	NEED(sampled >= 0);
	NEED(fcntl(sampled, F_SETFL, O_ASYNC) == 0 && fcntl(sampled, F_SETSIG, SIGIO) == 0);
	NEED(fcntl(sampled, F_SETOWN, getpid()) == 0);
	event_start(sampled);
	for (unsigned i = 0; i < 20000 && signals < PERIODS; i++)
		event_run(20000);
	count = event_stop(sampled);
	uint64_t periods = count / PERIOD;
	check(signals >= PERIODS && signals <= periods + 1 && (!exact || signals + 2 >= periods),
	      "CPU %u: %u signals in %lu cycles, %lu periods", cpu, signals, (unsigned long)count,
	      (unsigned long)periods);
	check(in_loop >= signals / 2, "CPU %u: %u of %u signals interrupted the loop", cpu, in_loop, signals);
	close(sampled);
}

int main(int count, char **words)
{
	int fd = event_open((struct event_kind){.what = CYCLES, .not_kernel = true}, -1);

	exact = count > 1 && strcmp(words[1], "exact") == 0;
	if (fd < 0)
		check_absent("the performance monitors");
	close(fd);
	for (unsigned cpu = 0; cpu < crowd_cpus(); cpu++) {
		crowd_pin(0, cpu);
		if (exact) {
			scales("instructions", INSTRUCTIONS);
			scales("cycles", CYCLES);
		}
		group();
		level(false, loop, 4, "a loop in user mode");
		level(true, call_kernel, 2, "calls of the kernel");
		sleeps();
		overflow(cpu);
	}
	(exact ? crowd_by_cpu : crowd_once)(member);
	return check_status();
}
