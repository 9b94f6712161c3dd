/* SPDX-License-Identifier: Apache-2.0 */
/* Unaligned accesses to devices that stage 1 calls Device memory are alignment faults of EL1 (Arm ARM B2.5.2). */
#include "lib/guest.h"

static void check(u64 at)
{
	u64 value;

	for (u64 offset = 1; offset < 8; offset++) {
		struct fault f = fault_read64(at + offset, &value);

		if (!f.taken || field_get(ESR_EC, f.esr) != EC_DATA ||
		    field_get(ESR_STATUS, f.esr) != STATUS_ALIGNMENT || f.far != at + offset || f.elr != f.at)
			guest_fail(__LINE__, "a load at 0x%lx: taken %u, ESR 0x%lx, FAR 0x%lx", at + offset,
			           f.taken, f.esr, f.far);
		f = fault_write64(at + offset, 0);
		CHECK(f.taken && field_get(ESR_STATUS, f.esr) == STATUS_ALIGNMENT && (f.esr & ESR_WNR));
	}
}

void test(void)
{
	mmu_on();
	check(PL011 + 0x100);
	check(GICD + GICD_IROUTER + 800);
	check(GICR);
}
