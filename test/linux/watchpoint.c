/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watchpoints in hardware, by ptrace: each kind, each length, each of those that the CPU has, and several processes on
 * every CPU that watch the same virtual addresses, each its own, beside some that watch nothing.
 */
#include "check.h"
#include "crowd.h"
#include "tracee.h"
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAP_US = 5000, SLOTS_MAX = 16, ROUNDS = 300 };

static volatile uint64_t watched[SLOTS_MAX] __attribute__((aligned(64)));
static volatile uint8_t bytes[64] __attribute__((aligned(64)));
extern const uint32_t load_here[], store_here[];

static __attribute__((noinline)) void store(volatile uint64_t *at, uint64_t value)
{
	asm volatile(".globl store_here\nstore_here: str %1, [%0]" ::"r"(at), "r"(value) : "memory");
}

static __attribute__((noinline)) uint64_t load(volatile uint64_t *at)
{
	uint64_t value;

	asm volatile(".globl load_here\nload_here: ldr %0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static uint32_t control(uint32_t kind, unsigned first, unsigned count)
{
	return DEBUG_ENABLED | DEBUG_EL0 | kind | ((1u << count) - 1) << first << DEBUG_BAS;
}

static void load_and_store(void)
{
	load(&watched[0]);
	store(&watched[0], 7);
}

/* The child loads, then stores: which of them stops it. */
static void kind(uint32_t what, bool by_load, bool by_store)
{
	pid_t pid = tracee_start(load_and_store);
	unsigned loads = 0, stores = 0;
	int status;

	NEED(tracee_debug(pid, NT_ARM_HW_WATCH, 0, (uint64_t)&watched[0], control(what, 0, 8)));
	while (tracee_stopped_by_debug(pid, status = tracee_go(pid, PTRACE_CONT))) {
		uint64_t pc = tracee_registers(pid).pc;

		if (tracee_signal(pid).si_addr != &watched[0] ||
		    (pc != (uint64_t)load_here && pc != (uint64_t)store_here))
			break;
		loads += pc == (uint64_t)load_here;
		stores += pc == (uint64_t)store_here;
		/* The exception is before the access: it would happen again. */
		tracee_debug_off(pid, NT_ARM_HW_WATCH);
		NEED(tracee_stopped_by_debug(pid, tracee_go(pid, PTRACE_SINGLESTEP)));
		NEED(tracee_debug(pid, NT_ARM_HW_WATCH, 0, (uint64_t)&watched[0], control(what, 0, 8)));
	}
	check(loads == by_load && stores == by_store, "watching %s%s: stopped by %u loads and %u stores",
	      by_load ? "loads" : "", by_store ? " stores" : "", loads, stores);
	tracee_ended(pid, status, "watching");
}

static void store_all_bytes(void)
{
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = 1;
}

/* Of stores to single bytes those in the watched range stop, in order; after a stop the next instruction is done. */
static void range(unsigned first, unsigned count)
{
	pid_t pid = tracee_start(store_all_bytes);
	unsigned stops = 0;
	int status;
	uint64_t base = (uint64_t)bytes + 8;

	while (NEED(tracee_debug(pid, NT_ARM_HW_WATCH, 0, base, control(DEBUG_STORE, first, count))),
	       tracee_stopped_by_debug(pid, status = tracee_go(pid, PTRACE_CONT))) {
		if (tracee_signal(pid).si_addr != (void *)(base + first + stops))
			break;
		stops++;
		tracee_debug_off(pid, NT_ARM_HW_WATCH);
		NEED(tracee_stopped_by_debug(pid, tracee_go(pid, PTRACE_SINGLESTEP)));
	}
	check(stops == count, "%u bytes at offset %u: %u of 64 stores of a byte stop", count, first, stops);
	tracee_ended(pid, status, "a range");
}

/* Asleep in between, while its CPU idles and may put everything away. */
static void store_each(void)
{
	for (unsigned i = 0; i < SLOTS_MAX; i++) {
		usleep(NAP_US);
		store(&watched[i], i);
	}
}

static void every_slot(void)
{
	pid_t pid = tracee_start(store_each);
	unsigned count = tracee_debug_count(pid, NT_ARM_HW_WATCH), stops = 0;
	int status;

	NEED(count > 0 && count <= SLOTS_MAX);
	for (unsigned i = 0; i < count; i++)
		NEED(tracee_debug(pid, NT_ARM_HW_WATCH, i, (uint64_t)&watched[i],
		                  control(DEBUG_STORE, 0, 8)));
	while (tracee_stopped_by_debug(pid, status = tracee_go(pid, PTRACE_CONT))) {
		if (stops >= count || tracee_signal(pid).si_addr != &watched[stops])
			break;
		NEED(tracee_debug(pid, NT_ARM_HW_WATCH, stops++, 0, 0));
	}
	check(stops == count, "each of the %u watchpoints stops once", count);
	tracee_ended(pid, status, "every watchpoint");
}

/* --- several at once --- */

static void store_often(void)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		store(&watched[i % SLOTS_MAX], i);
}

/* Every third member watches nothing; the others watch one word, each another, so that some store there unwatched. */
static void member(unsigned number)
{
	pid_t pid = tracee_start(store_often);
	unsigned mine = number % SLOTS_MAX, stops = 0;
	int status;
	bool watches = number % 3 != 2;

	for (;;) {
		if (watches)
			NEED(tracee_debug(pid, NT_ARM_HW_WATCH, 0, (uint64_t)&watched[mine],
			                  control(DEBUG_STORE, 0, 8)));
		status = tracee_go(pid, PTRACE_CONT);
		if (!tracee_stopped_by_debug(pid, status) || tracee_signal(pid).si_addr != &watched[mine] ||
		    !watches)
			break;
		stops++;
		tracee_debug_off(pid, NT_ARM_HW_WATCH);
		NEED(tracee_stopped_by_debug(pid, tracee_go(pid, PTRACE_SINGLESTEP)));
	}
	check(stops == (watches ? (ROUNDS - mine - 1) / SLOTS_MAX + 1 : 0), "member %u: %u of %d stores stop",
	      number, stops, ROUNDS);
	tracee_ended(pid, status, "one of many");
}

int main(void)
{
	kind(DEBUG_LOAD, true, false);
	kind(DEBUG_STORE, false, true);
	kind(DEBUG_LOAD | DEBUG_STORE, true, true);
	for (unsigned count = 1; count <= 8; count *= 2)
		for (unsigned first = 0; first + count <= 8; first += count)
			range(first, count);
	every_slot();
	crowd_once(member);
	return check_status();
}
