/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers through every form of load and store: widths, sign extension, XZR, high registers (Arm ARM
 * D17.2.37, ISS of data aborts). */
#include "lib/guest.h"

#define LOAD(insn, at)                                                  \
	({                                                              \
		u64 value_ = 0x7777777777777777;                        \
		asm volatile(insn : "+r"(value_) : "r"(at) : "memory"); \
		value_;                                                 \
	})

void test(void)
{
	u64 id = PL011 + 0xfe0, frame = gic_frame(0, 0), priority = frame + GICD_IPRIORITYR + 8;
	u64 kept, route = GICD + GICD_IROUTER + 8 * 100, high;

	CHECK_EQUAL(LOAD("ldr %w0, [%1]", id), 0x11);
	CHECK_EQUAL(LOAD("ldr %w0, [%1, #4]", id), 0x10);
	/* Priorities are bytes; the upper half of a 32-bit destination is cleared, a sign is extended as
	 * told. */
	write32(priority, 0xf890a088);
	CHECK_EQUAL(LOAD("ldr %w0, [%1]", priority), 0xf890a088);
	CHECK_EQUAL(LOAD("ldrsw %0, [%1]", priority), 0xfffffffff890a088);
	CHECK_EQUAL(LOAD("ldrb %w0, [%1]", priority), 0x88);
	CHECK_EQUAL(LOAD("ldrb %w0, [%1, #3]", priority), 0xf8);
	CHECK_EQUAL(LOAD("ldrsb %w0, [%1, #1]", priority), 0xffffffa0);
	CHECK_EQUAL(LOAD("ldrsb %0, [%1, #2]", priority), 0xffffffffffffff90);
	CHECK_EQUAL(LOAD("ldurb %w0, [%1, #2]", priority), 0x90);
	CHECK_EQUAL(LOAD("ldar %w0, [%1]", priority), 0xf890a088);
	asm volatile("strb wzr, [%0, #1]" ::"r"(priority) : "memory");
	CHECK_EQUAL(read32(priority), 0xf8900088);
	asm volatile("strb %w1, [%0, %2]" ::"r"(priority), "r"(0x12345648), "r"(1UL) : "memory");
	CHECK_EQUAL(read32(priority), 0xf8904888);
	asm volatile("stlr %w1, [%0]" ::"r"(priority), "r"(0x08101820) : "memory");
	CHECK_EQUAL(read32(priority), 0x08101820);
	asm volatile("str wzr, [%0]" ::"r"(priority) : "memory");
	CHECK_EQUAL(read32(priority), 0);
	/* A load to XZR leaves SP and all else alone. */
	asm volatile("mov %0, sp\n\tldr wzr, [%2]\n\tldr xzr, [%3]\n\tmov %1, sp"
	             : "=&r"(kept), "=&r"(high)
	             : "r"(id), "r"(route)
	             : "memory");
	CHECK_EQUAL(kept, high);
	/* 64 bits, x30 as source and destination. */
	asm volatile("mov x30, %1\n\tstr x30, [%2]\n\tmov x30, #0\n\tldr x30, [%2]\n\tmov %0, x30"
	             : "=r"(high)
	             : "r"(0x0000001200345678UL), "r"(route)
	             : "x30", "memory");
	CHECK_EQUAL(high, 0x1200345678);
	asm volatile("str xzr, [%0]" ::"r"(route) : "memory");
	CHECK_EQUAL(read64(route), 0);
	/* The base register as destination. */
	kept = id;
	asm volatile("ldr %w0, [%0, #8]" : "+r"(kept)::"memory");
	CHECK_EQUAL(kept & 0x0f, 4);
}
