/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every owner's function ids, fast and yielding, of 32 and 64 bits, by HVC and SMC: what the table of calls does not answer is
 * NOT_SUPPORTED and changes nothing else (DEN0028 §2.5, §5.2). step=N: every Nth number of each owner.
 */
#include "lib/guest.h"

struct row {
	u32 id;
	bool answered;
};
#define ANSWERED(id_, name, function, says) {.id = (id_), .answered = true},
#define REFUSED(id_, name, why)             {.id = (id_), .answered = false},
#define RANGE(first, last, owner, why)
static const struct row rows[] = {
#include "virtual/vsmccc.def"
};
enum { BLOCKS = 256, NUMBERS = 1 << 16, STEP = 257 }; /* a block: bits 31 to 24 of an id */
#define PATTERN 0x1122334455667788UL

static const struct row *find(u32 id)
{
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* Whoever has none is not looked for. */
static bool has_rows(u32 block) { return (block & 0xbf) == 0x80 || (block & 0xbf) == 0x84; }

static u64 call(bool smc, u64 id)
{
	register u64 x0 asm("x0") = id;
	register u64 x1 asm("x1") = PATTERN;
	register u64 x2 asm("x2") = ~PATTERN;
	register u64 x3 asm("x3") = PATTERN << 1;

	if (smc)
		asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	else
		asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	if (x1 != PATTERN || x2 != ~PATTERN || x3 != PATTERN << 1)
		guest_fail(__LINE__, "0x%lx changed x1 to x3", id);
	return x0;
}

static void check_block(u32 block, u32 step)
{
	for (u32 number = block % step; number < NUMBERS; number += step) {
		u32 id = block << 24 | number;

		if (has_rows(block) && find(id))
			continue; /* check_rows() */
		/* Number and conduit have nothing to do with each other: half of each, over the steps. */
		u64 answer = call((number / step + block) & 1, id);
		if (answer != ~0UL)
			guest_fail(__LINE__, "0x%x answered 0x%lx", id, answer);
	}
}

/* PSCI_FEATURES knows the table; what is refused by name is refused. */
static void check_rows(bool smc)
{
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++) {
		bool psci = (rows[i].id & 0xbfffffe0) == 0x84000000 || rows[i].id == SMCCC_VERSION;
		u64 x[31] = {PSCI_FEATURES, rows[i].id};

		if (smc)
			psci_raw_smc(x);
		else
			psci_raw_hvc(x);
		if ((s32)x[0] != (psci && rows[i].answered ? 0 : PSCI_NOT_SUPPORTED))
			guest_fail(__LINE__, "PSCI_FEATURES of 0x%x answered %d", rows[i].id, (s32)x[0]);
		if (!rows[i].answered)
			CHECK_EQUAL(call(smc, rows[i].id), ~0UL);
	}
}

void test(void)
{
	u32 step = (u32)tree_number("step");

	check_rows(false);
	check_rows(true);
	for (u32 block = 0; block < BLOCKS; block++)
		check_block(block, step ? step : STEP);
	/* Bits 23 to 17 of a fast call are zero, whoever's it is. */
	for (u64 bit = 17; bit < 24; bit++)
		for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
			CHECK_EQUAL(call(i & 1, rows[i].id | BIT(bit)), ~0UL);
}
