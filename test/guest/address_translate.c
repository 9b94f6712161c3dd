/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AT S1E1R, S1E1W and S1E0R say in PAR_EL1 where an address leads or why nowhere, and what they said stays there over all that
 * makes a hypervisor translate addresses itself (Arm ARM C5.5, D19.2 PAR_EL1). AT S12E1R is EL2's.
 */
#include "lib/guest.h"

enum { F = 1, TRANSLATION_1 = 5, PERMISSION_1 = 0xd, AT_S12E1R = 0xd50c7880 };
#define PAR_FST FIELD(6, 1)
#define PAR_PA  FIELD(47, 12)

#define TRANSLATE(what, va)                                                         \
	({                                                                          \
		asm volatile("at " what ", %0\n\tisb" ::"r"((u64)(va)) : "memory"); \
		read_register(par_el1);                                             \
	})

void irq(u32 intid) { timer_rested(intid); }

static void check_fault(u32 line, u64 par, u64 status)
{
	if (!(par & F) || field_get(PAR_FST, par) != status)
		guest_fail(line, "PAR_EL1 0x%lx, not status 0x%lx", par, status);
}

static void check_kept(u64 par)
{
	u64 words[2], value;

	/* A pair from a device: EL2 fetches the instruction by itself. */
	asm volatile("ldp %w0, %w1, [%2]" : "=&r"(words[0]), "=&r"(words[1]) : "r"(PL011 + 0xfe0) : "memory");
	CHECK_EQUAL(words[0], 0x11);
	CHECK_EQUAL(read_register(par_el1), par);
	CHECK(fault_read64(LOW_NORMAL + HOLE, &value).taken);
	psci_call(PSCI_VERSION, 0, 0, 0);
	psci_call(PSCI_AFFINITY_INFO, 0, 0, 0);
	CHECK_EQUAL(read_register(par_el1), par);
	timer_rest(timer_milliseconds(1) / 8);
	CHECK_EQUAL(read_register(par_el1), par);
}

void test(void)
{
	u64 par, rounds = guest_rounds(100), at = (u64)image_end + tree_number("copy") * 4096;
	struct fault f;

	mmu_on();
	for (u64 round = 0; round < rounds; round++) {
		par = TRANSLATE("s1e1r", at);
		CHECK(!(par & F) && (par & PAR_PA) == (at & PAR_PA) && par >> 56 == 0xff);
		check_kept(par);
		par = TRANSLATE("s1e1w", USER_RAM + at - RAM_BASE);
		CHECK(!(par & F) && (par & PAR_PA) == (at & PAR_PA));
		check_kept(par);
		par = TRANSLATE("s1e1r", 0x3000000000);
		check_fault(__LINE__, par, TRANSLATION_1);
		check_kept(par);
		check_fault(__LINE__, TRANSLATE("s1e1w", 0x3000000000), TRANSLATION_1);
		par = TRANSLATE("s1e0r", at);
		check_fault(__LINE__, par, PERMISSION_1);
		check_kept(par);
		/* Where stage 1 leads to is no matter for it, even to nothing. */
		par = TRANSLATE("s1e1r", NOTHING + 0x5000);
		CHECK(!(par & F) && (par & PAR_PA) == NOTHING + 0x5000);
	}
	f = fault_execute(AT_S12E1R, at, NULL);
	fault_check_undefined(__LINE__, &f);
}
