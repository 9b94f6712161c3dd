/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses of every size at every byte around the edges of registers, devices and their pages, as Device and as Normal memory:
 * each is done or is a data abort at its own instruction, and what lies beside the register keeps its value.
 */
#include "lib/guest.h"

#define ROUTE(n) (GICD + GICD_IROUTER + 8 * (u64)(n))

static void settle(const struct fault *f, u64 at)
{
	if (f->taken &&
	    (field_get(ESR_EC, f->esr) != EC_DATA || f->elr != f->at || f->far < at || f->far >= at + 8))
		guest_fail(__LINE__, "0x%lx: ESR 0x%lx, ELR 0x%lx, FAR 0x%lx", at, f->esr, f->elr, f->far);
}

static void around(u64 edge)
{
	for (u64 at = edge - 9; at <= edge + 9; at++) {
		u64 value;
		struct fault f = fault_read64(at, &value);

		settle(&f, at);
		f = fault_read8(at, &value);
		settle(&f, at);
		if (value > 0xff)
			guest_fail(__LINE__, "a byte at 0x%lx is 0x%lx", at, value);
	}
}

static void check_neighbours(u64 base)
{
	for (u64 offset = 0; offset < 8; offset++) {
		struct fault f;

		write64(ROUTE(100), 0);
		write64(ROUTE(102), 0);
		f = fault_write64(base + GICD_IROUTER + 8 * 101 + offset, 0);
		settle(&f, base + GICD_IROUTER + 8 * 101 + offset);
		f = fault_write8(base + GICD_IROUTER + 8 * 101 + offset, 0xff);
		settle(&f, base + GICD_IROUTER + 8 * 101 + offset);
		CHECK_EQUAL(read64(ROUTE(100)), 0);
		CHECK_EQUAL(read64(ROUTE(102)), 0);
		write64(ROUTE(101), 0);
	}
}

static void check(u64 shift)
{
	around(shift + GICD);
	around(shift + GICD + 0x400);
	around(shift + GICD + 0x10000);
	around(shift + GICR);
	around(shift + GICR + 0x10000);
	around(shift + GICR + GICR_FRAME * tree_cpu_count());
	around(shift + PL011 + 0xfe0);
	around(shift + PL011 + 0x1000);
	around(shift + PL031 + 0x1000);
	around(shift + PL061 + GPIO_DIR);
	around(shift + PL061 + 0x1000);
	if (WATCHDOG) {
		around(shift + WATCHDOG + 0x1000);
		around(shift + machine.refresh);
		around(shift + machine.refresh + 0x1000);
	}
	check_neighbours(shift + GICD);
}

void test(void)
{
	check(0);
	mmu_on();
	check(0);
	check(LOW_NORMAL);
}
