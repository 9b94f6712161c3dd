/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest whose data is big-endian (SCTLR_EL1.EE, E0E; of AArch32 PSTATE.E) reads and writes devices in that order, by forms that tell EL2 their
 * register and by forms that do not; a call and its answer have no order (Arm ARM B2.8).
 */
#include "lib/guest.h"

#define SCTLR_EE  BIT(25)
#define SCTLR_E0E BIT(24)
#define ROUTE     (GICD + GICD_IROUTER + 8 * 100)

/* AArch32 at EL0 */
enum { PC = 15, PSTATE = 16 };
enum {
	LDR = 0xe5912000, /* R2, [R1] */
	LDRB = 0xe5d12000,
	LDRH = 0xe1d120b0,
	LDRSB = 0xe1d120d0,
	LDRSH = 0xe1d120f0,
	STR = 0xe5812000,
};
#define USER     0x1d0UL /* A32; interrupts masked */
#define PSTATE_E BIT(9)

/* Runs `insn` with data in the other order. Nothing else touches memory there. */
#define SWAPPED(insn, value, other, at)                                                                 \
	asm volatile("msr sctlr_el1, %2\n\tisb\n\t" insn "\n\tmsr sctlr_el1, %3\n\tisb"                 \
	             : "+&r"(value), "+&r"(other)                                                       \
	             : "r"(read_register(sctlr_el1) | SCTLR_EE), "r"(read_register(sctlr_el1)), "r"(at) \
	             : "memory")

static u8 stack[256] __attribute__((aligned(16)));

static void user(u64 at) { asm volatile("ldr w0, [%0]\n\tsvc #0" ::"r"(at) : "x0", "memory"); }

/* What was accessed in one order before is accessed in the other. */
static void check_turns(void)
{
	u64 value = 0, other = 0;

	for (u32 i = 0; i < 3; i++) {
		CHECK_EQUAL(read32(PL011 + 0xfe4), 0x10);
		SWAPPED("ldr %w0, [%4]", value, other, PL011 + 0xfe4);
		CHECK_EQUAL(value, 0x10000000);
		write64(ROUTE, 0);
		value = 0x0100000000000000;
		SWAPPED("str %0, [%4]", value, other, ROUTE);
		CHECK_EQUAL(read64(ROUTE), 1);
	}
	write64(ROUTE, 0);
}

static void check_devices(void)
{
	u64 value = 0, other = 0;

	SWAPPED("ldr %w0, [%4]", value, other, PL011 + 0xfe0);
	CHECK_EQUAL(value, 0x11000000);
	SWAPPED("ldp %w0, %w1, [%4]", value, other, PL011 + 0xfe0);
	CHECK_EQUAL(value, 0x11000000);
	CHECK_EQUAL(other, 0x10000000);
	SWAPPED("ldrsw %0, [%4]", value, other, PL011 + 0xff0); /* 0x0d, 0xf0, 0x05, 0xb1: the cell's */
	CHECK_EQUAL(value, 0x0d000000);
	value = 0x0100000000000000;
	SWAPPED("str %0, [%4]", value, other, ROUTE);
	CHECK_EQUAL(read64(ROUTE), 1);
	value = 0;
	SWAPPED("ldr %0, [%4], #8\n\tldr %0, [%4, #-8]!", value, other, ROUTE);
	CHECK_EQUAL(value, 0x0100000000000000);
	write64(ROUTE, 0);
	value = 0x7f;
	SWAPPED("ldrb %w0, [%4]", value, other, PL011 + 0xfe0);
	CHECK_EQUAL(value, 0x11);
}

/* One access by AArch32 at EL0, of R2 at [R1], with PSTATE.E as told. */
static u64 aarch32(u32 insn, bool swapped, u64 at, u64 value)
{
	static u32 code[2];
	u64 x[17] = {[1] = at, [2] = value, [PC] = (u64)code, [PSTATE] = USER | (swapped ? PSTATE_E : 0)};

	code[0] = insn;
	code[1] = 0xef000000; /* SVC */
	dsb();
	asm volatile("ic iallu\n\tdsb sy\n\tisb" ::: "memory");
	el0_enter_aarch32(x);
	return (u32)x[2];
}

/* Its order is PSTATE.E, whatever SCTLR_EL1 says. */
static void check_aarch32(void)
{
	u64 id = PL011 + 0xfe0, cell = PL011 + 0xffc;

	CHECK_EQUAL(read32(id), 0x11);
	CHECK_EQUAL(aarch32(LDR, false, id, 0), 0x11);
	CHECK_EQUAL(aarch32(LDR, true, id, 0), 0x11000000);
	CHECK_EQUAL(aarch32(LDRH, true, id, 0), 0x1100);
	CHECK_EQUAL(aarch32(LDRB, true, id, 0), 0x11);
	CHECK_EQUAL(aarch32(LDRSB, true, cell, 0), 0xffffffb1);
	CHECK_EQUAL(aarch32(LDRSH, true, cell, 0), 0xffffb100);
	aarch32(STR, true, ROUTE, 0x03020100);
	CHECK_EQUAL(read64(ROUTE), 0x00010203);
	aarch32(STR, false, ROUTE, 0x00030201);
	CHECK_EQUAL(read64(ROUTE), 0x00030201);
	write64(ROUTE, 0);
}

void test(void)
{
	u64 value = PSCI_VERSION, other = 0;

	check_devices();
	check_turns();
	check_aarch32();
	register u64 x0 asm("x0") = PSCI_VERSION;
	if (!machine.smc) {
		SWAPPED("hvc #0", x0, other, 0);
		CHECK_EQUAL(x0, psci_call(PSCI_VERSION, 0, 0, 0));
	}
	write_register(sctlr_el1, read_register(sctlr_el1) | SCTLR_E0E);
	isb();
	value = guest_run_el0((u64)user, PL011 + 0xfe0, (u64)stack + sizeof(stack));
	CHECK_EQUAL(value, 0x11000000);
	check_aarch32();
}
