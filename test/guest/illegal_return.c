/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERET to EL2, to EL3, to AArch32 at EL1 and to modes that are none stays at EL1 and is an Illegal Execution State exception
 * of the next instruction (Arm ARM D1.4.4).
 */
#include "lib/guest.h"

enum { EC_ILLEGAL = 0x0e };
#define SPSR_IL BIT(20)
static volatile u64 taken_esr, taken_elr, taken_spsr;

bool exception(struct frame *f, u64 vector)
{
	if (field_get(ESR_EC, f->esr) != EC_ILLEGAL || vector != 4)
		return false;
	taken_esr = f->esr;
	taken_elr = f->elr;
	taken_spsr = f->spsr;
	f->spsr &= ~(u64)SPSR_IL;
	return true;
}

static void check(u64 mode)
{
	u64 at;

	taken_esr = 0;
	asm volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmsr spsr_el1, %1\n\tisb\n\teret\n1:\tnop"
	             : "=&r"(at)
	             : "r"(0x3c0 | mode)
	             : "memory");
	if (field_get(ESR_EC, taken_esr) != EC_ILLEGAL || taken_elr != at)
		guest_fail(__LINE__, "mode 0x%lx: ESR 0x%lx, ELR 0x%lx, not at 0x%lx", mode, taken_esr,
		           taken_elr, at);
	CHECK(taken_spsr & SPSR_IL);
	CHECK_EQUAL(taken_spsr & 0x1f, 5);
	CHECK_EQUAL(read_register(CurrentEL), 4);
}

void test(void)
{
	static const u8 modes[] = {0x8, 0x9, 0xc,  0xd,  0x1,  0x2,  0x3,  0x6,  0x7,  0xa, 0xb,
	                           0xe, 0xf, 0x11, 0x12, 0x13, 0x16, 0x17, 0x1a, 0x1b, 0x1f};

	for (u32 round = 0; round < 20; round++)
		for (u32 i = 0; i < ARRAY_COUNT(modes); i++)
			check(modes[i]);
}
