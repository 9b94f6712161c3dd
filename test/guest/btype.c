/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLR sets PSTATE.BTYPE, and whatever instruction it leads to clears it, one that a hypervisor traps too: the next one
 * is no target of a branch, and need not look like one in a guarded page (Arm ARM D8.4.9).
 */
#include "lib/guest.h"

enum { WORDS = 4096 / 4, PAGES = 2, SIZE = WORDS * PAGES, RET = 0xd65f03c0 };
#define PAGE    (3UL | BIT(10) | BIT(2) | FIELD(9, 8)) /* valid, accessed, Normal memory, shareable */
#define GUARDED BIT(50)
#define TABLE   3UL
#define CODE    (101 * GIB) /* where the code is once more, its second page guarded */
#define PFR1_BT FIELD(3, 0)
#define BTYPE   FIELD(11, 10)

static u32 code[SIZE] __attribute__((aligned(4096)));
static u64 level2[512] __attribute__((aligned(4096))), level3[512] __attribute__((aligned(4096)));

static void map_code(void)
{
	u64 *root = (u64 *)read_register(ttbr0_el1);

	root[CODE / GIB] = (u64)level2 | TABLE;
	level2[0] = (u64)level3 | TABLE;
	level3[0] = (u64)&code[0] | PAGE;
	level3[1] = (u64)&code[WORDS] | PAGE | GUARDED;
	dsb();
	asm volatile("tlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

/* By BLR to `insn`, which is the last of a page that is not guarded; behind it `next`, the first of one that is. */
static struct fault branch_to(u32 insn, u32 next, u64 argument)
{
	register u64 x0 asm("x0") = argument;

	code[WORDS - 1] = insn;
	code[WORDS] = next;
	code[WORDS + 1] = code[WORDS + 2] = RET; /* what comes behind an SVC is stepped over */
	dsb();
	asm volatile("ic iallu\n\tdsb sy\n\tisb" ::: "memory");
	fault_expect();
	asm volatile("blr %1"
	             : "+r"(x0)
	             : "r"(CODE + (WORDS - 1) * 4)
	             : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
	               "x14", "x15", "x16", "x17", "x30", "memory");
	return fault_result(0);
}

static void passes(const char *text, u32 insn, u64 argument)
{
	struct fault f = branch_to(insn, RET, argument);

	if (f.taken)
		guest_fail(__LINE__, "%s: exception behind it, ESR 0x%lx ELR 0x%lx", text, f.esr, f.elr);
	f = branch_to(insn, 0xd4000001 /* SVC #0 */, argument);
	if (!f.taken || field_get(BTYPE, f.spsr))
		guest_fail(__LINE__, "%s: SPSR of an SVC behind it is 0x%lx", text, f.spsr);
}

void test(void)
{
	CHECK(field_get(PFR1_BT, read_register(id_aa64pfr1_el1)) >= 1);
	mmu_on();
	map_code();
	passes("nop", 0xd503201f, 0);
	passes("mrs x0, id_aa64pfr0_el1", 0xd5380400, 0);
	passes("msr cntp_ctl_el0, xzr", 0xd51be23f, 0);
	passes("ldr w0, [x0]", 0xb9400000, PL011 + 0xfe0);
	passes("str w0, [x0]", 0xb9000000, PL011 + 0x24);
	passes("ldp w1, w2, [x0]", 0x29400801, PL011 + 0xfe0);
	passes("dc civac, x0", 0xd50b7e20, PL011);
	passes("wfe", 0xd503205f, 0);
	if (machine.smc)
		passes("smc #0", 0xd4000003, PSCI_VERSION);
	else if (!tree_word("call-keeps-btype"))
		passes("hvc #0", 0xd4000002, PSCI_VERSION);
}
