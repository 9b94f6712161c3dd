/* SPDX-License-Identifier: Apache-2.0 */
/* Forks a crowd, moves it about, and gathers it again. A member's place is memory that it shares with its parent. */
#include "crowd.h"
#include "check.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEMBERS_MAX = 64, MOVE_EVERY_US = 30000, INTERRUPTED_LEAST = 10 };

static pid_t pids[MEMBERS_MAX];

unsigned crowd_cpus(void) { return (unsigned)sysconf(_SC_NPROCESSORS_ONLN); }

uint64_t crowd_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void crowd_pin(int pid, unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* A member that found something wrong may have ended. */
	NEED(sched_setaffinity(pid, sizeof set, &set) == 0 || (pid && errno == ESRCH));
}

static unsigned members(void)
{
	unsigned count = crowd_cpus() * CROWD_PER_CPU;

	return count < MEMBERS_MAX ? count : MEMBERS_MAX;
}

/* In the child: true. */
static bool is_member(unsigned number)
{
	pids[number] = fork();
	NEED(pids[number] >= 0);
	if (pids[number] == 0)
		check_anew();
	if (pids[number] == 0 && number > 0)
		check_quiet();
	return pids[number] == 0;
}

/* Waits for a member; how often it was interrupted to let another one run. */
static long gather(unsigned number)
{
	struct rusage usage;
	int status;

	NEED(wait4(pids[number], &status, 0, &usage) == pids[number]);
	if (WIFSIGNALED(status))
		check(false, "member %u was ended by signal %d", number, WTERMSIG(status));
	else if (WEXITSTATUS(status) != CHECK_HELD)
		check(false, "member %u failed", number);
	return usage.ru_nivcsw;
}

static void move_until(uint64_t end, unsigned count)
{
	for (unsigned shift = 0; crowd_ns() < end; shift++) {
		for (unsigned i = 0; i < count; i++)
			crowd_pin(pids[i], (i + shift) % crowd_cpus());
		usleep(MOVE_EVERY_US);
	}
}

const struct member *crowd_rounds(void (*begin)(struct member *), void (*turn)(struct member *),
                                  unsigned seconds, unsigned *count)
{
	struct member *all =
		mmap(0, MEMBERS_MAX * sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t end = crowd_ns() + seconds * 1000000000UL, rounds = 0;
	long interrupted = 0, least = -1;

	NEED(all != MAP_FAILED);
	*count = members();
	for (unsigned i = 0; i < *count; i++) {
		if (!is_member(i))
			continue;
		all[i].number = i;
		begin(&all[i]);
		for (; crowd_ns() < end && check_status() == CHECK_HELD; all[i].rounds++)
			turn(&all[i]);
		_exit(check_status());
	}
	move_until(end, *count);
	for (unsigned i = 0; i < *count; i++) {
		long times = gather(i);

		interrupted += times;
		least = least < 0 || times < least ? times : least;
		rounds += all[i].rounds;
	}
	check(least >= INTERRUPTED_LEAST,
	      "%u processes on %u CPUs, moved about: %lu rounds, interrupted %ld times, none less than %ld "
	      "times",
	      *count, crowd_cpus(), (unsigned long)rounds, interrupted, least);
	return all;
}

/* Members first, first + step, ... of `count`, each on the CPU of its number, at once. */
static void at_once(unsigned first, unsigned step, unsigned count, void (*work)(unsigned number))
{
	for (unsigned i = first; i < count; i += step) {
		if (!is_member(i))
			continue;
		crowd_pin(0, i % crowd_cpus());
		work(i);
		_exit(check_status());
	}
	for (unsigned i = first; i < count; i += step)
		gather(i);
}

void crowd_once(void (*work)(unsigned number))
{
	unsigned count = members();

	at_once(0, 1, count, work);
	check(check_status() == CHECK_HELD, "%u processes at once, %d on each of %u CPUs", count,
	      CROWD_PER_CPU, crowd_cpus());
}

void crowd_by_cpu(void (*work)(unsigned number))
{
	for (unsigned cpu = 0; cpu < crowd_cpus(); cpu++) {
		at_once(cpu, crowd_cpus(), members(), work);
		check(check_status() == CHECK_HELD, "%d processes at once on CPU %u alone", CROWD_PER_CPU,
		      cpu);
	}
}
