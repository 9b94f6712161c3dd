/* SPDX-License-Identifier: Apache-2.0 */
/* Where redistributors of further CPUs would be, and where those of LPIs are described, there is nothing, or zero that stays so. */
#include "lib/guest.h"

static void check_absent(u64 at)
{
	u64 value = 0;
	struct fault f = fault_read64(at, &value);

	if (f.taken)
		fault_check_external(__LINE__, &f, EC_DATA, at, false);
	CHECK_EQUAL(value, 0);
	f = fault_write64(at, ~0UL);
	if (f.taken)
		fault_check_external(__LINE__, &f, EC_DATA, at, true);
}

/* LPIs are not given (GICD_TYPER.LPIS, GICR_TYPER.PLPIS): their registers are RES0 (IHI 0069 §12.10). */
static void check_lpis(u64 base)
{
	static const u32 offsets[] = {0x40, 0x48, 0x70, 0x78, 0xa0, 0xb0, 0xc0};

	CHECK_EQUAL(read32(base + GICR_TYPER) & 1, 0);
	write32(base, 1);
	CHECK_EQUAL(read32(base) & 1, 0); /* GICR_CTLR.EnableLPIs */
	for (u32 i = 0; i < ARRAY_COUNT(offsets); i++) {
		check_absent(base + offsets[i]);
		check_absent(base + offsets[i]);
	}
}

void test(void)
{
	u32 count = tree_cpu_count();

	for (u32 cpu = 0; cpu < count; cpu++)
		check_lpis(gic_redist(cpu));
	for (u32 beyond = count; beyond < count + 120; beyond++)
		for (u32 offset = 0; offset < GICR_FRAME; offset += 0x4008)
			check_absent(gic_redist(beyond) + offset);
	for (u32 cpu = 0; cpu < count; cpu++)
		CHECK_EQUAL(read64(gic_redist(cpu) + GICR_TYPER) >> 4 & 1, cpu + 1 == count);
}
