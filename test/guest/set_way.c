/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DC ISW, CSW and CISW over every set and way of every cache, as firmware does it before it turns its MMU off:
 * each is done, soon, and what was written with the MMU on is read with it off (Arm ARM D7.5.9). At EL0 they are
 * undefined. ISW is not asked to lose anything: a hypervisor makes it clean as well.
 */
#include "lib/guest.h"

enum { LEVELS = 7, KIND_DATA = 2, WORDS = 4096, WRITTEN = 3 };
static u32 words[WORDS] __attribute__((aligned(4096)));
static u8 stack[256] __attribute__((aligned(16)));
static u64 operations;

static void each_way(u32 level, void (*act)(u64 set_way))
{
	write_register(csselr_el1, level << 1);
	isb();
	u64 id = read_register(ccsidr_el1), mmfr2 = read_register(s3_0_c0_c7_2);
	bool wide = field_get(FIELD(23, 20), mmfr2); /* CCIDX */
	u64 ways = wide ? field_get(FIELD(23, 3), id) : field_get(FIELD(12, 3), id);
	u64 sets = wide ? field_get(FIELD(55, 32), id) : field_get(FIELD(27, 13), id);
	u32 shift = ways ? (u32)__builtin_clz((u32)ways) : 0, line = (u32)(id & 7) + 4;

	for (u64 way = 0; way <= ways; way++)
		for (u64 set = 0; set <= sets; set++, operations++)
			act(way << shift | set << line | level << 1);
}

static void all(void (*act)(u64 set_way))
{
	u64 id = read_register(clidr_el1);

	dsb();
	for (u32 level = 0; level < LEVELS; level++)
		if ((id >> 3 * level & 7) >= KIND_DATA)
			each_way(level, act);
	dsb();
	isb();
}

static void clean(u64 set_way) { asm volatile("dc csw, %0" ::"r"(set_way) : "memory"); }
static void clean_invalidate(u64 set_way) { asm volatile("dc cisw, %0" ::"r"(set_way) : "memory"); }
static void invalidate(u64 set_way) { asm volatile("dc isw, %0" ::"r"(set_way) : "memory"); }

static void user(u64 set_way) { asm volatile("dc cisw, %0\n\tsvc #0" ::"r"(set_way) : "memory"); }

static void fill(u32 seed)
{
	for (u32 i = 0; i < WORDS; i++)
		words[i] = seed + i * WRITTEN;
	asm volatile("" ::: "memory");
}

static void check(u32 seed)
{
	for (u32 i = 0; i < WORDS; i++)
		CHECK_EQUAL(read32((u64)&words[i]), seed + i * WRITTEN);
}

static void mmu_off(void)
{
	write_register(sctlr_el1, read_register(sctlr_el1) & ~1UL);
	isb();
}

void test(void)
{
	u64 begin, frequency = timer_frequency();
	struct fault f;

	mmu_on();
	fill(1);
	begin = timer_now();
	all(clean);
	CHECK(operations > 0);
	CHECK(timer_now() - begin <
	      operations * (frequency / 1000)); /* a millisecond each, on any emulator */
	check(1);
	all(invalidate);
	check(1);
	fill(2);
	all(clean_invalidate);
	mmu_off();
	check(2);
	guest_print("%lu operations\n", operations);
	mmu_on();
	fault_expect();
	guest_run_el0((u64)user + USER_RAM - RAM_BASE, 0, (u64)stack + sizeof(stack) + USER_RAM - RAM_BASE);
	f = fault_result(0);
	CHECK(f.taken);
	CHECK_EQUAL(field_get(ESR_EC, f.esr), EC_UNKNOWN);
	CHECK_EQUAL(f.vector, 8);
}
