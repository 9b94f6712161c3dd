/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of memory tagging on an emulated device do what they do on memory that has no tags: each is executed on both,
 * which hold the same, and must leave the same (Arm ARM D10.2). GICD_IROUTER<n> takes elements of 8 bytes.
 */
#include "lib/guest.h"

enum { COUNT = 16, MIDDLE = COUNT / 2, REGISTERS = 3 };
#define FIRST  (GICD + GICD_IROUTER + 8 * 64)
#define SOME   0x5500332211UL /* an affinity */
#define MEMTAG ".arch armv8.5-a+memtag\n\t"

static u64 memory[COUNT] __attribute__((aligned(16)));

/* X1 and X2 hold a tag too, which is what a store would store; X2 as data is kept to what the register has. */
#define FORMS(DO)                      \
	DO("stg x1, [x0]")             \
	DO("stg x1, [x0, #16]!")       \
	DO("stg x1, [x0], #-16")       \
	DO("st2g x1, [x0]")            \
	DO("st2g x1, [x0], #32")       \
	DO("stzg x1, [x0]")            \
	DO("stzg x1, [x0, #-32]!")     \
	DO("stzg x1, [x0], #16")       \
	DO("stz2g x1, [x0]")           \
	DO("stz2g x1, [x0, #16]!")     \
	DO("stgp x2, xzr, [x0]")       \
	DO("stgp xzr, x2, [x0, #16]!") \
	DO("stgp x2, x2, [x0], #-16")  \
	DO("ldg x1, [x0]")             \
	DO("ldg x1, [x0, #16]")        \
	DO("ldgm x1, [x0]")            \
	DO("stgm x1, [x0]")

#define DEFINE(text)                                                                               \
	{text, ({                                                                                  \
		 u32 *code_;                                                                       \
		 asm volatile(MEMTAG "adr %0, 1f\n\tb 2f\n1:\t" text "\n\tret\n2:" : "=r"(code_)); \
		 code_;                                                                            \
	 })},

static void execute(u32 *code, u64 *x)
{
	register u64 x0 asm("x0") = x[0], x1 asm("x1") = x[1], x2 asm("x2") = x[2];

	asm volatile("blr %3" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(code) : "x30", "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
}

static void fill(u64 base)
{
	for (u64 n = 0; n < COUNT; n++)
		write64(base + 8 * n, n % 3 ? SOME : 0);
}

static void compare(const char *text, u32 *code)
{
	const u64 bases[2] = {(u64)memory, FIRST};
	u64 x[2][REGISTERS];

	for (u32 i = 0; i < 2; i++) {
		fill(bases[i]);
		x[i][0] = bases[i] + 8 * MIDDLE;
		x[i][1] = 0x123456789abcdef0;
		x[i][2] = SOME;
		execute(code, x[i]);
		x[i][0] -= bases[i];
	}
	for (u32 n = 0; n < REGISTERS; n++)
		if (x[0][n] != x[1][n])
			guest_fail(__LINE__, "%s: x%u is 0x%lx, not 0x%lx", text, n, x[1][n], x[0][n]);
	for (u64 n = 0; n < COUNT; n++)
		if (read64(FIRST + 8 * n) != memory[n])
			guest_fail(__LINE__, "%s: register %lu is 0x%lx, not 0x%lx", text, n,
			           read64(FIRST + 8 * n), memory[n]);
}

/* The granule, or the block of granules, in which the address is: nothing that comes behind it is touched. */
static void check_last_granule(void)
{
	enum { LDG = 0xd9600000, LDGM = 0xd9e00000, STGM = 0xd9a00000 }; /* X0, [X0] */
	u64 value = 0;

	for (u64 at = GICD + 0xffe0; at < GICD + 0x10000; at++) {
		CHECK(!fault_execute(LDG, at, &value).taken);
		CHECK_EQUAL(value, at);
		CHECK(!fault_execute(LDGM, at, &value).taken);
		CHECK_EQUAL(value, 0);
		CHECK(!fault_execute(STGM, at, &value).taken);
	}
}

void test(void)
{
	const struct {
		const char *text;
		u32 *code;
	} forms[] = {FORMS(DEFINE)};

	CHECK(field_get(FIELD(11, 8), read_register(id_aa64pfr1_el1)) >= 2);
	mmu_on();
	gic_init_dist();
	for (u32 i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		compare(forms[i].text, forms[i].code);
	check_last_granule();
}
