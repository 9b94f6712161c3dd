/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every byte offset of the distributor and of the redistributors, in 1, 2, 4 and 8 bytes, is read and written with zeroes, ones
 * and anything: each access is done, but for those that cross the end, which are data aborts, and the GIC then still delivers.
 * Only every 61st run of 8 bytes and the last one, or every N-th: boot word of=N.
 */
#include "lib/guest.h"

enum { DIST = 0x10000, SGI = 3, PART = 61 };
static volatile u32 taken;
static u64 end, done, aborted, seed = 12345;

void irq(u32 intid) { taken += intid == SGI; }

/* One that crosses aborts where it does, or as a whole. */
static void settle(u64 at, u64 size, const struct fault *f)
{
	bool crosses = at + size > end;

	if (f->taken != crosses || (crosses && (field_get(ESR_EC, f->esr) != EC_DATA || f->elr != f->at ||
	                                        (f->far != end && f->far != at))))
		guest_fail(__LINE__, "0x%lx, %lu bytes: taken %u, ESR 0x%lx, ELR 0x%lx, FAR 0x%lx", at, size,
		           f->taken, f->esr, f->elr, f->far);
	done++;
	aborted += f->taken;
}

#define ACCESS(insn, size, at, value)                                                                   \
	do {                                                                                            \
		u64 pc_, value_ = (value);                                                              \
		struct fault f_;                                                                        \
		fault_expect();                                                                         \
		asm volatile("adr %1, 1f\n1:\t" insn : "+&r"(value_), "=&r"(pc_) : "r"(at) : "memory"); \
		f_ = fault_result(pc_);                                                                 \
		settle(at, size, &f_);                                                                  \
	} while (0)

static void write_all(u64 at, u64 value)
{
	ACCESS("strb %w0, [%2]", 1, at, value);
	ACCESS("strh %w0, [%2]", 2, at, value);
	ACCESS("str %w0, [%2]", 4, at, value);
	ACCESS("str %0, [%2]", 8, at, value);
}

static void sweep_one(u64 at)
{
	ACCESS("ldrb %w0, [%2]", 1, at, 0);
	ACCESS("ldrh %w0, [%2]", 2, at, 0);
	ACCESS("ldr %w0, [%2]", 4, at, 0);
	ACCESS("ldr %0, [%2]", 8, at, 0);
	seed = seed * 6364136223846793005 + 1442695040888963407;
	write_all(at, 0);
	write_all(at, ~0UL);
	write_all(at, seed >> 7);
}

static void sweep(u64 base, u64 size)
{
	u64 of = tree_number("of");

	of = of ? of : PART;
	end = base + size;
	for (u64 offset = 0; offset < size; offset++)
		if ((offset >> 3) % of == 0 || offset + 8 > size)
			sweep_one(base + offset);
}

static void put_back(void)
{
	for (u32 bank = 0; bank < 9; bank++) {
		u64 frame = gic_frame(0, bank * 32) + bank * 4;

		write32(frame + GICD_ICENABLER, ~0u);
		write32(frame + GICD_ICPENDR, ~0u);
		write32(frame + GICD_ICACTIVER, ~0u);
	}
	gic_init_dist();
	gic_init_cpu();
}

void test(void)
{
	irq_mask();
	mmu_on();
	sweep(LOW_NORMAL + GICD, DIST);
	sweep(LOW_NORMAL + GICR, GICR_FRAME * tree_cpu_count());
	put_back();
	guest_print("%lu accesses, %lu aborts\n", done, aborted);
	gic_enable(0, SGI, 0x80);
	irq_unmask();
	gic_sgi(0, SGI);
	WAIT_FOR(taken == 1);
}
