/* SPDX-License-Identifier: Apache-2.0 */
/* GICD and GICR registers read back as the bare board's do: what sticks, what reads as zero, what writes set
 * and clear. */
#include "lib/guest.h"

enum { BANKS = 9 }; /* 288 INTIDs */

/* Write `value`, expect `want`, then leave 0 or whatever was. */
static void check(u64 at, u32 value, u32 want)
{
	u32 old = read32(at), got;

	write32(at, value);
	got = read32(at);
	if (got != want)
		guest_fail(__LINE__, "0x%lx reads 0x%x after 0x%x, not 0x%x", at, got, value, want);
	write32(at, old);
}

/* A pair of registers: bits written to the first are set, to the second cleared; both read the state. */
static void check_pair(u64 set, u64 clear, u32 mask)
{
	write32(clear, ~0u);
	CHECK_EQUAL(read32(set), ~mask & read32(set));
	write32(set, 0xa5a5a5a5);
	if (read32(set) != (0xa5a5a5a5 & mask) || read32(clear) != (0xa5a5a5a5 & mask))
		guest_fail(__LINE__, "0x%lx reads 0x%x, 0x%lx reads 0x%x", set, read32(set), clear,
		           read32(clear));
	write32(set, 0x5a);
	CHECK_EQUAL(read32(set), (0xa5a5a5a5 | 0x5a) & mask);
	write32(clear, 0xff);
	CHECK_EQUAL(read32(clear), 0xa5a5a500 & mask);
	write32(set, 0);
	CHECK_EQUAL(read32(set), 0xa5a5a500 & mask);
	write32(clear, ~0u);
	CHECK_EQUAL(read32(set), 0);
}

static void check_bank(u64 frame, u32 bank)
{
	u32 at = bank * 4;

	check_pair(frame + GICD_ISENABLER + at, frame + GICD_ICENABLER + at, ~0u);
	check_pair(frame + GICD_ISPENDR + at, frame + GICD_ICPENDR + at, ~0u);
	check_pair(frame + GICD_ISACTIVER + at, frame + GICD_ICACTIVER + at, ~0u);
	check(frame + GICD_IGROUPR + at, 0x12345678, 0x12345678);
	check(frame + GICD_IGROUPR + at, ~0u, ~0u);
	for (u32 n = 0; n < 8; n++) {
		u64 word = frame + GICD_IPRIORITYR + bank * 32 + n * 4;

		check(word, 0x18a0f8c0, 0x18a0f8c0);
		write8(word + 1, 0x48);
		write8(word + 3, 0x90);
		CHECK_EQUAL(read8(word + 1), 0x48);
		CHECK_EQUAL(read32(word) & 0xff00ff00, 0x90004800);
	}
	if (bank)
		for (u32 n = 0; n < 2; n++)
			check(frame + GICD_ICFGR + bank * 8 + n * 4, 0xaaaaaaaa, 0xaaaaaaaa);
}

static void check_dist(void)
{
	u32 type = read32(GICD + GICD_TYPER);

	guest_print("GICD_TYPER 0x%x CTLR 0x%x IIDR 0x%x PIDR2 0x%x\n", type, read32(GICD), read32(GICD + 8),
	            read32(GICD + 0xffe8));
	CHECK_EQUAL(type & 0x1f, BANKS - 1);
	CHECK_EQUAL(type >> 10 & 1, 0);               /* SecurityExtn */
	CHECK((type >> 19 & 0x1f) >= 8);              /* IDbits: enough for 288 */
	CHECK_EQUAL(read32(GICD) & 0x7fffffff, 0x52); /* DS, ARE, EnableGrp1 */
	CHECK_EQUAL(read32(GICD + 0xffe8) >> 4 & 0xf, 3);
	write32(GICD, 0);
	CHECK_EQUAL(read32(GICD) & 0x13, 0x10); /* ARE cannot be switched off */
	write32(GICD, 0x13);
	CHECK_EQUAL(read32(GICD) & 0x53, 0x53);
	/* Bank 0 belongs to the redistributors. */
	const u32 banked[] = {GICD_IGROUPR,    GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR, GICD_ISACTIVER,
	                      GICD_IPRIORITYR, GICD_ICFGR,     0x820,          0xf00,        0xf10};
	for (u32 i = 0; i < ARRAY_COUNT(banked); i++)
		check(GICD + banked[i], ~0u, 0);
	for (u32 bank = 1; bank < BANKS; bank++)
		check_bank(GICD, bank);
	for (u32 n = 32; n < 288; n++) {
		u64 at = GICD + GICD_IROUTER + 8 * (u64)n;

		write64(at, 1);
		CHECK_EQUAL(read64(at), 1);
		CHECK_EQUAL(read32(at), 1);
		write32(at, 0);
		CHECK_EQUAL(read64(at), 0);
		write64(at, 0xff00ffffff);
		CHECK_EQUAL(read64(at) & ~BIT(31), 0xff00ffffff & ~BIT(31));
		write64(at, 0);
	}
	check(GICD + GICD_IPRIORITYR + 1016, ~0u, 0); /* beyond the last INTID */
	check(GICD + GICD_ISENABLER + BANKS * 4, ~0u, 0);
}

static void check_redist(u32 cpu)
{
	u64 base = gic_redist(cpu), type = read64(base + GICR_TYPER);

	guest_print("GICR %u: TYPER 0x%lx WAKER 0x%x\n", cpu, type, read32(base + GICR_WAKER));
	CHECK_EQUAL(type >> 32, cpu);
	CHECK_EQUAL(type >> 8 & 0xffff, cpu);                    /* Processor_Number */
	CHECK_EQUAL(type >> 4 & 1, cpu + 1 == tree_cpu_count()); /* Last */
	CHECK_EQUAL(read32(base + GICR_TYPER), (u32)type);
	CHECK_EQUAL(read32(base + GICR_TYPER + 4), type >> 32);
	CHECK_EQUAL(read32(base + 0xffe8) >> 4 & 0xf, 3);
	check_bank(base + GICR_SGI, 0);
	check(base + GICR_SGI + GICD_ICFGR, 0, 0xaaaaaaaa); /* SGIs are edge-triggered */
	check(base + GICR_SGI + GICD_ICFGR, ~0u, 0xaaaaaaaa);
	check(base + GICR_SGI + GICD_ICFGR + 4, 0x0a0a0a0a, 0x0a0a0a0a);
	write32(base + GICR_WAKER, 2);
	WAIT_FOR(read32(base + GICR_WAKER) == 6); /* ProcessorSleep, ChildrenAsleep */
	write32(base + GICR_WAKER, 0);
	WAIT_FOR(read32(base + GICR_WAKER) == 0);
}

void test(void)
{
	check_dist();
	for (u32 cpu = 0; cpu < tree_cpu_count(); cpu++)
		check_redist(cpu);
}
