/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache maintenance by address of memory, of devices and of nothing: it is done, or it is a data abort at its own instruction;
 * an invalidate does not lose what was written (HCR_EL2.VM makes it clean as well: Arm ARM D7.5.9).
 */
#include "lib/guest.h"

enum { WORDS = 64 };
static u64 words[WORDS] __attribute__((aligned(4096)));

#define ON(insn, address)                                                                             \
	({                                                                                            \
		u64 at_, address_ = (address);                                                        \
		struct fault f_;                                                                      \
		fault_expect();                                                                       \
		asm volatile("adr %0, 1f\n1:\t" insn ", %1" : "=&r"(at_) : "r"(address_) : "memory"); \
		f_ = fault_result(at_);                                                               \
		settle(&f_, address_);                                                                \
	})

static void settle(const struct fault *f, u64 address)
{
	if (f->taken && (field_get(ESR_EC, f->esr) != EC_DATA || f->elr != f->at))
		guest_fail(__LINE__, "0x%lx: ESR 0x%lx, ELR 0x%lx", address, f->esr, f->elr);
}

static void all(u64 address)
{
	ON("dc civac", address);
	ON("dc cvac", address);
	ON("dc cvau", address);
	ON("dc ivac", address);
	ON("ic ivau", address);
	asm volatile("dsb sy\n\tisb" ::: "memory");
}

static void check(u64 shift)
{
	for (u64 i = 0; i < WORDS; i++)
		words[i] = i * 0x9e3779b97f4a7c15;
	asm volatile("" ::: "memory");
	for (u64 i = 0; i < WORDS; i++)
		all((u64)&words[i]);
	for (u64 i = 0; i < WORDS; i++)
		CHECK_EQUAL(read64((u64)&words[i]), i * 0x9e3779b97f4a7c15);
	for (u64 i = 0; i < 64; i++) {
		all(shift + PL011 + 4 * i);
		all(shift + GICD + 64 * i);
		all(shift + HOLE + 64 * i);
		all(RAM_BASE + tree_memory_size() + 64 * i);
		all(NOTHING + GIB / 64 * i);
	}
	CHECK_EQUAL(read32(PL011 + 0xfe0), 0x11);
}

void test(void)
{
	check(0);
	mmu_on();
	check(0);
	check(LOW_NORMAL);
}
