/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch32 at EL0 with accesses of a device that no syndrome describes (ISV = 0: pairs, multiples, write-back; Arm ARM
 * D19.2.37): each is a synchronous external abort of its own address, and no register has changed.
 */
#include "lib/guest.h"

enum { REGISTERS = 15, PC = 15, PSTATE = 16, KEPT = 0x1000, IDENTITY = 0xfe0 };
#define USER      0x1d0UL /* EL0, A32; interrupts masked */
#define THUMB     BIT(5)
#define A32(insn) (insn) & 0xffff, (insn) >> 16
#define A32_SVC   A32(0xef000000)
#define T32_SVC   0xdf00

static const struct {
	const char *name;
	u64 pstate, offset;
	bool write;
	u16 code[8] __attribute__((aligned(4)));
} programs[] = {
	{"ldrd r2, r3, [r1]", USER, 0, false, {A32(0xe1c120d0), A32_SVC}},
	{"strd r2, r3, [r1]", USER, 0, true, {A32(0xe1c120f0), A32_SVC}},
	{"ldm r1, {r2, r3}", USER, 0, false, {A32(0xe891000c), A32_SVC}},
	{"ldm r1!, {r2, r3}", USER, 0, false, {A32(0xe8b1000c), A32_SVC}},
	{"stm r1, {r2, r3}", USER, 0, true, {A32(0xe881000c), A32_SVC}},
	{"ldr r2, [r1], #4", USER, 0, false, {A32(0xe4912004), A32_SVC}},
	{"ldr r2, [r1, #4]!", USER, 4, false, {A32(0xe5b12004), A32_SVC}},
	{"str r2, [r1], #4", USER, 0, true, {A32(0xe4812004), A32_SVC}},
	{"T32 ldrd r2, r3, [r1]", USER | THUMB, 0, false, {0xe9d1, 0x2300, T32_SVC, T32_SVC}},
	/* Of 2 bytes: whoever steps over it skips the first SVC. */
	{"T32 ldm r1!, {r2, r3}", USER | THUMB, 0, false, {0xc90c, T32_SVC, T32_SVC, T32_SVC}},
};

static void check_unchanged(const char *name, const u64 *x)
{
	for (u64 i = 0; i < REGISTERS; i++)
		if ((u32)x[i] != (i == 1 ? PL011 + IDENTITY : i ? KEPT + i : (u32)x[0]))
			guest_fail(__LINE__, "%s: R%lu is 0x%lx", name, i, x[i]);
}

void test(void)
{
	for (u32 n = 0; n < sizeof(programs) / sizeof(*programs); n++) {
		u64 x[PSTATE + 1] = {[PC] = (u64)programs[n].code, [PSTATE] = programs[n].pstate};

		for (u64 i = 0; i < REGISTERS; i++)
			x[i] = i == 1 ? PL011 + IDENTITY : KEPT + i;
		fault_expect();
		el0_enter_aarch32(x);
		struct fault f = fault_result((u64)programs[n].code);

		if (tree_word("performs")) {
			CHECK(!f.taken);
			continue;
		}
		fault_check_external(__LINE__, &f, EC_DATA_LOWER, PL011 + IDENTITY + programs[n].offset,
		                     programs[n].write);
		check_unchanged(programs[n].name, x);
	}
}
