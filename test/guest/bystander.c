/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs beside an attack (test/attack/attack.py): works on a part of its memory in a fixed pattern, work=N times, asks
 * the hypervisor for something and reads the counter at EL0 each time, and prints a hash of all its memory. How many
 * instructions it executes depends on nothing but its boot words. It never clears its memory: what a hypervisor left there shows.
 *
 * plant=1, 2 or 3 disturbs it: a bit of its memory, one instruction more, one letter of its console. Each changes nothing else.
 */
#include "lib/guest.h"

enum { PAGE = 4096, WORDS = PAGE / 8, PARTS = 16 };
enum plant { NONE, MEMORY, INSTRUCTION, CONSOLE };

extern u8 relocations_end[]; /* where what the program may write begins */
static u64 tree_start, tree_end;
static u8 stack[256] __attribute__((aligned(16)));

/* Not the tree, whose seeds differ from start to start, nor the program with its stack. */
static bool is_mine(u64 page)
{
	return (page + PAGE <= (u64)image_start || page >= (u64)image_end) &&
	       (page + PAGE <= tree_start || page >= tree_end);
}

static u64 mix(u64 hash, u64 with) { return (hash ^ with) * 0x9e3779b97f4a7c15 + (hash >> 29); }

static u64 change(u64 page, u64 hash)
{
	u64 *words = (u64 *)page;

	for (u32 i = 0; i < WORDS; i++)
		hash = words[i] = mix(hash, words[i]);
	return hash;
}

static u64 read(u64 from, u64 to, u64 hash)
{
	for (u64 at = from; at < to; at += 8)
		hash = mix(hash, *(const u64 *)at);
	return hash;
}

static void user(u64 unused) { asm volatile("mrs x0, cntvct_el0\n\tsvc #0" ::"r"(unused) : "x0", "memory"); }

static void work(u64 round, u64 end)
{
	u64 hash = round;

	for (u64 page = RAM_BASE + round % PARTS * PAGE; page < end; page += PARTS * PAGE)
		if (is_mine(page)) {
			hash = change(page, hash);
			asm volatile("yield"); /* under the deterministic clock CPUs run in turns */
		}
	CHECK_EQUAL(psci_call(PSCI_VERSION, 0, 0, 0), 0x10001);
	guest_run_el0((u64)user + USER_RAM - RAM_BASE, 0, (u64)stack + sizeof(stack) + USER_RAM - RAM_BASE);
}

static u64 hash_all(u64 end)
{
	u64 hash = read((u64)image_start, (u64)relocations_end & ~7UL, 0);

	for (u64 page = RAM_BASE; page < end; page += PAGE)
		if (is_mine(page))
			hash = read(page, page + PAGE, hash);
	return hash;
}

/* The same number of instructions for every value. */
static void print_hash(u64 hash)
{
	char text[17] = {0};

	for (u32 i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
	guest_print("memory %s\n", text);
}

void test(void)
{
	u64 rounds = tree_number("work"), plant = tree_number("plant"), end = RAM_BASE + tree_memory_size();
	volatile u64 extra = plant == INSTRUCTION;

	tree_start = tree_address();
	tree_end = tree_start + tree_size();
	mmu_on();
	write_register(cntkctl_el1, 2); /* EL0 may read the virtual counter */
	guest_print("work begins\n");
	for (u64 round = 1; round <= rounds; round++)
		work(round, end);
	*(volatile u64 *)(end - 8) ^= plant == MEMORY;
	/* Over or to one more. */
	asm volatile("cbz %0, 1f\n\tnop\n1:" ::"r"(extra));
	print_hash(hash_all(end));
	guest_print("work ends%c\n", '.' + (plant == CONSOLE));
}
