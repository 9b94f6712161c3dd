/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time (DEN0057A): a VM whose CPUs share the machine's is told, in a page that it can read and no more; the
 * CPUs wait for each other, so it grows, and never more than time itself. A VM with CPUs of its own has none.
 */
#include "lib/guest.h"

#define ARCH_FEATURES 0x80000001UL
#define FEATURES      0xc5000020UL
#define PLACE         0xc5000021UL
enum { CPUS = 3, RECORD = 64, TIME = 8 };

static volatile u32 done;

/* How long so many ticks of the counter are. */
static u64 nanoseconds(u64 ticks)
{
	u64 second = timer_frequency();

	return ticks / second * 1000000000 + ticks % second * 1000000000 / second;
}

static u64 time_at(u64 place)
{
	CHECK_EQUAL(read32(place), 0);
	CHECK_EQUAL(read32(place + 4), 0);
	return read64(place + TIME);
}

static void cannot_be_changed(u64 place)
{
	struct fault f = fault_write64(place + TIME, ~0UL);

	fault_check_external(__LINE__, &f, EC_DATA, place + TIME, true);
	f = fault_fetch(place);
	fault_check_external(__LINE__, &f, EC_FETCH, place, false);
}

/* All of them spin, on a machine that has a CPU less: it cannot but take turns. */
static void spin(u64 unused)
{
	u64 place = (u64)psci_call(PLACE, 0, 0, 0), begin = timer_now(), first = time_at(place), last = first;

	(void)unused;
	CHECK_EQUAL(place & (RECORD - 1), 0);
	cannot_be_changed(place);
	while (timer_now() - begin < timer_milliseconds(300)) {
		u64 time = time_at(place);

		CHECK(time >= last);
		last = time;
	}
	u64 end = time_at(place);
	CHECK(end > first);
	CHECK(end - first <= nanoseconds(timer_now() - begin));
	done |= 1U << guest_cpu();
}

void test(void)
{
	if (psci_call(ARCH_FEATURES, FEATURES, 0, 0) != 0) {
		CHECK_EQUAL(psci_call(FEATURES, PLACE, 0, 0), -1);
		CHECK_EQUAL(psci_call(PLACE, 0, 0, 0), -1);
		CHECK(!tree_word("shares"));
		return;
	}
	CHECK_EQUAL(psci_call(FEATURES, FEATURES, 0, 0), 0);
	CHECK_EQUAL(psci_call(FEATURES, PLACE, 0, 0), 0);
	CHECK_EQUAL(psci_call(FEATURES, PLACE + 1, 0, 0), -1);
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		smp_start(cpu, spin, 0);
	spin(0);
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		smp_wait_off(cpu);
}
