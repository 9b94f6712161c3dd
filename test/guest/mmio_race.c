/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CPU executes a pair load from the UART, which traps without a syndrome, while another changes that instruction,
 * and the page that it is in. Whichever it was when it was executed, it was executed whole or not at all; EL2 reads
 * it later, and must not do what the guest did not.
 */
#include "lib/guest.h"

enum { ROUNDS = 3000, PERIPHERAL_ID = 0xfe0 };
#define PAGE_VA 0x380000000UL /* an own entry of level 1 */
#define BLOCK   (1UL | BIT(1) | BIT(10) | BIT(2) | FIELD(9, 8))

/* What it may be: two that trap, one on memory, and one that is no load. */
enum {
	FIRST = 0x29400801,  /* LDP W1, W2, [X0] */
	SECOND = 0x29410801, /* LDP W1, W2, [X0, #8] */
	THIRD = 0x29400861,  /* LDP W1, W2, [X3] */
	FOURTH = 0xd503201f, /* NOP */
};
static const u32 memory[2] = {0x33, 0x34};
static volatile u32 code[2][1024] __attribute__((aligned(4096)));
static u64 level2[512] __attribute__((aligned(4096)));
static volatile u64 level3[512] __attribute__((aligned(4096)));
static volatile bool over;
static volatile u32 changes;

static void publish(volatile u32 *at, u32 insn)
{
	*at = insn;
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %1\n\tdsb ish\n\tisb" ::"r"(at), "r"(PAGE_VA)
	             : "memory");
}

static void map(u64 entry)
{
	level3[0] = entry;
	asm volatile("dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(PAGE_VA >> 12) : "memory");
}

static void change(u64 unused)
{
	static const u32 insns[] = {FIRST, SECOND, THIRD, FOURTH};

	(void)unused;
	mmu_on();
	for (u32 i = 0; !over; i++) {
		publish(&code[0][0], insns[i % 4]);
		if (i % 3 == 0)
			map(0);
		if (i % 5 == 0)
			publish(&code[1][0], insns[i % 2]);
		map((u64)code[i / 7 % 2] | BLOCK);
		changes = i;
		for (u32 n = 0; n < i % 64; n++)
			asm volatile("yield");
	}
}

/* What became of w1 and w2; x0 must stay. */
static bool execute(u64 *pair)
{
	struct fault f;

	fault_expect(); /* a call: registers are given values behind it */
	register u64 x0 asm("x0") = PL011 + PERIPHERAL_ID;
	register u64 x1 asm("x1") = ~0UL;
	register u64 x2 asm("x2") = ~0UL;
	register u64 x3 asm("x3") = (u64)memory;

	asm volatile("blr %3" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(PAGE_VA), "r"(x3) : "x30", "memory");
	u64 base = x0;

	pair[0] = x1;
	pair[1] = x2;
	f = fault_result(PAGE_VA);
	CHECK_EQUAL(base, PL011 + PERIPHERAL_ID);
	/* Only the page may be missing. */
	if (f.taken && (field_get(ESR_EC, f.esr) != EC_FETCH || f.far - PAGE_VA > 4))
		guest_fail(__LINE__, "ESR 0x%lx, FAR 0x%lx, ELR 0x%lx", f.esr, f.far, f.elr);
	return !f.taken;
}

void test(void)
{
	u32 firsts = 0, seconds = 0, thirds = 0, none = 0, missing = 0;
	u64 pair[2];

	mmu_on();
	((u64 *)read_register(ttbr0_el1))[PAGE_VA / GIB] = (u64)level2 | 3;
	level2[0] = (u64)level3 | 3;
	for (u32 i = 0; i < 2; i++)
		code[i][1] = 0xd65f03c0; /* RET */
	publish(&code[0][0], FIRST);
	publish(&code[1][0], FIRST);
	map((u64)code[0] | BLOCK);
	smp_start(1, change, 0);
	WAIT_FOR(changes);
	for (u32 round = 0; round < ROUNDS || firsts < 100 || seconds < 100; round++) {
		bool executed = execute(pair);

		if (pair[0] == 0x11 && pair[1] == 0x10)
			firsts++;
		else if (pair[0] == 0x14 && pair[1] == 0)
			seconds++;
		else if (pair[0] == memory[0] && pair[1] == memory[1])
			thirds++;
		else if (pair[0] == ~0UL && pair[1] == ~0UL)
			none++;
		else
			guest_fail(__LINE__, "0x%lx and 0x%lx: no instruction loads that", pair[0], pair[1]);
		missing += !executed;
	}
	over = true;
	smp_wait_off(1);
	guest_print("%u, %u, %u, %u times none of them, %u times no page; %u changes\n", firsts, seconds,
	            thirds, none, missing, changes);
}
