/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that steps itself (MDSCR_EL1.KDE, SS) stops once behind each instruction: calls, a wait that ends at once, trapped
 * registers and emulated accesses with and without a syndrome included (Arm ARM D2.12).
 */
#include "lib/guest.h"

enum { EC_STEP = 0x33, EC_BRK = 0x3c, BEGIN = 1, STEPS = 16 };
#define SPSR_SS   BIT(21)
#define SPSR_D    BIT(9)
#define MDSCR_SS  BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)
static volatile u64 stops[STEPS];
static volatile u32 count;

bool exception(struct frame *f, u64 vector)
{
	u64 class = field_get(ESR_EC, f->esr);

	if (vector != 4 || (class != EC_STEP && class != EC_BRK))
		return false;
	if (class == EC_STEP) {
		CHECK(count < STEPS);
		stops[count++] = f->elr;
		f->spsr |= SPSR_SS;
		return true;
	}
	f->elr += 4;
	f->spsr = (f->esr & 0xffff) == BEGIN ? (f->spsr | SPSR_SS) & ~(u64)SPSR_D
	                                     : (f->spsr | SPSR_D) & ~(u64)SPSR_SS;
	return true;
}

static u64 walk(u64 *end)
{
	register u64 x0 asm("x0") = PSCI_VERSION;
	register u64 begin asm("x19");
	register u64 stop asm("x20");

	asm volatile("adr x19, 1f\n\tadr x20, 2f\n\tbrk #1\n"
	             "1:\thvc #0\n\t"
	             "mrs x4, id_aa64pfr0_el1\n\t"
	             "mrs x4, cntp_cval_el0\n\t"
	             "msr s3_0_c12_c11_5, xzr\n\t"
	             "ldr w4, [%3]\n\t"
	             "ldp w4, w5, [%3]\n\t"
	             "ldr w4, [%4], #4\n\t"
	             "wfi\n\t"
	             "nop\n"
	             "2:\tbrk #2"
	             : "+r"(x0), "=&r"(begin), "=&r"(stop)
	             : "r"(PL011 + 0xfe0), "r"(PL011 + 0xfe0)
	             : "x1", "x2", "x3", "x4", "x5", "memory");
	*end = stop;
	return begin;
}

void test(void)
{
	u64 begin, end;

	write_register(oslar_el1, 0);
	/* So that WFI ends: something pends, masked by PSTATE. */
	irq_mask();
	gic_enable(0, 1, 0x80);
	gic_sgi(0, 1);
	for (u32 round = 0; round < 20; round++) {
		count = 0;
		write_register(mdscr_el1, MDSCR_MDE | MDSCR_KDE | MDSCR_SS);
		isb();
		begin = walk(&end);
		write_register(mdscr_el1, 0);
		isb();
		CHECK_EQUAL(count, (end - begin) / 4);
		for (u32 i = 0; i < count; i++)
			CHECK_EQUAL(stops[i], begin + 4 * (i + 1));
	}
}
