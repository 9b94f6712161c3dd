/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers are handed out in rising order and never taken back: one is free as long as no generation has got to it.
 *
 * A rollover while other CPUs run guests: they are not stopped. A space that some CPU has entered keeps its number
 * for the new generation, on all CPUs (one number, because a guest's own TLB maintenance reaches other CPUs by it),
 * and nobody else gets that number. Only then all TLBs forget, and only after that the first number of the new
 * generation is given away. What a running CPU puts into its TLB meanwhile has a number that was kept.
 *
 * vmid_enter() takes no lock if the number is of this generation. It first says what it enters and then reads the
 * generation; a rollover first moves the generation on and then reads what was entered. Both are sequentially
 * consistent, so either the rollover sees the space, and keeps its number; or vmid_enter() sees the new generation,
 * and waits for the lock until the rollover is over.
 *
 * Lock: vmid_lock, RANK_VMID.
 */
#include "monitor/vmid.h"

#include "lib/require.h"
#include "machine/cpu.h"
#include "machine/spinlock.h"
#include "machine/tlb.h"

enum { NUMBER_BITS = 16 };

static struct spinlock vmid_lock = SPINLOCK(RANK_VMID);
static u64 generation = 1; /* 0 is the generation of a space that never had a number */
static u32 next, highest;
static bool spends;
static u32 kept[CPU_MAX], kept_count; /* numbers of this generation that were of the one before */
static struct vmid *entered[CPU_MAX];

static u64 generation_of(const struct vmid *v)
{
	return __atomic_load_n(&v->tag, __ATOMIC_SEQ_CST) >> NUMBER_BITS;
}

static u32 number_of(const struct vmid *v) { return (u16)__atomic_load_n(&v->tag, __ATOMIC_SEQ_CST); }

static void set_tag(struct vmid *v, u32 number)
{
	__atomic_store_n(&v->tag, generation << NUMBER_BITS | number, __ATOMIC_SEQ_CST);
}

static struct vmid *entered_on(u32 cpu) { return __atomic_load_n(&entered[cpu], __ATOMIC_SEQ_CST); }

void vmid_init(u32 last, bool spend)
{
	next = 1;
	highest = last;
	spends = spend;
}

static bool is_kept(u32 number)
{
	for (u32 i = 0; i < kept_count; i++)
		if (kept[i] == number)
			return true;
	return false;
}

static void skip_kept(void)
{
	while (next <= highest && is_kept(next))
		next++;
}

static void roll_over(void)
{
	u64 old = generation;

	__atomic_store_n(&generation, old + 1, __ATOMIC_SEQ_CST);
	kept_count = 0;
	for (u32 cpu = 0; cpu < CPU_MAX; cpu++) {
		struct vmid *v = entered_on(cpu);

		/* One of an older generation has not got past vmid_enter() yet. */
		if (!v || generation_of(v) != old)
			continue;
		kept[kept_count++] = number_of(v);
		set_tag(v, number_of(v));
	}
	next = 1;
	tlb_flush_guests();
}

/* A rollover finds one: at most all other CPUs keep theirs. */
static u32 take_number(void)
{
	skip_kept();
	if (next > highest) {
		roll_over();
		skip_kept();
	}
	require(next <= highest);
	return next++;
}

static bool is_entered_elsewhere(const struct vmid *v)
{
	for (u32 cpu = 0; cpu < CPU_MAX; cpu++)
		if (cpu != cpu_index() && entered_on(cpu) == v)
			return true;
	return false;
}

static __attribute__((noinline)) void renew(struct vmid *v)
{
	spinlock_take(&vmid_lock);
	if (generation_of(v) != generation || (spends && !is_entered_elsewhere(v))) {
		__atomic_store_n(&v->tag, 0, __ATOMIC_SEQ_CST); /* a rollover keeps nothing of it */
		set_tag(v, take_number());
	}
	spinlock_give(&vmid_lock);
}

u32 vmid_assign(struct vmid *v)
{
	renew(v);
	return number_of(v);
}

u32 vmid_enter(struct vmid *v)
{
	__atomic_store_n(&entered[cpu_index()], v, __ATOMIC_SEQ_CST);
	if (unlikely(generation_of(v) != __atomic_load_n(&generation, __ATOMIC_SEQ_CST) || spends))
		renew(v);
	return number_of(v);
}

/* After VTTBR_EL2 was written, and that took effect: nothing of the space gets into this CPU's TLB any more. */
void vmid_leave(void) { __atomic_store_n(&entered[cpu_index()], NULL, __ATOMIC_RELEASE); }
