/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 as a small kernel uses it (IHI 0069): one security state, affinity routing, everything in group 1. */
#include "lib/guest.h"

enum { CTLR_ENABLE_G1 = BIT(1), CTLR_ARE = BIT(4), CTLR_RWP = BIT(31) };
enum { WAKER_SLEEP = BIT(1), WAKER_ASLEEP = BIT(2), PRIVATE = 32 };
#define SGI_IRM BIT(40)

u64 gic_redist(u32 cpu) { return GICR + (u64)cpu * GICR_FRAME; }
u64 gic_frame(u32 cpu, u32 intid) { return intid < PRIVATE ? gic_redist(cpu) + GICR_SGI : GICD; }

void gic_init_dist(void)
{
	write32(GICD + GICD_CTLR, CTLR_ARE);
	write32(GICD + GICD_CTLR, CTLR_ARE | CTLR_ENABLE_G1);
	WAIT_FOR(!(read32(GICD + GICD_CTLR) & CTLR_RWP));
}

void gic_init_cpu(void)
{
	u64 base = gic_redist(guest_cpu());

	CHECK_EQUAL(read64(base + GICR_TYPER) >> 32, guest_cpu());
	write32(base + GICR_WAKER, read32(base + GICR_WAKER) & ~(u32)WAKER_SLEEP);
	WAIT_FOR(!(read32(base + GICR_WAKER) & WAKER_ASLEEP));
	write32(base + GICR_SGI + GICD_IGROUPR, ~0u);
	write_register(s3_0_c12_c12_5, read_register(s3_0_c12_c12_5) | 1); /* ICC_SRE_EL1.SRE */
	isb();
	write_register(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1 */
	write_register(s3_0_c12_c12_3, 0);  /* ICC_BPR1_EL1: preemption as fine as can be */
	write_register(s3_0_c12_c12_4, 0);  /* ICC_CTLR_EL1: EOImode 0 */
	write_register(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
}

void gic_set_bit(u32 cpu, u32 intid, u32 bank)
{
	write32(gic_frame(cpu, intid) + bank + intid / 32 * 4, 1u << intid % 32);
}

bool gic_bit(u32 cpu, u32 intid, u32 bank)
{
	return read32(gic_frame(cpu, intid) + bank + intid / 32 * 4) >> intid % 32 & 1;
}

void gic_enable(u32 cpu, u32 intid, u8 priority)
{
	u64 frame = gic_frame(cpu, intid), group = frame + GICD_IGROUPR + intid / 32 * 4;

	write32(group, read32(group) | 1u << intid % 32);
	write8(frame + GICD_IPRIORITYR + intid, priority);
	if (intid >= PRIVATE)
		write64(GICD + GICD_IROUTER + 8 * (u64)intid, cpu);
	gic_set_bit(cpu, intid, GICD_ISENABLER);
	dsb();
}

void gic_disable(u32 cpu, u32 intid)
{
	u64 control = intid < PRIVATE ? gic_redist(cpu) : GICD;
	u32 busy = intid < PRIVATE ? BIT(3) : CTLR_RWP; /* GICR_CTLR.RWP is bit 3 */

	gic_set_bit(cpu, intid, GICD_ICENABLER);
	WAIT_FOR(!(read32(control) & busy));
}

void gic_edge(u32 cpu, u32 intid, bool edge)
{
	u64 at = gic_frame(cpu, intid) + GICD_ICFGR + intid / 16 * 4;
	u32 bit = 2u << intid % 16 * 2;

	write32(at, edge ? read32(at) | bit : read32(at) & ~bit);
}

void gic_sgi(u32 cpu, u32 intid)
{
	dsb();
	write_register(s3_0_c12_c11_5, (u64)intid << 24 | BIT(cpu)); /* ICC_SGI1R_EL1, Aff3..1 = 0 */
	isb();
}

void gic_sgi_others(u32 intid)
{
	dsb();
	write_register(s3_0_c12_c11_5, (u64)intid << 24 | SGI_IRM);
	isb();
}

u32 gic_acknowledge(void)
{
	u64 intid = read_register(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */

	dsb();
	return (u32)intid & 0xffffff;
}

void gic_end(u32 intid)
{
	write_register(s3_0_c12_c12_1, intid); /* ICC_EOIR1_EL1 */
	isb();
}

void gic_deactivate(u32 intid)
{
	write_register(s3_0_c12_c11_1, intid); /* ICC_DIR_EL1 */
	isb();
}

void gic_irq(void)
{
	struct cpu *c = &cpus[guest_cpu()];
	u32 intid = gic_acknowledge();

	if (intid >= 1020) {
		c->spurious++;
		return;
	}
	irq(intid);
	irq_mask();
	if (!c->no_end)
		gic_end(intid);
}
