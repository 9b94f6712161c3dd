/* SPDX-License-Identifier: Apache-2.0 */
/* ICH_*_EL2 of this CPU (IHI 0069 §12.4). Register names cannot be computed, hence the switches. */
#include "machine/gich.h"

#include "machine/barrier.h"
#include "machine/sysreg.h"

#define ICH_VTR_LIST_REGS FIELD(4, 0)
#define ICH_VTR_TDS       BIT(19)
#define ICH_VTR_PREBITS   FIELD(28, 26)
#define ICH_VTR_PRIBITS   FIELD(31, 29)

#define EACH_LR(DO) \
	DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)

u32 gich_lr_count(void) { return (u32)field_get(ICH_VTR_LIST_REGS, read_sysreg(ich_vtr_el2)) + 1; }
u32 gich_priority_bits(void) { return (u32)field_get(ICH_VTR_PRIBITS, read_sysreg(ich_vtr_el2)) + 1; }
bool gich_has_tdir(void) { return read_sysreg(ich_vtr_el2) & ICH_VTR_TDS; }
u64 gich_hcr_read(void) { return read_sysreg(ich_hcr_el2); }
void gich_hcr_write(u64 value) { write_sysreg(ich_hcr_el2, value); }
u64 gich_vmcr_read(void) { return read_sysreg(ich_vmcr_el2); }
u32 gich_empty_lrs(void) { return (u32)read_sysreg(ich_elrsr_el2); }

u64 gich_lr_read(u32 n)
{
	switch (n) {
#define READ(i) \
	case i: \
		return read_sysreg(ich_lr##i##_el2);
		EACH_LR(READ)
#undef READ
	default:
		return 0;
	}
}

/* Jumps to the n-th pair of instructions: what a compiler makes of a switch is twice as long, on every interrupt. */
void gich_lr_write(u32 n, u64 value)
{
	u64 to;

#define WRITE(i) "msr ich_lr" #i "_el2, %1\n\tb 2f\n\t"
	asm volatile("adr %0, 1f\n\tadd %0, %0, %w2, uxtw #3\n\tbr %0\n1:\t" EACH_LR(WRITE) "\n2:"
	             : "=&r"(to)
	             : "r"(value), "r"(n & (GICH_LR_MAX - 1)));
#undef WRITE
}

/* Active priority registers the implementation has: one per 32 preemption levels. */
static u32 apr_count(void) { return 1U << (field_get(ICH_VTR_PREBITS, read_sysreg(ich_vtr_el2)) - 4); }

void gich_reset(struct gich *g) { *g = (struct gich){0}; }

void gich_load(const struct gich *g)
{
	write_sysreg(ich_vmcr_el2, g->vmcr);
	write_sysreg(ich_ap0r0_el2, g->ap0r[0]);
	write_sysreg(ich_ap1r0_el2, g->ap1r[0]);
	if (apr_count() > 1) {
		write_sysreg(ich_ap0r1_el2, g->ap0r[1]);
		write_sysreg(ich_ap1r1_el2, g->ap1r[1]);
	}
	if (apr_count() > 2) {
		write_sysreg(ich_ap0r2_el2, g->ap0r[2]);
		write_sysreg(ich_ap1r2_el2, g->ap1r[2]);
		write_sysreg(ich_ap0r3_el2, g->ap0r[3]);
		write_sysreg(ich_ap1r3_el2, g->ap1r[3]);
	}
}

void gich_save(struct gich *g)
{
	g->vmcr = read_sysreg(ich_vmcr_el2);
	g->ap0r[0] = read_sysreg(ich_ap0r0_el2);
	g->ap1r[0] = read_sysreg(ich_ap1r0_el2);
	if (apr_count() > 1) {
		g->ap0r[1] = read_sysreg(ich_ap0r1_el2);
		g->ap1r[1] = read_sysreg(ich_ap1r1_el2);
	}
	if (apr_count() > 2) {
		g->ap0r[2] = read_sysreg(ich_ap0r2_el2);
		g->ap1r[2] = read_sysreg(ich_ap1r2_el2);
		g->ap0r[3] = read_sysreg(ich_ap0r3_el2);
		g->ap1r[3] = read_sysreg(ich_ap1r3_el2);
	}
}

void gich_signal(bool irq, bool fiq)
{
	u64 was = read_sysreg(hcr_el2);
	u64 hcr = (was & ~(HCR_VI | HCR_VF)) | (irq ? HCR_VI : 0) | (fiq ? HCR_VF : 0);

	if (hcr != was)
		write_sysreg(hcr_el2, hcr);
}

void gich_deactivate(u32 intid)
{
	write_sysreg(icc_dir_el1, intid);
	isb();
}
