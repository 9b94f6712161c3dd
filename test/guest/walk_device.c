/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage-1 table that lies in a device: the walk is an external abort, which nobody takes for an access to that device
 * (Arm ARM D8.15; ESR_EL2.S1PTW).
 */
#include "lib/guest.h"

#define VA (0x4000000000UL - GIB)

static void check(u64 *level1, u64 device)
{
	u64 flags = read32(PL011 + UART_FR), value;
	struct fault f;

	level1[VA / GIB] = device | 3;
	asm volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	for (u32 round = 0; round < 20; round++) {
		u64 status;

		f = fault_read64(VA + 0x1238, &value);
		status = field_get(ESR_STATUS, f.esr);
		if (!f.taken || field_get(ESR_EC, f.esr) != EC_DATA || f.far != VA + 0x1238 ||
		    f.elr != f.at || (status != STATUS_EXTERNAL && (status < 0x14 || status > 0x17)))
			guest_fail(__LINE__, "taken %u, ESR 0x%lx, FAR 0x%lx", f.taken, f.esr, f.far);
		f = fault_write8(VA + 5, 1);
		CHECK(f.taken && f.far == VA + 5);
		f = fault_fetch(VA + 0x4000);
		CHECK(f.taken && field_get(ESR_EC, f.esr) == EC_FETCH && f.far == VA + 0x4000);
	}
	CHECK_EQUAL(read32(PL011 + UART_FR), flags);
}

void test(void)
{
	mmu_on();
	check((u64 *)read_register(ttbr0_el1), PL011);
	check((u64 *)read_register(ttbr0_el1), GICD);
	check((u64 *)read_register(ttbr0_el1), GICR + 0x10000);
}
