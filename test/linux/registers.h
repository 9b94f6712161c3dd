/* SPDX-License-Identifier: Apache-2.0 */
/* The vector registers as registers.S fills and stores them; Z and P registers are packed by the present length. */
#ifndef REGISTERS_H
#define REGISTERS_H
#include <stdint.h>

enum { SVE_BYTES_MAX = 256 };

struct fp_image {
	uint64_t fpcr, fpsr;
	uint8_t q[32 * 16];
};

struct sve_image {
	uint8_t z[32 * SVE_BYTES_MAX], p[16 * SVE_BYTES_MAX / 8], ffr[SVE_BYTES_MAX / 8];
};

void fp_keep(const struct fp_image *filled, struct fp_image *found, uint64_t until);
struct timespec;
void fp_nap(const struct fp_image *filled, struct fp_image *found, const struct timespec *asleep);
void sve_keep(const struct sve_image *filled, struct sve_image *found, uint64_t until);
uint64_t sve_length(void);

/* The counter's value, some milliseconds from now: longer than what the scheduler gives a process of a crowd. */
static inline uint64_t registers_until(void)
{
	uint64_t now, frequency;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tmrs %1, cntfrq_el0" : "=r"(now), "=r"(frequency));
	return now + frequency / 1000 * 12;
}

#endif
