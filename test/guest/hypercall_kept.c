/* SPDX-License-Identifier: Apache-2.0 */
/* What a call leaves: x0 is its answer, of three calls x1 to x3, too; all other registers, V0 to V31 and the flags are as before. */
#include "lib/guest.h"

#define ANSWERED(id, name, function, says) id,
#define REFUSED(id, name, why)             id,
#define RANGE(first, last, owner, why)     first, last,
static const u32 ids[] = {
#include "virtual/vsmccc.def"
};
#define ALL                                                                                                  \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, " \
	"27, 28, 29, 30, 31"

/* Without SMC64's bit: those that end the CPU's run. */
static bool acts(u32 id)
{
	static const u32 acting[] = {0x84000001, 0x84000002, 0x84000003, 0x84000008,
	                             0x84000009, 0x8400000e, 0x84000012};

	for (u32 i = 0; i < ARRAY_COUNT(acting); i++)
		if ((id & ~BIT(30)) == acting[i])
			return true;
	return false;
}

static bool answers_more(u32 id) { return (id & ~BIT(30)) == 0x84000053 || id == 0x84000052; }

static void fill(u64 seed)
{
	u64 values[64] __attribute__((aligned(16)));

	for (u64 n = 0; n < 64; n++)
		values[n] = (seed + n) * 0x9e3779b97f4a7c15;
	asm volatile("mov x1, %0\n\t.irp n, " ALL "\n\tldr q\\n, [x1], #16\n\t.endr" ::"r"(values)
	             : "x1", "memory");
}

static void compare(u64 seed)
{
	u64 values[64] __attribute__((aligned(16)));

	asm volatile("mov x1, %0\n\t.irp n, " ALL "\n\tstr q\\n, [x1], #16\n\t.endr" ::"r"(values)
	             : "x1", "memory");
	for (u64 n = 0; n < 64; n++)
		if (values[n] != (seed + n) * 0x9e3779b97f4a7c15)
			guest_fail(__LINE__, "0x%lx: half %lu of the FP registers is 0x%lx", seed, n,
			           values[n]);
}

static u64 call_with_flags(void (*call)(u64 *x), u64 *x, u64 flags)
{
	register u64 x0 asm("x0") = (u64)x;
	u64 after;

	asm volatile("msr nzcv, %2\n\tblr %3\n\tmrs %0, nzcv"
	             : "=r"(after), "+r"(x0)
	             : "r"(flags), "r"(call)
	             : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
	               "x14", "x15", "x16", "x17", "x18", "x30", "cc", "memory");
	return after;
}

static void check(void (*call)(u64 *x), u32 id, u64 flags)
{
	u64 x[31];

	for (u32 i = 0; i < 31; i++)
		x[i] = 0x0101010101010101UL * (i + 1);
	x[0] = id;
	fill(id);
	CHECK_EQUAL(call_with_flags(call, x, flags), flags);
	compare(id);
	for (u32 i = answers_more(id) ? 4 : 1; i < 31; i++)
		if (x[i] != 0x0101010101010101UL * (i + 1))
			guest_fail(__LINE__, "0x%x: x%u became 0x%lx", id, i, x[i]);
	for (u32 i = 0; i < 4;
	     i++) /* nothing of EL2's: its addresses have the uppermost bits of some table */
		CHECK(x[i] >> 48 == 0 || x[i] >> 32 == 0xffffffff || i > 0 || answers_more(id));
}

void test(void)
{
	write_register(cpacr_el1, 3 << 20);
	isb();
	for (u32 round = 0; round < 4; round++)
		for (u32 i = 0; i < ARRAY_COUNT(ids); i++)
			if (!acts(ids[i])) {
				check(psci_raw_hvc, ids[i], (u64)(round + i) % 16 << 28);
				check(psci_raw_smc, ids[i], (u64)(round + i) % 16 << 28);
			}
}
