/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 distributor, redistributors and CPU interface of the real machine. */
#include "machine/gic.h"

#include "lib/bits.h"
#include "machine/barrier.h"
#include "machine/cpu.h"
#include "machine/mmio.h"
#include "machine/sysreg.h"

#define GICD_CTLR             0x0000
#define GICD_TYPER            0x0004
#define GICD_IGROUPR          0x0080
#define GICD_ISENABLER        0x0100
#define GICD_ICENABLER        0x0180
#define GICD_ICACTIVER        0x0380
#define GICD_IPRIORITYR       0x0400
#define GICD_ICFGR            0x0c00
#define GICD_IROUTER          0x6000
#define GICD_CTLR_ENABLE_GRP1 BIT(1)
#define GICD_CTLR_ARE         BIT(4)
#define GICD_CTLR_RWP         BIT(31)
#define GICR_TYPER            0x0008
#define GICR_WAKER            0x0014
#define GICR_SGI              0x10000 /* the second frame: SGIs and PPIs, laid out like the distributor */
#define GICR_TYPER_LAST       BIT(4)
#define GICR_TYPER_VLPIS      BIT(1)
#define GICR_WAKER_SLEEP      BIT(1)
#define GICR_WAKER_ASLEEP     BIT(2)
#define EL2_PRIORITY          0xa0a0a0a0U

static volatile void *dist;
static volatile u8 *redist;
static u64 redist_size;
static volatile u8 *redist_of[CPU_MAX];

static void wait_for_writes(void)
{
	while (mmio_read32(dist, GICD_CTLR) & GICD_CTLR_RWP)
		cpu_yield();
}

void gic_init(volatile void *new_dist, volatile void *new_redist, u64 size)
{
	dist = new_dist;
	redist = new_redist;
	redist_size = size;
	u32 lines = 32 * ((mmio_read32(dist, GICD_TYPER) & 31) + 1);

	mmio_write32(dist, GICD_CTLR, 0);
	wait_for_writes();
	for (u32 intid = 32; intid < lines; intid += 32) {
		mmio_write32(dist, GICD_IGROUPR + intid / 8, ~0U);
		mmio_write32(dist, GICD_ICENABLER + intid / 8, ~0U);
		mmio_write32(dist, GICD_ICACTIVER + intid / 8, ~0U);
	}
	for (u32 intid = 32; intid < lines; intid += 4)
		mmio_write32(dist, GICD_IPRIORITYR + intid, EL2_PRIORITY);
	mmio_write32(dist, GICD_CTLR, GICD_CTLR_ARE);
	wait_for_writes(); /* affinity routing, before it is relied on */
	mmio_write32(dist, GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	wait_for_writes();
}

/* GICR_TYPER's upper half holds Aff3..Aff0 without the gap that MPIDR has. */
static u64 affinity_packed(u64 affinity) { return (affinity & 0xffffff) | (affinity >> 8 & 0xff000000); }

static volatile u8 *find_redist(u64 affinity)
{
	for (u64 at = 0; at + 0x20000 <= redist_size;) {
		u64 typer = mmio_read64(redist + at, GICR_TYPER);

		if (typer >> 32 == affinity_packed(affinity))
			return redist + at;
		if (typer & GICR_TYPER_LAST)
			break;
		at += typer & GICR_TYPER_VLPIS ? 0x40000 : 0x20000;
	}
	return NULL;
}

bool gic_init_cpu(void)
{
	volatile u8 *mine = find_redist(cpu_affinity());

	if (!mine)
		return false;
	redist_of[cpu_index()] = mine;
	mmio_write32(mine, GICR_WAKER, mmio_read32(mine, GICR_WAKER) & ~(u32)GICR_WAKER_SLEEP);
	while (mmio_read32(mine, GICR_WAKER) & GICR_WAKER_ASLEEP)
		cpu_yield();
	mmio_write32(mine + GICR_SGI, GICD_IGROUPR, ~0U);
	mmio_write32(mine + GICR_SGI, GICD_ICENABLER, ~0U);
	mmio_write32(mine + GICR_SGI, GICD_ICACTIVER, ~0U);
	for (u32 intid = 0; intid < 32; intid += 4)
		mmio_write32(mine + GICR_SGI, GICD_IPRIORITYR + intid, EL2_PRIORITY);

	write_sysreg(icc_sre_el2, 0xf); /* system registers, also for EL1 */
	isb();                          /* before any other ICC register is touched */
	write_sysreg(icc_sre_el1, 0x7);
	isb();
	write_sysreg(icc_sre_el2,
	             0x7); /* and EL1 is not to change that: its ICC_SRE_EL1 traps from here on */
	write_sysreg(icc_pmr_el1, 0xff);
	write_sysreg(icc_bpr1_el1, 0);
	write_sysreg(icc_ctlr_el1, BIT(1)); /* EOImode: EOIR drops the priority, DIR deactivates */
	write_sysreg(icc_igrpen1_el1, 1);
	isb();
	return true;
}

void gic_enable_private(u32 intid)
{
	mmio_write32(redist_of[cpu_index()] + GICR_SGI, GICD_ISENABLER, 1U << intid);
}

void gic_enable_shared(u32 intid, u64 affinity)
{
	u32 config = mmio_read32(dist, GICD_ICFGR + intid / 16 * 4);

	mmio_write32(dist, GICD_ICFGR + intid / 16 * 4, config & ~(2U << intid % 16 * 2));
	mmio_write64(dist, GICD_IROUTER + intid * 8, affinity);
	mmio_write32(dist, GICD_ISENABLER + intid / 32 * 4, 1U << intid % 32);
}

u32 gic_acknowledge(void)
{
	u32 intid = (u32)read_sysreg(icc_iar1_el1) & 0xffffff;

	dsb(sy); /* the acknowledge is complete before the device is looked at (IHI 0069 §12.1.6) */
	return intid;
}

void gic_drop(u32 intid)
{
	write_sysreg(icc_eoir1_el1, intid);
	isb(); /* before a deactivation by the guest's own end of interrupt */
}

void gic_end(u32 intid)
{
	write_sysreg(icc_eoir1_el1, intid);
	write_sysreg(icc_dir_el1, intid);
	isb();
}

u64 gic_sgi_value(u64 affinity, u32 sgi)
{
	u64 aff0 = affinity & 0xff;

	return (affinity >> 32 & 0xff) << 48 | (affinity >> 16 & 0xff) << 32 | (affinity >> 8 & 0xff) << 16 |
	       (aff0 >> 4) << 44 | 1UL << (aff0 & 15) | (u64)sgi << 24;
}

void gic_send(u64 value)
{
	dsb(ishst); /* what the other CPU is to see, before it is told */
	write_sysreg(icc_sgi1r_el1, value);
	isb();
}

bool gic_pending(void) { return read_sysreg(isr_el1) & BIT(7); }
