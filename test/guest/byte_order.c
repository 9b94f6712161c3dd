/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest whose data is big-endian (SCTLR_EL1.EE, E0E) reads and writes devices in that order, by forms that tell EL2 their
 * register and by forms that do not; a call and its answer have no order (Arm ARM B2.8).
 */
#include "lib/guest.h"

#define SCTLR_EE  BIT(25)
#define SCTLR_E0E BIT(24)
#define ROUTE     (GICD + GICD_IROUTER + 8 * 100)

/* Runs `insn` with data in the other order. Nothing else touches memory there. */
#define SWAPPED(insn, value, other, at)                                                                 \
	asm volatile("msr sctlr_el1, %2\n\tisb\n\t" insn "\n\tmsr sctlr_el1, %3\n\tisb"                 \
	             : "+&r"(value), "+&r"(other)                                                       \
	             : "r"(read_register(sctlr_el1) | SCTLR_EE), "r"(read_register(sctlr_el1)), "r"(at) \
	             : "memory")

static u8 stack[256] __attribute__((aligned(16)));

static void user(u64 at) { asm volatile("ldr w0, [%0]\n\tsvc #0" ::"r"(at) : "x0", "memory"); }

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

void test(void)
{
	u64 value = PSCI_VERSION, other = 0;

	check_devices();
	register u64 x0 asm("x0") = PSCI_VERSION;
	if (!machine.smc) {
		SWAPPED("hvc #0", x0, other, 0);
		CHECK_EQUAL(x0, psci_call(PSCI_VERSION, 0, 0, 0));
	}
	write_register(sctlr_el1, read_register(sctlr_el1) | SCTLR_E0E);
	isb();
	value = guest_run_el0((u64)user, PL011 + 0xfe0, (u64)stack + sizeof(stack));
	CHECK_EQUAL(value, 0x11000000);
}
