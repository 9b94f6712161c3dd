/* SPDX-License-Identifier: Apache-2.0 */
/* CPU 1 goes on and off 200 times; each time it runs what it was told, with its context, and nothing of
 * before. */
#include "lib/guest.h"

enum { ROUNDS = 200 };
static volatile u64 seen, runs;

static void once(u64 context)
{
	CHECK_EQUAL(guest_cpu(), 1);
	CHECK_EQUAL(smp_state(1), 0);
	CHECK_EQUAL(smp_state(0), 0);
	seen = context;
	runs++;
	/* Its redistributor is not part of the CPU: what was set there while it was off is still set. */
	CHECK(gic_bit(1, 9, GICD_ISENABLER) && gic_bit(1, 9, GICD_ISPENDR));
	CHECK_EQUAL(read8(gic_frame(1, 9) + GICD_IPRIORITYR + 9), 0x48);
	/* Leave something to find. */
	write_register(tpidr_el0, context);
	write_register(cntv_cval_el0, 0);
	write_register(cntv_ctl_el0, 3);
}

static void twice(u64 context)
{
	once(~context);
	runs++;
}

void test(void)
{
	u64 want = 0;

	CHECK_EQUAL(smp_state(1), 1);
	gic_enable(1, 9, 0x48);
	gic_set_bit(1, 9, GICD_ISPENDR);
	for (u64 i = 0; i < ROUNDS; i++) {
		u64 context = 0xfedcba9800000000 + i * 0x100000001;

		smp_start(1, i & 1 ? twice : once, context);
		want += 1 + (i & 1);
		smp_wait_off(1);
		CHECK_EQUAL(seen, i & 1 ? ~context : context);
		CHECK_EQUAL(runs, want);
		CHECK_EQUAL(boot_registers[1][0], context);
	}
}
