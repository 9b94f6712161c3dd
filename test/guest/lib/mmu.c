/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 1 with one table of 1 GiB blocks, 39-bit addresses (Arm ARM D8): the map is in guest.h. */
#include "lib/guest.h"

#define BLOCK  (1UL | BIT(10))        /* valid, accessed */
#define DEVICE 0UL                    /* MAIR attribute 0: Device-nGnRE */
#define NORMAL (BIT(2) | FIELD(9, 8)) /* attribute 1: Normal write-back; inner shareable */
#define USER   BIT(6)
#define XN     (BIT(53) | BIT(54))
#define MAIR   0xff04UL
/* T0SZ 25, write-back inner shareable walks, 4 KiB, TTBR1 off, 40-bit output. */
#define TCR      (25UL | 1UL << 8 | 1UL << 10 | 3UL << 12 | BIT(23) | 2UL << 32)
#define SCTLR_ON (BIT(0) | BIT(2) | BIT(12) | BIT(14)) /* M, C, I, and DC ZVA at EL0 */

static u64 table[512] __attribute__((aligned(4096)));

static void map(u64 va, u64 ipa, u64 attributes) { table[va / GIB] = ipa | BLOCK | attributes; }

void mmu_on(void)
{
	map(0, 0, DEVICE | XN);
	map(RAM_BASE, RAM_BASE, NORMAL);
	map(2 * GIB, 2 * GIB, NORMAL);
	map(USER_RAM, RAM_BASE, NORMAL | USER);
	map(USER_NOTHING, 2 * GIB, NORMAL | USER);
	map(NOTHING, NOTHING, NORMAL);
	map(LOW_NORMAL, 0, NORMAL);
	map(LOW_NORMAL + GIB, GIB, NORMAL);
	dsb();
	write_register(mair_el1, MAIR);
	write_register(tcr_el1, TCR);
	write_register(ttbr0_el1, (u64)table);
	asm volatile("isb\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	write_register(sctlr_el1, read_register(sctlr_el1) | SCTLR_ON);
	isb();
}
