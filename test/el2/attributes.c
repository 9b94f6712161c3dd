/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attributes_combine() against PAR_EL1 after AT S12E1R, for every combination of what stage 1, stage 2 and
 * HCR_EL2.{FWB, CD, DC, DCT} can say (Arm ARM D8.6). What QEMU is known to answer otherwise is declared, exactly.
 */
#include "machine/attributes.h"

#include "lib/types.h"
#include "machine/sysreg.h"
#include "said.h"

#define PAGE      0x80000000UL /* the address asked about, at every stage; nothing is there */
#define BLOCK     (1UL | BIT(10))
#define TABLES    (0x40000000UL | BLOCK | 0x3UL << 8 | 0xfUL << 2 | 3UL << 6) /* stage 2 of this program */
#define MAIR_SLOT FIELD(4, 2)
#define VTCR      (VTCR_RES1 | 24UL | 1UL << 6 | TCR_IRGN0_WB | TCR_ORGN0_WB | 3UL << 12 | 2UL << 16) /* 40 bits */
#define TCR_EL1   (25UL | TCR_IRGN0_WB | TCR_ORGN0_WB | 3UL << 12 | BIT(23) | 2UL << 32) /* 39 bits */
#define PAR_F     BIT(0)
#define PAR_SH    FIELD(8, 7)
#define PAR_ATTR  FIELD(63, 56)

struct combination {
	struct attributes stage1;
	bool stage1_off;
	u32 memattr, shareability; /* of stage 2 */
	u64 hcr;
};

/* A thing that QEMU does otherwise: where, and what it then answers. */
struct difference {
	const char *what;
	bool (*applies)(const struct combination *c);
	u32 (*kind)(const struct combination *c);
	u64 count;
};

int main(void);

static u64 stage1[512] __attribute__((aligned(4096)));
static u64 stage2[1024] __attribute__((aligned(8192))); /* two tables, concatenated */

static u64 leaf(const struct combination *c)
{
	return PAGE | BLOCK | 3UL << 6 | (u64)c->memattr << 2 | (u64)c->shareability << 8;
}

/* --- what is known of QEMU --- */

static bool stage2_is_device(const struct combination *c)
{
	return c->hcr & HCR_FWB ? !(c->memattr & 4) : !(c->memattr & 0xc);
}

static bool stage1_is_device(const struct combination *c)
{
	return !(c->stage1.kind >> 4) && !(c->hcr & HCR_DC);
}

static bool device_meets_normal(const struct combination *c)
{
	return !(c->hcr & HCR_FWB) && stage2_is_device(c) != stage1_is_device(c);
}

/* It compares the inner nibbles as if both were Device: 4 is non-cacheable in one and nGnRE in the other. */
static u32 inner_nibbles_compared(const struct combination *c)
{
	bool tagged = c->stage1.kind == NORMAL_TAGGED;
	u32 one = c->hcr & HCR_DC || tagged ? 0xf : c->stage1.kind & 0xf, two = (c->memattr & 3) << 2;

	if (!stage2_is_device(c))
		two = c->hcr & HCR_CD ? 4 : two == 4 ? two : two | 3;
	if (one == 0 || two == 0)
		return 0;
	if (one == 4 || two == 4)
		return 4;
	return one == 8 || two == 8 ? 8 : 0xc;
}

static bool forced_device_over_device(const struct combination *c)
{
	return c->hcr & HCR_FWB && stage2_is_device(c) && stage1_is_device(c);
}

static u32 stage2_device(const struct combination *c) { return (c->memattr & 3) << 2; }

static bool forced_and_cache_disabled(const struct combination *c)
{
	return (c->hcr & (HCR_FWB | HCR_CD)) == (HCR_FWB | HCR_CD);
}

static u32 as_if_enabled(const struct combination *c)
{
	return attributes_combine(c->stage1, leaf(c), c->hcr & ~HCR_CD).kind;
}

static bool write_through_transient(const struct combination *c)
{
	return !(c->hcr & (HCR_FWB | HCR_CD | HCR_DC)) && !stage1_is_device(c) && !stage2_is_device(c);
}

/* A nibble 0b01RW of stage 1 under write-through. */
static u32 not_transient(const struct combination *c)
{
	u32 kind = attributes_combine(c->stage1, leaf(c), c->hcr).kind;

	for (u32 shift = 0; shift < 8; shift += 4) {
		u32 one = c->stage1.kind >> shift & 0xf, two = c->memattr >> shift / 2 & 3;

		if (one > 4 && one < 8 && two == 2)
			kind |= 8U << shift;
	}
	return kind;
}

static struct difference differences[] = {
	{"where Device meets Normal memory, the inner cacheability counts as a type of Device",
         device_meets_normal, inner_nibbles_compared, 0},
	{"with FWB a Device of stage 2 replaces a stricter one of stage 1", forced_device_over_device,
         stage2_device, 0},
	{"with FWB, CD has no effect", forced_and_cache_disabled, as_if_enabled, 0},
	{"transient write-back becomes write-through that is not transient", write_through_transient,
         not_transient, 0},
};

/* --- the machine's answer --- */

static u64 ask(const struct combination *c)
{
	u64 par;

	stage1[PAGE / GIB] = PAGE | BLOCK | (u64)c->stage1.shareability << 8;
	stage2[PAGE / GIB] = leaf(c);
	write_sysreg(mair_el1, c->stage1.kind);
	write_sysreg(sctlr_el1, c->stage1_off ? 0 : SCTLR_M | SCTLR_C | SCTLR_I);
	write_sysreg(hcr_el2, HCR_VM | HCR_RW | c->hcr);
	asm volatile(
		"dsb sy\n\tisb\n\ttlbi vmalls12e1\n\tdsb sy\n\tisb\n\tat s12e1r, %1\n\tisb\n\tmrs %0, par_el1"
		: "=r"(par)
		: "r"(PAGE)
		: "memory");
	return par;
}

static u64 asked, differing, undeclared;

static bool is_declared(const struct combination *c, u32 kind)
{
	for (u32 i = 0; i < sizeof(differences) / sizeof(*differences); i++)
		if (differences[i].applies(c) && differences[i].kind(c) == kind) {
			differences[i].count++;
			return true;
		}
	return false;
}

static void compare(const struct combination *c)
{
	struct attributes want = attributes_combine(c->stage1, leaf(c), c->hcr);
	u64 par = ask(c);
	struct attributes got = {(u8)field_get(PAR_ATTR, par), (u8)field_get(PAR_SH, par)};

	asked++;
	if (!(par & PAR_F) && got.kind == want.kind && got.shareability == want.shareability)
		return;
	differing++;
	if (!(par & PAR_F) && is_declared(c, got.kind))
		return;
	if (undeclared++ < 20)
		say("differs: stage 1 %02x/%u%s, stage 2 %x/%u, FWB %lu CD %lu DC %lu: PAR %lx, not "
		    "%02x/%u\n",
		    c->stage1.kind, c->stage1.shareability, c->stage1_off ? " (off)" : "", c->memattr,
		    c->shareability, field_get(HCR_FWB, c->hcr), field_get(HCR_CD, c->hcr),
		    field_get(HCR_DC, c->hcr), par, want.kind, want.shareability);
}

/* --- all of them --- */

static bool memattr_is_defined(u32 memattr, u64 hcr)
{
	if (hcr & HCR_FWB)
		return memattr < 8 && memattr != 4;
	return memattr < 4 || memattr & 3;
}

static bool has_tags;

static bool kind_is_defined(u32 kind)
{
	if (kind == NORMAL_TAGGED)
		return has_tags;
	return kind >> 4 ? kind & 0xf : !(kind & 3);
}

static void each_stage2(struct combination c)
{
	static const u8 shareabilities[] = {NON_SHAREABLE, OUTER_SHAREABLE, INNER_SHAREABLE};

	for (c.memattr = 0; c.memattr < 16; c.memattr++)
		for (u32 sh = 0; memattr_is_defined(c.memattr, c.hcr) && sh < 3; sh++) {
			c.shareability = shareabilities[sh];
			compare(&c);
		}
}

static void each_stage1(u64 hcr)
{
	each_stage2((struct combination){.stage1 = ATTRIBUTES_STAGE1_OFF, .stage1_off = true, .hcr = hcr});
	for (u32 kind = 0; kind < 256; kind++)
		for (u32 sh = 0; kind_is_defined(kind) && sh < 4; sh += sh ? 1 : 2)
			each_stage2((struct combination){.stage1 = {(u8)kind, (u8)sh}, .hcr = hcr});
}

int main(void)
{
	bool has_fwb = field_get(ID_AA64MMFR2_FWB, read_sysreg(S3_0_C0_C7_2)) != 0;

	stage2[1] = TABLES;
	write_sysreg(vtcr_el2, VTCR);
	write_sysreg(vttbr_el2, (u64)stage2 | 1UL << 48);
	write_sysreg(tcr_el1, TCR_EL1);
	write_sysreg(ttbr0_el1, (u64)stage1);
	has_tags = field_get(ID_AA64PFR1_MTE, read_sysreg(S3_0_C0_C4_1)) >= 2;
	for (u64 choice = 0; choice < 16; choice++)
		if ((has_fwb || !(choice & 4)) && (!(choice & 8) || (has_tags && choice & 2)))
			each_stage1((choice & 1 ? HCR_CD : 0) | (choice & 2 ? HCR_DC : 0) |
			            (choice & 4 ? HCR_FWB : 0) | (choice & 8 ? HCR_DCT : 0));
	for (u32 i = 0; i < sizeof(differences) / sizeof(*differences); i++)
		say("declared: %lu: %s\n", differences[i].count, differences[i].what);
	say("%lu combinations, FWB %s, %lu differ, %lu undeclared\n", asked, has_fwb ? "yes" : "no",
	    differing, undeclared);
	return 0;
}
