/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU opens and closes FP and SVE all the time (CPACR_EL1.FPEN, ZEN): each use at EL1 and EL0 traps exactly as its own
 * setting says, wherever it executes, and finds its own registers (Arm ARM D19.2 CPACR_EL1).
 */
#include "lib/guest.h"

enum { ROUNDS = 200 };
enum { EC_FP = 7, EC_SVE = 0x19, NO_TRAP = -1 };
#define CPACR_ZEN  FIELD(17, 16)
#define CPACR_FPEN FIELD(21, 20)

extern u8 user_fp[], user_sve[];
asm(".text\n"
    "user_fp:  .inst 0x9e6603e0\n" /* FMOV X0, D31 */
    "          svc #0\n"
    "user_sve: .inst 0x04bf5020\n" /* RDVL X0, #1 */
    "          svc #0\n");

static bool has_sve;

void irq(u32 intid) { timer_rested(intid); }

/* Of a field of CPACR_EL1, whether it closes what it is for at this level. */
static bool closes(u64 field, u64 cpacr, u32 el)
{
	u64 value = field_get(field, cpacr);

	return !(value & 1) || (el == 0 && value == 1);
}

/* SVE looks at its own field first. */
static int trap_of(const u8 *what, u64 cpacr, u32 el)
{
	if (what == user_sve && closes(CPACR_ZEN, cpacr, el))
		return EC_SVE;
	return closes(CPACR_FPEN, cpacr, el) ? EC_FP : NO_TRAP;
}

static u64 use(const u8 *what, u64 cpacr, u32 el)
{
	int trap = trap_of(what, cpacr, el);
	u64 x = 0;

	fault_expect();
	if (el == 0)
		x = guest_run_el0((u64)what, 0, 0);
	else
		x = guest_execute(*(const u32 *)what, 0);
	struct fault f = fault_result(0);

	if (f.taken != (trap != NO_TRAP) || (f.taken && field_get(ESR_EC, f.esr) != (u64)trap))
		guest_fail(__LINE__, "CPACR 0x%lx, EL%u, 0x%x: taken %u, ESR 0x%lx", cpacr, el,
		           *(const u32 *)what, f.taken, f.esr);
	return x;
}

static void use_all(u64 cpacr, u64 d31)
{
	for (u32 el = 0; el < 2; el++) {
		u64 x = use(user_fp, cpacr, el);

		if (trap_of(user_fp, cpacr, el) == NO_TRAP)
			CHECK_EQUAL(x, d31);
		if (has_sve)
			use(user_sve, cpacr, el);
	}
}

static u64 set_cpacr(u64 seed)
{
	u64 cpacr = (seed & 3) << 20 | (has_sve ? (seed >> 2 & 3) << 16 : 0);

	write_register(cpacr_el1, cpacr);
	isb();
	return cpacr;
}

static void toggle(u64 seed)
{
	u64 rounds = guest_rounds(ROUNDS), d31 = seed;

	set_cpacr(3);
	asm volatile("fmov d31, %0" ::"r"(d31));
	for (u64 round = 0; round < rounds; round++) {
		u64 cpacr = set_cpacr((seed + round) * 0x9e3779b97f4a7c15 >> 40);

		use_all(cpacr, d31);
		timer_rest(timer_milliseconds(1) / 8);
		CHECK_EQUAL(read_register(cpacr_el1), cpacr);
		use_all(cpacr, d31);
		set_cpacr(3);
		d31 = (seed + round) * 0x9e3779b97f4a7c15;
		asm volatile("fmov d31, %0" ::"r"(d31));
	}
}

void test(void)
{
	has_sve = field_get(FIELD(35, 32), read_register(id_aa64pfr0_el1)) != 0;
	smp_start(1, toggle, guest_seed(1000003));
	toggle(guest_seed(5));
	smp_wait_off(1);
}
