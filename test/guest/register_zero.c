/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped reads into XZR are lost, trapped writes of XZR write zero: neither touches SP, whose number it shares (Arm ARM C1.2.5). */
#include "lib/guest.h"

void test(void)
{
	u64 before, after;
	register u64 next asm("x0") = 0x1111;

	write_register(cntp_ctl_el0, 0);
	for (u32 round = 0; round < 100; round++) {
		write_register(cntp_cval_el0, 0x1234567800 + round);
		CHECK_EQUAL(read_register(cntp_cval_el0), 0x1234567800 + round);
		asm volatile("mov %0, sp\n\t"
		             "mrs xzr, cntp_cval_el0\n\t"
		             "mrs xzr, id_aa64pfr0_el1\n\t"
		             "mrs xzr, s3_0_c0_c7_5\n\t"
		             "msr s3_0_c12_c11_5, xzr\n\t" /* ICC_SGI1R_EL1: to nobody */
		             "msr oslar_el1, xzr\n\t"
		             "msr cntp_cval_el0, xzr\n\t"
		             "mov %1, sp"
		             : "=&r"(before), "=&r"(after), "+r"(next)::"memory");
		CHECK_EQUAL(after, before);
		CHECK_EQUAL(next, 0x1111);
		CHECK_EQUAL(read_register(cntp_cval_el0), 0);
	}
}
